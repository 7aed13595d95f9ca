// parley dead-letters …: messages that could not be answered (kept in Redis) or not even be accepted (RabbitMQ's
// failed queue, Kafka's dead-letter topic), under one list. An id tells which of them it is.
import type { INestApplicationContext } from '@nestjs/common';
import type { DeadLetterStore } from '#runs';
import type { FailedQueue, GPT_SEND as GptSend, KafkaDeadLetters } from '#messaging';
import { Command, Option, SubCommand } from 'nest-commander';
import { auditParts, onRecord } from '../backend/audited.js';
import { withRuns } from '../backend/runs-backend.js';
import { CliError } from '../io/cli-error.js';
import { confirmDeletion } from '../io/confirm.js';
import { note, print, table } from '../io/output.js';
import {
  BaseCommand,
  CommandGroup,
  noteMore,
  PagedCommand,
  pageOf,
  type BaseOptions,
  type PagedOptions,
} from './base-command.js';

interface Stores {
  backend: INestApplicationContext;
  runs: DeadLetterStore;
  rabbit: FailedQueue;
  /** Undefined where no broker is configured. */
  kafka: KafkaDeadLetters | undefined;
}

async function withStores<T>(use: (stores: Stores) => Promise<T>): Promise<T> {
  const [{ KafkaConfig, RabbitConfig }, { DeadLetterStore }, messaging, audit] = await Promise.all([
    import('#config'),
    import('#runs'),
    import('#messaging'),
    auditParts(),
  ]);
  const { FailedQueue, KafkaDeadLetters, KafkaModule, RabbitModule } = messaging;
  const withKafka = (process.env['BOOTSTRAP_SERVER'] ?? '').trim() !== '';
  const parts = {
    configs: [RabbitConfig, ...(withKafka ? [KafkaConfig] : []), ...audit.configs],
    imports: [RabbitModule, ...(withKafka ? [KafkaModule] : [])],
    providers: audit.providers,
  };
  return withRuns((backend) => {
    const runs = backend.get(DeadLetterStore);
    const kafka = withKafka ? backend.get(KafkaDeadLetters) : undefined;
    return use({ backend, runs, rabbit: backend.get(FailedQueue), kafka });
  }, parts);
}

/** One place out of reach must not keep a command from the others. @param done what was not done there */
function inReach<T>(done: string, rabbit: Promise<T>): Promise<T | undefined> {
  return rabbit.catch(() =>
    outOfReach(`RabbitMQ is out of reach, its failed queue was not ${done} (RABBITMQ_URL)`),
  );
}

async function kafkaInReach<T>(done: string, kafka: Promise<T> | undefined): Promise<T | undefined> {
  try {
    return await kafka;
  } catch (error) {
    const { toConnectionFault } = await import('#messaging');
    return outOfReach(
      `Kafka's dead letters were not ${done}: ${toConnectionFault(error)} (BOOTSTRAP_SERVER)`,
    );
  }
}

function outOfReach(what: string): undefined {
  note(`parley: ${what}`);
  process.exitCode = 1;
  return undefined;
}

const isOfKafka = (id: string): boolean => id.startsWith('kafka:');

/** @throws CliError where no broker is configured */
function needed(kafka: KafkaDeadLetters | undefined): KafkaDeadLetters {
  if (!kafka) throw new CliError('this entry is in Kafka; set BOOTSTRAP_SERVER');
  return kafka;
}

/** As gpt-worker names its topic; the lib that knows it is loaded only when a command runs. */
const GPT_SEND: typeof GptSend = 'gpt-send';

/** Letters of runs are numbered `<shard>-<sequence>`. */
const isOfRuns = (id: string): boolean => /^\d+-\d+$/.test(id);

@SubCommand({ name: 'list', description: 'What was set aside, with its reason; no texts.' })
class ListDeadLetter extends PagedCommand {
  async run(_: string[], options: PagedOptions): Promise<void> {
    const { limit, after } = pageOf(options);
    await withStores(async ({ runs, rabbit, kafka }) => {
      const page = await runs.list({ limit, ...(after !== undefined && { after }) });
      const answered = page.items.map(({ message: _message, ...letter }) => letter);
      const failed = await inReach('shown', rabbit.list({ limit }));
      const asked = await kafkaInReach('shown', kafka?.list(GPT_SEND, limit));
      const value = {
        runs: answered,
        rabbitmq: failed?.items ?? null,
        rabbitmq_total: failed?.total,
        ...(kafka && { kafka: asked ?? null }),
        next: page.next,
      };
      print(options.json === true, value, () => [
        ...answered.map(({ id, at, reason, channel, message_id }) =>
          [id, new Date(at).toISOString(), reason, channel, message_id].join('  '),
        ),
        ...(failed?.items ?? []).map(({ id, at, reason, channel, message_id }) =>
          [id, at ?? '-', reason, channel ?? '-', message_id ?? '-'].join('  '),
        ),
        ...(asked ?? []).map(({ id, at, reason, from, message_id }) =>
          [id, at, reason, from, message_id ?? '-'].join('  '),
        ),
      ]);
      noteMore(page, options);
    });
  }
}

@SubCommand({ name: 'show', arguments: '<id>', description: 'One entry with its text.' })
class ShowDeadLetter extends BaseCommand {
  async run([id]: [string], options: BaseOptions): Promise<void> {
    await withStores(async (stores) => {
      const letter = await find(stores, id);
      if (letter === undefined) throw new CliError('there is no dead letter by this id');
      print(options.json === true, letter, () => table(Object.entries(letter)));
    });
  }
}

async function find({ runs, rabbit, kafka }: Stores, id: string): Promise<object | undefined> {
  if (isOfRuns(id)) return runs.get(id);
  if (isOfKafka(id)) return needed(kafka).get(GPT_SEND, id);
  const failed = await rabbit.get(id);
  return failed && { ...failed, body: failed.body.toString('utf8') };
}

@SubCommand({
  name: 'replay',
  arguments: '<id>',
  description: 'Sends an entry again, or `all` of all places.',
})
class ReplayDeadLetter extends BaseCommand {
  async run([id]: [string], options: BaseOptions): Promise<void> {
    await withStores(async (stores) => {
      const result = await onRecord(stores.backend, { action: 'dead-letter.replay', object: id }, () =>
        id === 'all' ? replayAll(stores) : replayOne(stores, id),
      );
      print(options.json === true, result, () => table(Object.entries(result)));
    });
  }
}

async function replayOne({ runs, rabbit, kafka }: Stores, id: string): Promise<object> {
  if (isOfRuns(id)) return runs.replay(id);
  if (!isOfKafka(id)) return { sent: await rabbit.replay(id) };
  await needed(kafka).replay(GPT_SEND, id);
  return { sent: 1 };
}

async function replayAll({ runs, rabbit, kafka }: Stores): Promise<object> {
  const { replayed, kept } = await runs.replayAll();
  if (kept > 0) note(`parley: ${kept} stay, because their channels are full`);
  if (kept > 0) process.exitCode = 1;
  const sent = await inReach('replayed', rabbit.replay('all'));
  const asked = await kafkaInReach('replayed', kafka?.replayAll(GPT_SEND));
  if (asked && asked.without_text > 0)
    note(`parley: ${asked.without_text} of Kafka were too large to be kept with their text`);
  return { runs: replayed, rabbitmq: sent ?? null, ...(kafka && { kafka: asked?.sent ?? null }) };
}

@SubCommand({
  name: 'remove',
  arguments: '<id>',
  description: 'Deletes an entry, or `all` of all places.',
})
class RemoveDeadLetter extends BaseCommand {
  async run([id]: [string], options: BaseOptions & { yes?: true }): Promise<void> {
    const what =
      id === 'all'
        ? "all dead letters, of runs, of RabbitMQ's failed queue and of Kafka"
        : `the dead letter ${id}`;
    if (!options.yes) await confirmDeletion(what);
    await withStores(async (stores) => {
      const result = await onRecord(stores.backend, { action: 'dead-letter.remove', object: id }, () =>
        id === 'all' ? removeAll(stores) : removeOne(stores, id),
      );
      print(options.json === true, result, () =>
        id === 'all' ? table(Object.entries(result)) : [`${id} was removed`],
      );
    });
  }

  @Option({ flags: '--yes', description: 'Do not ask.' })
  yes(): true {
    return true;
  }
}

async function removeOne({ runs, rabbit }: Stores, id: string): Promise<object> {
  if (isOfKafka(id)) throw new CliError('Kafka keeps single records; `remove all` passes over all of them');
  const removed = isOfRuns(id) ? await runs.remove(id) : (await rabbit.drop(id)) > 0;
  if (!removed) throw new CliError('there is no dead letter by this id');
  return { id, removed };
}

async function removeAll({ runs, rabbit, kafka }: Stores): Promise<object> {
  const removed = await runs.removeAll();
  const dropped = await inReach('emptied', rabbit.drop('all'));
  const passed = await kafkaInReach('passed over', kafka?.passOver(GPT_SEND));
  return { runs: removed, rabbitmq: dropped ?? null, ...(kafka && { kafka: passed ?? null }) };
}

@Command({
  name: 'dead-letters',
  description: 'Messages that were set aside.',
  subCommands: [ListDeadLetter, ShowDeadLetter, ReplayDeadLetter, RemoveDeadLetter],
})
export class DeadLetterCommands extends CommandGroup {}
