// parley stores: vector stores of files from this machine, made, looked at, searched, deleted.
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import type { StoreRecord } from '#knowledge';
import { Command, Option, SubCommand } from 'nest-commander';
import { onRecord } from '../../backend/audited.js';
import { confirmDeletion } from '../../io/confirm.js';
import { print } from '../../io/output.js';
import { ProgressBar } from '../../io/progress-bar.js';
import { upTo } from '../../io/up-to.js';
import {
  BaseCommand,
  CommandGroup,
  DeletingCommand,
  noteMore,
  PagedCommand,
  pageOf,
  tenantOf,
  type BaseOptions,
  type DeletingOptions,
  type PagedOptions,
} from '../base-command.js';
import { StoreFileCommands } from './store-files.commands.js';
import { describe, found, withStores, type OpenStores } from './stores-backend.js';

const UPLOADS_AT_ONCE = 4;
/** What is not indexed by then goes on without this command. */
const WAIT_MS = 30 * 60_000;

interface CreateOptions extends BaseOptions {
  name: string;
  days?: number;
  profile?: string;
  keepFiles?: true;
  detach?: true;
}

@SubCommand({
  name: 'create',
  arguments: '<files...>',
  description: 'Uploads files and makes a vector store of them.',
})
export class CreateStore extends BaseCommand {
  async run(paths: string[], options: CreateOptions): Promise<void> {
    const tenant = await tenantOf(options);
    const record = await withStores(async (open) => {
      const ids = await upload(open, tenant, paths, options.profile ?? 'default');
      const { name, days, profile, keepFiles } = options;
      const made = await open.stores.create({
        tenant,
        name,
        files: ids,
        delete_files: keepFiles !== true,
        ...(days !== undefined && { ttl_days: days }),
        ...(profile !== undefined && { profile }),
      });
      return options.detach ? made : follow(open, made);
    });
    print(options.json === true, record, () => describe(record));
    if (record.failed.length > 0) process.exitCode = 1;
  }

  @Option({ flags: '--name <name>', description: 'Of the store.', required: true })
  name(name: string): string {
    return name;
  }

  @Option({
    flags: '--days <n>',
    description: 'Days without use after which it goes; default VECTOR_STORE_TTL_DAYS.',
  })
  days(text: string): number {
    return upTo(365, '--days', text);
  }

  @Option({ flags: '--profile <name>', description: 'Account of OPENAI_PROFILES; default the main one.' })
  profile(name: string): string {
    return name;
  }

  @Option({ flags: '--keep-files', description: 'The files stay when the store goes.' })
  keepFiles(): true {
    return true;
  }

  @Option({ flags: '--detach', description: 'Do not wait until its files can be found.' })
  detach(): true {
    return true;
  }
}

/** A few at a time. Where one fails, those that went before are taken away again. */
async function upload(
  { files }: OpenStores,
  tenant: string,
  paths: readonly string[],
  profile: string,
): Promise<string[]> {
  const bar = new ProgressBar('uploaded', paths.length);
  const ids: string[] = [];
  const left = [...paths.entries()];
  const one = async (): Promise<void> => {
    for (let next = left.shift(); next; next = left.shift()) {
      const [i, path] = next;
      const wish = { tenant, user: '', name: basename(path), purpose: 'assistants', profile } as const;
      const { uploaded } = await files.receive({ ...wish, body: createReadStream(path) });
      ids[i] = (await uploaded).id;
      bar.show(ids.filter(Boolean).length);
    }
  };
  try {
    await Promise.all(Array.from({ length: UPLOADS_AT_ONCE }, one));
    return ids;
  } catch (error) {
    left.length = 0;
    for (const id of ids.filter(Boolean)) {
      const record = await files.get(tenant, id);
      if (record) await files.delete(record);
    }
    throw error;
  } finally {
    bar.end();
  }
}

async function follow({ stores }: OpenStores, record: StoreRecord): Promise<StoreRecord> {
  const bar = new ProgressBar('can be found', record.files.length);
  try {
    return await stores.settled(record, WAIT_MS, (seen) => bar.show(seen.handed_over));
  } finally {
    bar.end();
  }
}

@SubCommand({ name: 'list', description: 'Vector stores that were made here, newest first.' })
export class ListStores extends PagedCommand {
  async run(_: string[], options: PagedOptions): Promise<void> {
    const tenant = await tenantOf(options);
    const { limit, after } = pageOf(options);
    const page = await withStores(({ stores }) => stores.list(tenant, limit, after));
    print(options.json === true, page, () =>
      page.items.map(
        ({ id, state, name, completed, files }) => `${id}  ${state}  ${completed}/${files.length}  ${name}`,
      ),
    );
    noteMore(page, options);
  }
}

@SubCommand({ name: 'get', arguments: '<id>', description: 'A vector store, and how far its files are.' })
export class GetStore extends BaseCommand {
  async run([id]: [string], options: BaseOptions): Promise<void> {
    const tenant = await tenantOf(options);
    const record = found(await withStores(({ stores }) => stores.get(tenant, id)));
    print(options.json === true, record, () => describe(record));
  }
}

@SubCommand({
  name: 'search',
  arguments: '<id> <question>',
  description: 'What in its files answers a question.',
})
export class SearchStore extends BaseCommand {
  async run([id, query]: [string, string], options: BaseOptions & { limit?: number }): Promise<void> {
    const tenant = await tenantOf(options);
    const items = await withStores(async ({ stores }) =>
      stores.search(found(await stores.get(tenant, id)), { query, limit: options.limit ?? 10 }),
    );
    print(options.json === true, { items }, () =>
      items.map(
        ({ score, name, text }) => `${score.toFixed(2)}  ${name}  ${text.replace(/\s+/g, ' ').slice(0, 160)}`,
      ),
    );
  }

  @Option({ flags: '--limit <n>', description: 'At most 50; default 10.' })
  limit(text: string): number {
    return upTo(50, '--limit', text);
  }
}

@SubCommand({
  name: 'delete',
  arguments: '<id>',
  description: 'Deletes a vector store, and the files that only it uses.',
})
export class DeleteStore extends DeletingCommand {
  async run([id]: [string], options: DeletingOptions): Promise<void> {
    const tenant = await tenantOf(options);
    const json = options.json === true;
    if (options.dryRun) {
      const record = found(await withStores(({ stores }) => stores.get(tenant, id)));
      return print(json, { dry_run: true, id, files: record.delete_files ? record.files.length : 0 }, () => [
        `${id} would be deleted`,
      ]);
    }
    if (!options.yes) await confirmDeletion(`the vector store ${id}`);
    const complete = await withStores(({ stores, backend }) =>
      onRecord(backend, { action: 'store.delete', object: `store:${id}`, tenant }, async () =>
        stores.delete(found(await stores.get(tenant, id))),
      ),
    );
    print(json, { id, complete }, () => [
      complete ? 'deleted' : 'not everything could be deleted; the gateway tries again',
    ]);
    if (!complete) process.exitCode = 1;
  }
}

@Command({
  name: 'stores',
  description: 'Vector stores: made of files, searched, deleted.',
  subCommands: [CreateStore, ListStores, GetStore, SearchStore, DeleteStore, StoreFileCommands],
})
export class StoreCommands extends CommandGroup {}
