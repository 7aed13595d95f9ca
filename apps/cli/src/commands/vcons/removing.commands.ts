// parley vcons delete, removals, sweep: what goes, what could not go yet, and what nobody names any more.
import { Option, SubCommand } from 'nest-commander';
import { onRecord } from '../../backend/audited.js';
import { CliError } from '../../io/cli-error.js';
import { confirmDeletion } from '../../io/confirm.js';
import { note, print, table } from '../../io/output.js';
import {
  BaseCommand,
  DeletingCommand,
  type BaseOptions,
  type DeletingOptions,
  tenantOf,
} from '../base-command.js';
import { withTranscriptions } from '../transcriptions/transcriptions-backend.js';
import { accountOf, withVcons, type VconOptions } from './vcons-backend.js';

const MOST = 1_000;

@SubCommand({
  name: 'delete',
  arguments: '<uuid>',
  description: 'Deletes a vCon everywhere; the signed receipt is printed with --json.',
})
export class DeleteVcon extends DeletingCommand {
  async run([uuid]: [string], options: DeletingOptions & VconOptions): Promise<void> {
    const tenant = await tenantOf(options);
    const account = accountOf(options);
    const json = options.json === true;
    if (options.dryRun) {
      const record = await withVcons((storage) => storage.status(tenant, uuid, account));
      if (record === undefined) throw new CliError('no vCon is kept by this uuid');
      const { profile, state, file } = record;
      return print(json, { dry_run: true, uuid, profile, state, file_id: file?.file_id }, () => [
        `${uuid} would be deleted`,
      ]);
    }
    if (!options.yes) await confirmDeletion(`the vCon ${uuid}`);
    const removal = await withVcons((storage, backend) =>
      onRecord(backend, { action: 'vcon.delete', object: uuid, tenant }, () =>
        storage.delete(tenant, uuid, account, 'cli'),
      ),
    );
    if (removal === undefined) throw new CliError('no vCon is kept by this uuid');
    const { receipt, ...standing } = removal;
    print(json, receipt ?? standing, () =>
      table([
        ['id', removal.id],
        ...removal.objects.map(({ kind, outcome, answer }) => [kind, [outcome, answer].join(' ')] as const),
      ]),
    );
    if (receipt !== undefined) return;
    note(
      'parley: not everything could be removed at the provider; it is tried again. See: parley vcons removals',
    );
    process.exitCode = 1;
  }

  @Option({ flags: '--profile <name>', description: 'Account of OPENAI_PROFILES; default the main one.' })
  profile(name: string): string {
    return name;
  }
}

@SubCommand({ name: 'removals', description: 'What could not be removed at the provider yet.' })
export class VconRemovals extends BaseCommand {
  async run(_: string[], options: BaseOptions): Promise<void> {
    const tenant = await tenantOf(options);
    const items = await withVcons((storage) => storage.pendingRemovals(tenant, MOST));
    print(options.json === true, { items }, () =>
      items.flatMap(({ id, uuid, tries, objects }) => [
        `${id}  ${uuid}  ${tries} tries`,
        ...objects
          .filter(({ outcome }) => outcome === 'pending')
          .map(({ kind, id: object, answer = '' }) => `    ${kind} ${object} ${answer}`),
      ]),
    );
  }
}

@SubCommand({
  name: 'sweep',
  description:
    'Files at the provider without a vCon, vCons without their file or original, originals that nothing names; --apply mends.',
})
export class SweepVcons extends BaseCommand {
  async run(_: string[], options: BaseOptions & { apply?: true }): Promise<void> {
    const { VconSweep } = await import('#knowledge');
    const apply = options.apply === true;
    // Whoever keeps originals must be asked, and transcriptions do too.
    const report = await withTranscriptions(({ backend }) =>
      onRecord(backend, { action: 'vcon.sweep', object: apply ? 'apply' : 'dry run' }, () =>
        backend.get(VconSweep, { strict: false }).run({ apply }),
      ),
    );
    if (report.failed.length > 0) process.exitCode = 1;
    print(options.json === true, report, () => [
      ...report.orphans.map(
        ({ kind, profile, uuid, file_id = '', outcome = 'found' }) =>
          `${outcome}  ${kind}  ${profile}  ${uuid}  ${file_id}`,
      ),
      ...report.failed.map(({ profile, code }) => `${profile} could not be asked: ${code}`),
      ...report.originals.found.map(({ place, hash, bytes }) => `original  ${place}/${hash}  ${bytes} bytes`),
      `${report.orphans.length} of ${report.files} files and ${report.records} vCons`,
      `${report.originals.orphans} of ${report.originals.objects} originals (${report.originals.orphan_bytes} bytes), ${report.originals.removed} removed`,
    ]);
  }

  @Option({ flags: '--apply', description: 'Remove what is found, instead of only telling.' })
  apply(): true {
    return true;
  }
}
