// parley messages …: send one and watch the answer come in; read a channel's history.
import { randomBytes } from 'node:crypto';
import type { RunEnded, SubmitMessage } from '#contracts';
import { Command, Option, SubCommand } from 'nest-commander';
import { withRuns } from '../backend/runs-backend.js';
import { CliError } from '../io/cli-error.js';
import { print, say } from '../io/output.js';
import {
  BaseCommand,
  channelOf,
  CommandGroup,
  noteMore,
  ReadingCommand,
  readingOf,
  type BaseOptions,
  type ReadingOptions,
} from './base-command.js';

interface TestOptions extends BaseOptions {
  timeout?: number;
  messageId?: string;
}

/** How long a free worker may take to begin before it is doubted that there is one. */
const START_MS = 15_000;
/** How often the run's own record is looked at, in case its events were lost. */
const CHECK_MS = 2_000;

const seconds = (text: string): number => {
  const value = Number(text);
  if (!(value > 0 && value <= 86_400)) throw new CliError('--timeout takes seconds, more than 0');
  return value;
};

@SubCommand({
  name: 'test',
  arguments: '<channel> <text>',
  description: 'Sends a message and prints the answer as it comes in. Subscribers of the channel see it too.',
})
class TestMessage extends BaseCommand {
  async run([channel, text]: [string, string], options: TestOptions): Promise<void> {
    const ref = await channelOf(channel, options);
    const message_id = options.messageId ?? `test_msg_${randomBytes(4).toString('hex')}`;
    const checked = await checkedMessage(channel, message_id, text);
    const { run_id, end } = await withRuns((backend) =>
      this.converse(backend, { ...checked, tenant: ref.tenant, source: 'cli' }, options),
    );
    const completed = end.type === 'run.completed';
    const { thread_id } = end;
    const result = completed
      ? { status: 'completed', text: end.text }
      : { status: end.type.slice(4), error: end.error, code: end.code };
    print(options.json === true, { message_id, run_id, channel, thread_id, ...result }, () => []);
    if (!completed) throw new CliError(`${end.error} (${end.code})`);
  }

  @Option({ flags: '--timeout <seconds>', description: 'Give up waiting after this; default 120.' })
  timeout(text: string): number {
    return seconds(text);
  }

  @Option({
    flags: '--message-id <id>',
    description: 'Instead of a new one; the same again gives the same answer.',
  })
  messageId(id: string): string {
    return id;
  }

  private async converse(
    backend: Parameters<Parameters<typeof withRuns>[0]>[0],
    command: SubmitMessage,
    options: TestOptions,
  ): Promise<{ run_id: string; end: RunEnded }> {
    const [{ Intake, RunStore }, { ChannelHub }, { FollowedRun }] = await Promise.all([
      import('#runs'),
      import('#event-log'),
      import('../follow-run.js'),
    ]);
    const quiet = options.json === true;
    const tell = (text: string): void => void (quiet || say(text));
    const { tenant, channel, message_id } = command;
    const followed = await FollowedRun.on(
      backend.get(ChannelHub),
      { tenant, channel },
      {
        started: (thread) => tell(`thread_id: ${thread}\n\n`),
        text: tell,
        reset: (keep) => tell(`\n\n[the answer begins again]\n\n${keep}`),
      },
    );
    const admission = await backend.get(Intake).submit(command);
    const { run_id } = admission;
    tell(`message_id: ${message_id}\nrun_id: ${run_id}\n`);
    if (admission.result) {
      if (admission.result.type === 'run.completed') tell(`\n${admission.result.text}\n`);
      return { run_id, end: admission.result };
    }
    followed.follow(run_id);
    const runs = backend.get(RunStore);
    const end = await this.wait(followed, async () => (await runs.get(run_id))?.result, options);
    tell('\n');
    return { run_id, end };
  }

  /** @throws CliError with exit code 2 when the time is up */
  private async wait(
    followed: { alive: boolean; ended: Promise<RunEnded> },
    look: () => Promise<RunEnded | undefined>,
    { timeout = 120 }: TestOptions,
  ): Promise<RunEnded> {
    const start = performance.now();
    for (;;) {
      const end = await Promise.race([followed.ended, afterMs(Math.min(CHECK_MS, timeout * 1_000))]);
      const known = end ?? (await look());
      if (known !== undefined) return known;
      const waited = performance.now() - start;
      if (!followed.alive && waited > Math.min(START_MS, timeout * 1_000))
        throw new CliError(
          'no assistant-stream worker has taken up the message; it stays queued until one runs',
          2,
        );
      if (waited > timeout * 1_000)
        throw new CliError(`no end of the answer within ${timeout} s; it goes on`, 2);
    }
  }
}

@SubCommand({
  name: 'send',
  arguments: '<channel> <text>',
  description: 'Sends a message and does not wait.',
})
class SendMessage extends BaseCommand {
  async run([channel, text]: [string, string], options: TestOptions): Promise<void> {
    const { Intake } = await import('#runs');
    const { tenant } = await channelOf(channel, options);
    const message_id = options.messageId ?? `test_msg_${randomBytes(4).toString('hex')}`;
    const checked = await checkedMessage(channel, message_id, text);
    const admission = await withRuns((backend) =>
      backend.get(Intake).submit({ ...checked, tenant, source: 'cli' }),
    );
    const { outcome, run_id, status, cursor } = admission;
    print(options.json === true, { message_id, outcome, run_id, status, cursor }, () => [
      `message_id: ${message_id}`,
      `run_id: ${run_id} (${outcome}, ${status})`,
    ]);
  }

  @Option({ flags: '--message-id <id>', description: 'Instead of a new one.' })
  messageId(id: string): string {
    return id;
  }
}

@SubCommand({
  name: 'history',
  arguments: '<channel>',
  description: 'What was said in a channel, oldest first.',
})
class HistoryMessage extends ReadingCommand {
  async run([channel]: [string], options: ReadingOptions): Promise<void> {
    const [{ OpenaiConfig }, { ThreadsModule, ThreadStore, TranscriptStore }] = await Promise.all([
      import('#config'),
      import('#threads'),
    ]);
    const page = await withRuns(
      async (backend) => {
        const thread = await backend
          .get(ThreadStore, { strict: false })
          .find(await channelOf(channel, options));
        if (thread === undefined) throw new CliError('this channel has no thread');
        return backend.get(TranscriptStore, { strict: false }).page(thread, readingOf(options));
      },
      { configs: [OpenaiConfig], imports: [ThreadsModule] },
    );
    print(options.json === true, page, () =>
      page.items.map(({ created_at, role, text }) => `${created_at}  ${role}: ${text}`),
    );
    noteMore(page, options);
  }
}

@Command({
  name: 'messages',
  description: 'Sending and reading.',
  subCommands: [TestMessage, SendMessage, HistoryMessage],
})
export class MessageCommands extends CommandGroup {}

const afterMs = (ms: number): Promise<undefined> =>
  new Promise((resolve) => setTimeout(() => resolve(undefined), ms).unref());

/** @throws ParleyError `invalid_request` under the same rules as at every other door */
async function checkedMessage(channel: string, message_id: string, message: string) {
  const { MessageDto, validate } = await import('#contracts');
  return validate(MessageDto, { channel, message_id, message });
}
