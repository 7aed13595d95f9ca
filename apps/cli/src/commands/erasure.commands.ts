// parley erase, parley export, parley erasures verify: what is kept of a user or a channel, shown or removed at once.
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { INestApplicationContext } from '@nestjs/common';
import type { Subject } from '#contracts';
import type { Erasures, Receipt } from '#retention';
import { Command, Option, SubCommand } from 'nest-commander';
import { onRecord } from '../backend/audited.js';
import { withRuns } from '../backend/runs-backend.js';
import { CliError } from '../io/cli-error.js';
import { confirmDeletion } from '../io/confirm.js';
import { note, print, say, table } from '../io/output.js';
import {
  BaseCommand,
  channelOf,
  CommandGroup,
  DeletingCommand,
  type BaseOptions,
  type DeletingOptions,
} from './base-command.js';

interface SubjectOptions extends BaseOptions {
  user?: string;
  channel?: string;
}

async function withErasures<T>(
  use: (erasures: Erasures, backend: INestApplicationContext) => Promise<T>,
): Promise<T> {
  const [config, { Erasures, ErasureModule }] = await Promise.all([import('#config'), import('#retention')]);
  const { AccessConfig, CompletionsConfig, DocumentsConfig, FeedbackConfig, PrivacyConfig } = config;
  const { KnowledgeConfig, LimitsConfig, OpenaiConfig, VconConfig } = config;
  return withRuns((backend) => use(backend.get(Erasures, { strict: false }), backend), {
    configs: [
      AccessConfig,
      CompletionsConfig,
      DocumentsConfig,
      PrivacyConfig,
      FeedbackConfig,
      KnowledgeConfig,
      LimitsConfig,
      OpenaiConfig,
      VconConfig,
    ],
    imports: [ErasureModule],
  });
}

/** @throws CliError unless exactly one is named */
async function subjectOf(options: SubjectOptions): Promise<Subject> {
  const { user, channel } = options;
  if ((user === undefined) === (channel === undefined))
    throw new CliError('name one of --user and --channel');
  if (channel !== undefined) {
    const ref = await channelOf(channel, options);
    return { tenant: ref.tenant, kind: 'channel', name: ref.channel };
  }
  const { DEFAULT_TENANT, userName } = await import('#contracts');
  if (userName(user) === '') throw new CliError('--user must not be blank');
  return { tenant: options.tenant ?? DEFAULT_TENANT, kind: 'user', name: user! };
}

@Command({ name: 'erase', description: 'Erases everything that is kept of a user or a channel.' })
export class EraseCommand extends DeletingCommand {
  async run(_: string[], options: DeletingOptions & SubjectOptions): Promise<void> {
    const subject = await subjectOf(options);
    const json = options.json === true;
    if (options.dryRun) {
      const found = await withErasures((erasures) => erasures.count(subject));
      return print(json, { dry_run: true, found }, () =>
        Object.keys(found).length === 0 ? ['nothing is kept'] : table(Object.entries(found)),
      );
    }
    if (!options.yes) await confirmDeletion(`everything that is kept of this ${subject.kind}`);
    const record = await withErasures(async (erasures, backend) => {
      const { kind, tenant } = subject;
      const deed = { action: `${kind}.erase`, object: `${kind}:${erasures.digestOf(subject)}`, tenant };
      const id = await onRecord(backend, deed, () => erasures.begin(subject));
      return erasures.run(id, 'cli');
    });
    const { receipt, ...standing } = record;
    print(json, receipt ?? standing, () =>
      table([['id', record.id], ['status', record.status], ...Object.entries(record.removed)]),
    );
    if (record.status === 'done') return;
    note(
      `parley: not everything could be removed: ${Object.entries(record.left).join('; ')}. Workers try again.`,
    );
    process.exitCode = 1;
  }

  @Option({ flags: '--user <user>', description: 'As the askers call them, such as an e-mail address.' })
  user(user: string): string {
    return user;
  }

  @Option({ flags: '--channel <channel>', description: 'Name of the channel.' })
  channel(channel: string): string {
    return channel;
  }
}

@Command({
  name: 'export',
  description: 'Everything that is kept of a user or a channel, one JSON object a line.',
})
export class ExportCommand extends BaseCommand {
  async run(_: string[], options: SubjectOptions): Promise<void> {
    const subject = await subjectOf(options);
    const { kind, tenant } = subject;
    await withErasures(async (erasures, backend) => {
      const deed = { action: `${kind}.export`, object: `${kind}:${erasures.digestOf(subject)}`, tenant };
      await onRecord(backend, deed, async () => {
        for await (const piece of erasures.export(subject)) say(`${JSON.stringify(piece)}\n`);
      });
    });
  }

  @Option({ flags: '--user <user>', description: 'As the askers call them, such as an e-mail address.' })
  user(user: string): string {
    return user;
  }

  @Option({ flags: '--channel <channel>', description: 'Name of the channel.' })
  channel(channel: string): string {
    return channel;
  }
}

@SubCommand({
  name: 'verify',
  arguments: '<file>',
  description:
    'Whether a receipt is as it was signed with AUDIT_KEY; `-` reads it from the input. Ends with 1 if not.',
})
class VerifyErasure extends BaseCommand {
  async run([file]: [string], options: BaseOptions): Promise<void> {
    const [{ AccessConfig, loadConfig }, { isGenuine }] = await Promise.all([
      import('#config'),
      import('#retention'),
    ]);
    const receipt = await readReceipt(file);
    const genuine = isGenuine(loadConfig(AccessConfig, process.env).auditKey, receipt);
    print(options.json === true, { genuine, seal: receipt.seal }, () => [
      genuine ? 'genuine' : 'not genuine',
    ]);
    if (genuine && receipt.seal === 'sha256')
      note(
        `parley: signed without AUDIT_KEY; compare the signature with the audit log's entry of ${receipt.id}`,
      );
    if (!genuine) process.exitCode = 1;
  }
}

/** The receipt itself, or the answer of `GET /erasures/{id}` with it. @throws CliError */
async function readReceipt(file: string): Promise<Receipt> {
  try {
    const value = JSON.parse(file === '-' ? await text(process.stdin) : await readFile(file, 'utf8')) as {
      receipt?: Receipt;
    } & Receipt;
    const receipt = value.receipt ?? value;
    if (typeof receipt.signature === 'string') return receipt;
  } catch {
    // Told below: whatever is wrong with it, it is no receipt.
  }
  throw new CliError('this is no receipt of an erasure');
}

@Command({ name: 'erasures', description: 'Receipts of erasures.', subCommands: [VerifyErasure] })
export class ErasureCommands extends CommandGroup {}
