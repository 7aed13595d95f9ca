// parley vcons get, status, list, search: what is kept, and what of it answers a question.
import { pipeline } from 'node:stream/promises';
import { createWriteStream } from 'node:fs';
import type { VconState } from '#knowledge';
import { Option, SubCommand } from 'nest-commander';
import { CliError } from '../../io/cli-error.js';
import { print, say, table } from '../../io/output.js';
import { upTo } from '../../io/up-to.js';
import { accountOf, VconCommand, withVcons, type VconOptions } from './vcons-backend.js';
import { noteMore, PagedCommand, pageOf, tenantOf, type PagedOptions } from '../base-command.js';

const NONE = 'no vCon is kept by this uuid';

@SubCommand({ name: 'get', arguments: '<uuid>', description: 'The vCon, byte by byte as it came.' })
export class GetVcon extends VconCommand {
  async run([uuid]: [string], options: VconOptions & { out?: string }): Promise<void> {
    const tenant = await tenantOf(options);
    await withVcons(async (storage) => {
      const found = await storage.get(tenant, uuid, accountOf(options));
      if (found?.kind !== 'original') throw new CliError(NONE);
      // The terminal's own output stays open.
      const to = options.out === undefined ? process.stdout : createWriteStream(options.out);
      await pipeline(found.body, to, { end: options.out !== undefined });
    });
  }

  @Option({ flags: '--out <file>', description: 'Into this file instead of the output.' })
  out(file: string): string {
    return file;
  }
}

@SubCommand({ name: 'status', arguments: '<uuid>', description: 'How far it is.' })
export class VconStatus extends VconCommand {
  async run([uuid]: [string], options: VconOptions): Promise<void> {
    const tenant = await tenantOf(options);
    const record = await withVcons((storage) => storage.status(tenant, uuid, accountOf(options)));
    if (record === undefined) throw new CliError(NONE);
    const { owners: _owners, ...shown } = record;
    print(options.json === true, shown, () =>
      table([
        ['uuid', record.uuid],
        ['profile', record.profile],
        ['state', record.state],
        ['reason', record.fault?.code],
        ['file', record.file?.file_id],
        ['vector store', record.file?.vector_store_id],
        ['sha256', record.hash],
        ['bytes', record.bytes],
      ]),
    );
  }
}

@SubCommand({ name: 'list', description: 'Saved vCons, newest first.' })
export class ListVcons extends PagedCommand {
  async run(_: string[], options: VconOptions & PagedOptions & { state?: VconState }): Promise<void> {
    const { state, profile } = options;
    const tenant = await tenantOf(options);
    const query = {
      ...pageOf(options),
      ...(state !== undefined && { state }),
      ...(profile !== undefined && { profile }),
    };
    const page = await withVcons((storage) => storage.list(tenant, query));
    const items = page.items.map(({ owners: _owners, ...shown }) => shown);
    print(options.json === true, { ...page, items }, () =>
      items.map(
        ({ uuid, profile: of, state: now, file }) => `${uuid}  ${of}  ${now}  ${file?.file_id ?? '-'}`,
      ),
    );
    noteMore(page, options);
  }

  @Option({ flags: '--profile <name>', description: 'Account of OPENAI_PROFILES; default the main one.' })
  profile(name: string): string {
    return name;
  }

  @Option({ flags: '--state <state>', description: 'ready, indexing, index_failed, failed, …' })
  state(state: string): string {
    return state;
  }
}

@SubCommand({
  name: 'search',
  arguments: '<question>',
  description: 'Which vCons answer a question, and where in them.',
})
export class SearchVcons extends VconCommand {
  async run(
    [query]: [string],
    options: VconOptions & { limit?: number; after?: string; vectorStore?: string },
  ): Promise<void> {
    const { limit = 10, after, vectorStore } = options;
    const tenant = await tenantOf(options);
    const wish = {
      ...accountOf(options),
      query,
      limit,
      ...(after !== undefined && { after }),
      ...(vectorStore !== undefined && { vector_store_id: vectorStore }),
    };
    const page = await withVcons((storage) => storage.search(tenant, wish));
    if (options.json) return print(true, page, () => []);
    for (const { uuid, score, dialog, snippet } of page.items)
      say(
        `${uuid}  ${score.toFixed(3)}  ${dialog === undefined ? '' : `dialog ${dialog}`}\n    ${snippet.replaceAll('\n', '\n    ')}\n`,
      );
    noteMore(page, options);
  }

  @Option({ flags: '--limit <n>', description: 'vCons, at most 50; default 10.' })
  limit(text: string): number {
    return upTo(50, '--limit', text);
  }

  @Option({ flags: '--after <cursor>', description: 'Go on where the last page ended.' })
  after(cursor: string): string {
    return cursor;
  }

  @Option({ flags: '--vector-store <id>', description: "Default: the account's." })
  vectorStore(id: string): string {
    return id;
  }
}
