// parley vcons save, import: a vCon from a file, or from where a conserver keeps it.
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import type { Saved, SaveOptions } from '#knowledge';
import { Option, SubCommand } from 'nest-commander';
import { CliError } from '../../io/cli-error.js';
import { note, print, table } from '../../io/output.js';
import { accountOf, VconCommand, withVcons, type VconOptions } from './vcons-backend.js';
import { tenantOf } from '../base-command.js';

interface SavingOptions extends VconOptions {
  vectorStore?: string;
  prefix?: string;
  strict?: true;
  dryRun?: true;
}

abstract class SavingCommand extends VconCommand {
  @Option({
    flags: '--vector-store <id>',
    description: "Where it is made searchable; default the account's, `none` for nowhere.",
  })
  vectorStore(id: string): string {
    return id;
  }

  @Option({ flags: '--prefix <text>', description: "Beginning of the file's name at the provider." })
  prefix(text: string): string {
    return text;
  }

  @Option({ flags: '--strict', description: 'Every departure from the draft is an error.' })
  strict(): true {
    return true;
  }

  @Option({ flags: '--dry-run', description: 'Check and say what would be done.' })
  dryRun(): true {
    return true;
  }

  protected optionsOf(options: SavingOptions): SaveOptions {
    const { vectorStore, prefix, strict, dryRun } = options;
    return {
      ...accountOf(options),
      ...(vectorStore !== undefined && { vector_store_id: vectorStore === 'none' ? '' : vectorStore }),
      ...(prefix !== undefined && { file_prefix: prefix }),
      ...(strict && { strict }),
      ...(dryRun && { dry_run: dryRun }),
    };
  }

  protected show({ outcome, record, file_name, file_bytes }: Saved, json: boolean): void {
    const { owners: _owners, ...shown } = record;
    print(json, { outcome, ...shown, file_name, file_bytes }, () =>
      table([
        ['outcome', outcome],
        ['uuid', record.uuid],
        ['state', record.state],
        ['file', record.file?.file_id],
        ['name', file_name],
        ['bytes', file_bytes],
      ]),
    );
    if (!json) for (const { path, message } of record.warnings) note(`parley: ${path}: ${message}`);
  }
}

@SubCommand({ name: 'save', arguments: '<file>', description: 'Saves a vCon; `-` reads it from the input.' })
export class SaveVcon extends SavingCommand {
  async run([file]: [string], options: SavingOptions): Promise<void> {
    const bytes = file === '-' ? await buffer(process.stdin) : await read(file);
    const wish = { tenant: await tenantOf(options), bytes, options: this.optionsOf(options) };
    this.show(await withVcons((storage) => storage.put(wish)), options.json === true);
  }
}

@SubCommand({
  name: 'import',
  arguments: '<uuid>',
  description: 'Saves what the conserver keeps by this uuid.',
})
export class ImportVcon extends SavingCommand {
  async run([uuid]: [string], options: SavingOptions): Promise<void> {
    const tenant = await tenantOf(options);
    const saved = await withVcons((storage) => storage.save(tenant, uuid, this.optionsOf(options)));
    this.show(saved, options.json === true);
  }
}

async function read(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new CliError(`${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'})`);
  }
}
