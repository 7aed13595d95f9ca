// parley audit …: what was done by whom, and whether the record of it is whole.
import type { AuditEntry, AuditHead, AuditLog, SealedEntry } from '#auth';
import type { AccessConfig } from '#config';
import { Command, Option, SubCommand } from 'nest-commander';
import { withBackend } from '../backend/with-backend.js';
import { CliError } from '../io/cli-error.js';
import { print, say, table } from '../io/output.js';
import {
  BaseCommand,
  CommandGroup,
  noteMore,
  ReadingCommand,
  readingOf,
  type BaseOptions,
  type ReadingOptions,
} from './base-command.js';

const PAGE = 500;

async function withAudit<T>(use: (log: AuditLog, config: AccessConfig) => Promise<T>): Promise<T> {
  const [{ AccessConfig }, { AuditLog }] = await Promise.all([import('#config'), import('#auth')]);
  return withBackend([AccessConfig], { providers: [AuditLog] }, (backend) =>
    use(backend.get(AuditLog), backend.get(AccessConfig)),
  );
}

const toDocument = ({ n, text, seal, hash }: SealedEntry) => ({
  n,
  ...(JSON.parse(text) as AuditEntry),
  seal,
  hash,
});

@SubCommand({ name: 'list', description: 'Entries, oldest first.' })
class ListAudit extends ReadingCommand {
  async run(_: string[], options: ReadingOptions): Promise<void> {
    const page = await withAudit((log) => log.page(readingOf(options)));
    const documents = page.items.map(toDocument);
    print(options.json === true, { ...page, items: documents }, () =>
      documents.map(({ n, at, actor, tenant, action, object, outcome }) =>
        // One line each, whatever a claim or an id holds.
        [n, at, actor, tenant, action, object, outcome].join('  ').replaceAll('\n', String.raw`\n`),
      ),
    );
    noteMore(page, options);
  }
}

@SubCommand({
  name: 'verify',
  description: 'Walks the whole chain; a changed, missing or moved entry ends with 1.',
})
class VerifyAudit extends BaseCommand {
  async run(_: string[], options: BaseOptions & { anchor?: AuditHead }): Promise<void> {
    const { verifyAudit } = await import('#auth');
    const verdict = await withAudit((log, { auditKey }) => verifyAudit(log, auditKey, options.anchor));
    const { entries, unkeyed, newest, fault } = verdict;
    print(options.json === true, { whole: fault === undefined, ...verdict }, () =>
      table([
        ['whole', fault === undefined ? 'yes' : `no: entry ${fault.n} is ${fault.reason}`],
        ['entries', entries],
        ['without a key', unkeyed || undefined],
        ['newest', `${newest.n}:${newest.hash}`],
      ]),
    );
    if (fault !== undefined) process.exitCode = 1;
  }

  @Option({
    flags: '--anchor <n:hash>',
    description: '`newest` of an earlier verdict, kept elsewhere: proves that nothing up to it was replaced.',
  })
  anchor(text: string): AuditHead {
    const [, n, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? [];
    if (hash === undefined) throw new CliError('--anchor takes n:hash, as `newest` is printed');
    return { n: Number(n), hash };
  }
}

@SubCommand({ name: 'export', description: 'All entries, one JSON object a line.' })
class ExportAudit extends BaseCommand {
  async run(): Promise<void> {
    await withAudit(async (log) => {
      for (let after: string | undefined = '0'; after !== undefined;) {
        const page: { items: SealedEntry[]; next?: string } = await log.page({ after, limit: PAGE });
        for (const entry of page.items) say(`${JSON.stringify(toDocument(entry))}\n`);
        after = page.next;
      }
    });
  }
}

@Command({
  name: 'audit',
  description: 'What was done by whom.',
  subCommands: [ListAudit, VerifyAudit, ExportAudit],
})
export class AuditCommands extends CommandGroup {}
