// parley dead-letters …: messages that could not be answered (kept in Redis) or not even be accepted (RabbitMQ's
// failed queue), under one list. An id tells which of the two it is.
import type { INestApplicationContext } from '@nestjs/common';
import type { DeadLetterStore } from '#runs';
import type { FailedQueue } from '#messaging';
import { Command, Option, SubCommand } from 'nest-commander';
import { auditParts, onRecord } from '../backend/audited.js';
import { withRuns } from '../backend/runs-backend.js';
import { CliError } from '../io/cli-error.js';
import { confirmDeletion } from '../io/confirm.js';
import { note, print, table } from '../io/output.js';
import { BaseCommand, CommandGroup, type BaseOptions } from './base-command.js';

interface Stores {
  backend: INestApplicationContext;
  runs: DeadLetterStore;
  rabbit: FailedQueue;
}

async function withStores<T>(use: (stores: Stores) => Promise<T>): Promise<T> {
  const [{ RabbitConfig }, { DeadLetterStore }, { FailedQueue, RabbitModule }, audit] = await Promise.all([
    import('#config'),
    import('#runs'),
    import('#messaging'),
    auditParts(),
  ]);
  const rabbit = {
    configs: [RabbitConfig, ...audit.configs],
    imports: [RabbitModule],
    providers: audit.providers,
  };
  return withRuns(
    (backend) => use({ backend, runs: backend.get(DeadLetterStore), rabbit: backend.get(FailedQueue) }),
    rabbit,
  );
}

/** One place out of reach must not keep a command from the other. @param done what was not done there */
function inReach<T>(done: string, rabbit: Promise<T>): Promise<T | undefined> {
  return rabbit.catch(() => {
    note(`parley: RabbitMQ is out of reach, its failed queue was not ${done} (RABBITMQ_URL)`);
    process.exitCode = 1;
    return undefined;
  });
}

/** Letters of runs are numbered `<shard>-<sequence>`. */
const isOfRuns = (id: string): boolean => /^\d+-\d+$/.test(id);

@SubCommand({ name: 'list', description: 'What was set aside, with its reason; no texts.' })
class ListDeadLetter extends BaseCommand {
  async run(_: string[], options: BaseOptions & { limit?: number; after?: string }): Promise<void> {
    const { limit = 50, after } = options;
    await withStores(async ({ runs, rabbit }) => {
      const page = await runs.list({ limit, ...(after !== undefined && { after }) });
      const answered = page.items.map(({ message: _message, ...letter }) => letter);
      const failed = await inReach('shown', rabbit.list({ limit }));
      const value = {
        runs: answered,
        rabbitmq: failed?.items ?? null,
        rabbitmq_total: failed?.total,
        next: page.next,
      };
      print(options.json === true, value, () => [
        ...answered.map(({ id, at, reason, channel, message_id }) =>
          [id, new Date(at).toISOString(), reason, channel, message_id].join('  '),
        ),
        ...(failed?.items ?? []).map(({ id, at, reason, channel, message_id }) =>
          [id, at ?? '-', reason, channel ?? '-', message_id ?? '-'].join('  '),
        ),
        ...(page.next === undefined ? [] : [`more: --after ${page.next}`]),
      ]);
    });
  }

  @Option({ flags: '--limit <n>', description: 'Entries per source, at most 1000.' })
  limit(text: string): number {
    const limit = Number(text);
    if (!Number.isInteger(limit) || limit < 1 || limit > 1_000) throw new CliError('--limit takes 1 to 1000');
    return limit;
  }

  @Option({ flags: '--after <id>', description: 'Go on after this entry.' })
  after(id: string): string {
    return id;
  }
}

@SubCommand({ name: 'show', arguments: '<id>', description: 'One entry with its text.' })
class ShowDeadLetter extends BaseCommand {
  async run([id]: [string], options: BaseOptions): Promise<void> {
    await withStores(async ({ runs, rabbit }) => {
      const failed = isOfRuns(id) ? undefined : await rabbit.get(id);
      const letter = isOfRuns(id)
        ? await runs.get(id)
        : failed && { ...failed, body: failed.body.toString('utf8') };
      if (letter === undefined) throw new CliError('there is no dead letter by this id');
      print(options.json === true, letter, () => table(Object.entries(letter)));
    });
  }
}

@SubCommand({
  name: 'replay',
  arguments: '<id>',
  description: 'Sends an entry again, or `all` of both places.',
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

const replayOne = async ({ runs, rabbit }: Stores, id: string): Promise<object> =>
  isOfRuns(id) ? runs.replay(id) : { sent: await rabbit.replay(id) };

async function replayAll({ runs, rabbit }: Stores): Promise<object> {
  const { replayed, kept } = await runs.replayAll();
  if (kept > 0) note(`parley: ${kept} stay, because their channels are full`);
  if (kept > 0) process.exitCode = 1;
  const sent = await inReach('replayed', rabbit.replay('all'));
  return { runs: replayed, rabbitmq: sent ?? null };
}

@SubCommand({
  name: 'remove',
  arguments: '<id>',
  description: 'Deletes an entry, or `all` of both places.',
})
class RemoveDeadLetter extends BaseCommand {
  async run([id]: [string], options: BaseOptions & { yes?: true }): Promise<void> {
    const what =
      id === 'all' ? "all dead letters, of runs and of RabbitMQ's failed queue" : `the dead letter ${id}`;
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
  const removed = isOfRuns(id) ? await runs.remove(id) : (await rabbit.drop(id)) > 0;
  if (!removed) throw new CliError('there is no dead letter by this id');
  return { id, removed };
}

async function removeAll({ runs, rabbit }: Stores): Promise<object> {
  const removed = await runs.removeAll();
  const dropped = await inReach('emptied', rabbit.drop('all'));
  return { runs: removed, rabbitmq: dropped ?? null };
}

@Command({
  name: 'dead-letters',
  description: 'Messages that were set aside.',
  subCommands: [ListDeadLetter, ShowDeadLetter, ReplayDeadLetter, RemoveDeadLetter],
})
export class DeadLetterCommands extends CommandGroup {}
