// parley stores files: the files of a vector store one by one, their attributes, and out of it again.
import { Option, SubCommand } from 'nest-commander';
import type { IndexedState, StoredFile, StoredFiles, StoreRecord } from '#knowledge';
import { onRecord } from '../../backend/audited.js';
import { CliError } from '../../io/cli-error.js';
import { confirmDeletion } from '../../io/confirm.js';
import { print, table } from '../../io/output.js';
import { upTo } from '../../io/up-to.js';
import {
  BaseCommand,
  CommandGroup,
  noteMore,
  DeletingCommand,
  type BaseOptions,
  type DeletingOptions,
  tenantOf,
} from '../base-command.js';
import { found, withStores } from './stores-backend.js';

interface ListOptions extends BaseOptions {
  status?: string;
  limit?: number;
  after?: string;
}

async function withStore<T>(
  id: string,
  options: BaseOptions,
  use: (files: StoredFiles, record: StoreRecord) => Promise<T>,
): Promise<T> {
  const tenant = await tenantOf(options);
  return withStores(async ({ stores, storedFiles }) => use(storedFiles, found(await stores.get(tenant, id))));
}

function there<T extends StoredFile | string>(file: T | undefined): T {
  if (file === undefined) throw new CliError('the vector store has no such file');
  return file;
}

const describe = ({ id, name, status, reason, bytes, attributes }: StoredFile): string[] =>
  table([
    ['id', id],
    ['name', name],
    ['status', status],
    ['reason', reason],
    ['index', `${bytes} bytes`],
    ['attributes', JSON.stringify(attributes)],
  ]);

@SubCommand({ name: 'list', arguments: '<store>', description: 'The files of a store, as they were put in.' })
export class ListStoreFiles extends BaseCommand {
  async run([store]: [string], options: ListOptions): Promise<void> {
    const { INDEX_STATES } = await import('#knowledge');
    const { status, limit = 50, after } = options;
    if (status !== undefined && !(INDEX_STATES as readonly string[]).includes(status))
      throw new CliError(`--status takes ${INDEX_STATES.join(', ')}`);
    const page = await withStore(store, options, (files, record) =>
      files.list(record, {
        limit,
        ...(status !== undefined && { status: status as IndexedState }),
        ...(after !== undefined && { after }),
      }),
    );
    print(options.json === true, page, () =>
      page.items.map(({ id, status, name = '', reason = '' }) =>
        `${id}  ${status}  ${name}  ${reason}`.trim(),
      ),
    );
    noteMore(page, options);
  }

  @Option({
    flags: '--status <status>',
    description: 'Only those: in_progress, completed, failed, cancelled.',
  })
  status(status: string): string {
    return status;
  }

  @Option({ flags: '--limit <n>', description: 'At most 100; default 50.' })
  limit(text: string): number {
    return upTo(100, '--limit', text);
  }

  @Option({ flags: '--after <id>', description: 'Go on where the last list ended.' })
  after(id: string): string {
    return id;
  }
}

@SubCommand({ name: 'get', arguments: '<store> <file>', description: 'How far the index is with a file.' })
export class GetStoreFile extends BaseCommand {
  async run([store, id]: [string, string], options: BaseOptions): Promise<void> {
    const file = there(await withStore(store, options, (files, record) => files.get(record, id)));
    print(options.json === true, file, () => describe(file));
  }
}

@SubCommand({
  name: 'set',
  arguments: '<store> <file> <attributes>',
  description: 'Attributes, as JSON, instead of those that the file has there.',
})
export class SetStoreFile extends BaseCommand {
  async run([store, id, json]: [string, string, string], options: BaseOptions): Promise<void> {
    const attributes = readAttributes(json);
    const file = there(
      await withStore(store, options, (files, record) => files.setAttributes(record, id, attributes)),
    );
    print(options.json === true, file, () => describe(file));
  }
}

function readAttributes(json: string): StoredFile['attributes'] {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as StoredFile['attributes'];
  } catch {
    // Told below.
  }
  throw new CliError('attributes are a JSON object, such as {"project":"bridge"}');
}

@SubCommand({ name: 'remove', arguments: '<store> <file>', description: 'Takes a file out of a store.' })
export class RemoveStoreFile extends DeletingCommand {
  async run([store, id]: [string, string], options: DeletingOptions & { deleteFile?: true }): Promise<void> {
    const json = options.json === true;
    const upload = options.deleteFile === true;
    if (options.dryRun) {
      const { name } = there(await withStore(store, options, (files, record) => files.get(record, id)));
      return print(json, { dry_run: true, id, name }, () => [`${id} would be taken out`]);
    }
    if (!options.yes) await confirmDeletion(`the file ${id} of the vector store ${store}`);
    const tenant = await tenantOf(options);
    const file = await withStores(({ stores, storedFiles, backend }) =>
      onRecord(backend, { action: 'store.file.delete', object: `store:${store}/${id}`, tenant }, async () =>
        there(await storedFiles.remove(found(await stores.get(tenant, store)), id, upload)),
      ),
    );
    print(json, { id, file }, () => [`taken out; the file itself: ${file}`]);
  }

  @Option({ flags: '--delete-file', description: 'The file itself too, unless another store uses it.' })
  deleteFile(): true {
    return true;
  }
}

@SubCommand({
  name: 'files',
  description: 'The files of a vector store: list, look, attributes, out of it.',
  subCommands: [ListStoreFiles, GetStoreFile, SetStoreFile, RemoveStoreFile],
})
export class StoreFileCommands extends CommandGroup {}
