// parley threads …: which channels have a thread, how many, how old; making and clearing them.
import { randomUUID } from 'node:crypto';
import type { ChannelRef } from '#contracts';
import type { ThreadInfo, ThreadInventory, ThreadStore } from '#threads';
import { Command, SubCommand } from 'nest-commander';
import { withBackend } from '../backend/with-backend.js';
import { CliError } from '../io/cli-error.js';
import { confirmDeletion } from '../io/confirm.js';
import { print, table } from '../io/output.js';
import {
  BaseCommand,
  channelOf,
  CommandGroup,
  DeletingCommand,
  type BaseOptions,
  type DeletingOptions,
} from './base-command.js';

interface Threads {
  store: ThreadStore;
  inventory: ThreadInventory;
}

async function withThreads<T>(use: (threads: Threads) => Promise<T>): Promise<T> {
  const { ThreadInventory, ThreadStore } = await import('#threads');
  return withBackend([], { providers: [ThreadStore, ThreadInventory] }, (backend) =>
    use({ store: backend.get(ThreadStore), inventory: backend.get(ThreadInventory) }),
  );
}

const toDocument = ({
  id,
  ref,
  created_at,
  message_count,
  last_message_at,
  conversation_id,
}: ThreadInfo) => ({
  thread_id: id,
  ...ref,
  created_at: new Date(created_at).toISOString(),
  message_count,
  last_message_at: new Date(last_message_at).toISOString(),
  ...(conversation_id !== undefined && { conversation_id }),
});

@SubCommand({ name: 'show', arguments: '<channel>', description: 'The thread of a channel.' })
class ShowThreads extends BaseCommand {
  async run([channel]: [string], options: BaseOptions): Promise<void> {
    const ref = await channelOf(channel, options);
    const thread = await withThreads(({ store }) => store.find(ref));
    if (thread === undefined) throw new CliError('this channel has no thread');
    const document = toDocument(thread);
    print(options.json === true, document, () => table(Object.entries(document)));
  }
}

async function generate(ref: ChannelRef, options: BaseOptions): Promise<void> {
  const document = toDocument(await withThreads(({ store }) => store.open(ref)));
  const { channel, thread_id } = document;
  print(options.json === true, document, () =>
    table([
      ['channel', channel],
      ['thread_id', thread_id],
    ]),
  );
}

@SubCommand({
  name: 'generate',
  arguments: '[channel]',
  description: 'Makes the thread of a channel, of a new one by default.',
})
class GenerateThreads extends BaseCommand {
  async run([channel]: string[], options: BaseOptions): Promise<void> {
    await generate(await channelOf(channel ?? randomUUID(), options), options);
  }
}

@SubCommand({ name: 'generate-uuid', description: 'Makes a UUID to be used as a channel, and its thread.' })
class GenerateUuid extends BaseCommand {
  async run(_: string[], options: BaseOptions): Promise<void> {
    await generate(await channelOf(randomUUID(), options), options);
  }
}

@SubCommand({ name: 'stats', description: 'All threads: number, age, messages, storage.' })
class StatsThreads extends BaseCommand {
  async run(_: string[], options: BaseOptions): Promise<void> {
    const { threadStats } = await import('#threads');
    const stats = await withThreads(({ inventory }) => threadStats(inventory.entries()));
    const { total, ages, unknown_age, messages, oldest, newest, storage_kb } = stats;
    const busiest = messages.most_active;
    print(options.json === true, stats, () =>
      table([
        ['threads', total],
        ...ages.map(({ days, count, percent }) => [`  ${days} days`, `${count} (${percent}%)`] as const),
        ['  age unknown', unknown_age || undefined],
        ['messages', messages.total],
        ['  average', messages.average],
        ['  most active', busiest && `${busiest.channel} (${busiest.message_count})`],
        ['oldest', oldest && `${oldest.channel} (${oldest.created_at})`],
        ['newest', newest && `${newest.channel} (${newest.created_at})`],
        ['storage', `${storage_kb} KB`],
      ]),
    );
  }
}

async function clear(
  options: DeletingOptions,
  what: string,
  act: (
    inventory: ThreadInventory,
    how: { dryRun: boolean },
  ) => Promise<{ threads: number; unknown_age: number }>,
): Promise<void> {
  const dryRun = options.dryRun === true;
  if (!dryRun && !options.yes) await confirmDeletion(what);
  const { threads, unknown_age } = await withThreads(({ inventory }) => act(inventory, { dryRun }));
  print(options.json === true, { threads, unknown_age, dry_run: dryRun }, () => [
    `${threads} thread(s) ${dryRun ? 'would be' : 'were'} deleted`,
    ...(unknown_age > 0 ? [`${unknown_age} thread(s) of unknown age were kept`] : []),
  ]);
}

@SubCommand({ name: 'clear-all', description: 'Deletes all threads with their content; assistants stay.' })
class ClearAllThreads extends DeletingCommand {
  async run(_: string[], options: DeletingOptions): Promise<void> {
    await clear(options, 'all threads and their content', (inventory, how) => inventory.clearAll(how));
  }
}

@SubCommand({
  name: 'clear-old',
  arguments: '<days>',
  description: 'Deletes the threads without a message for so many days.',
})
class ClearOldThreads extends DeletingCommand {
  async run([text]: [string], options: DeletingOptions): Promise<void> {
    const days = /^\d{1,6}(\.\d+)?$/.test(text) ? Number(text) : 0;
    if (days <= 0) throw new CliError('days must be a number greater than 0');
    await clear(options, `all threads without a message for ${days} days`, (inventory, how) =>
      inventory.clearOlderThan(days, how),
    );
  }
}

@Command({
  name: 'threads',
  description: 'Conversations of channels.',
  subCommands: [ShowThreads, StatsThreads, ClearAllThreads, ClearOldThreads, GenerateThreads, GenerateUuid],
})
export class ThreadCommands extends CommandGroup {}
