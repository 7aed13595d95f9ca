// parley assistants create, refresh, get-or-create, update, delete, cleanup: everything that makes or unmakes one.
import { Option, SubCommand } from 'nest-commander';
import { absent, getOrCreate } from '../../backend/get-or-create.js';
import { CliError } from '../../io/cli-error.js';
import { confirmDeletion } from '../../io/confirm.js';
import { print, table } from '../../io/output.js';
import { DeletingCommand, type DeletingOptions } from '../base-command.js';
import {
  ConfiguringCommand,
  configOf,
  details,
  scopeOf,
  ScopedCommand,
  withAssistants,
  type ConfigOptions,
  type ScopeOptions,
} from './assistants-backend.js';

@SubCommand({
  name: 'create',
  description: 'Makes a new current assistant, and notes it in .env and config/.',
})
export class CreateAssistant extends ConfiguringCommand {
  async run(_: string[], options: ConfigOptions & { streaming?: true }): Promise<void> {
    if (options.streaming) {
      const made = await withAssistants(({ source, onRecord }) =>
        onRecord('create', 'default', () => source.create()),
      );
      return print(options.json === true, made, () => table(Object.entries(made)));
    }
    const config = await configOf(options);
    const scope = scopeOf(options);
    const { assistant } = await withAssistants(({ manager, onRecord }) =>
      onRecord('create', scope.purpose, () => manager.create(scope, config)),
    );
    print(options.json === true, assistant, () => details(assistant));
  }

  @Option({ flags: '--streaming', description: 'As the streaming worker makes it from the environment.' })
  streaming(): true {
    return true;
  }
}

@SubCommand({ name: 'refresh', description: 'Makes a new current assistant from the one before.' })
export class RefreshAssistant extends ConfiguringCommand {
  async run(_: string[], options: ConfigOptions): Promise<void> {
    const config = await configOf(options);
    const { assistant, previous } = await withAssistants(({ manager, onRecord }) =>
      onRecord('refresh', 'current', () => manager.refresh(scopeOf(options), config)),
    );
    const value = { ...assistant, previous: previous ?? null };
    print(options.json === true, value, () => [...details(assistant), `before: ${previous ?? '-'}`]);
  }
}

@SubCommand({
  name: 'get-or-create',
  description:
    'The assistant that .env names if it exists, else that of config/, else the current one, else a new one.',
})
export class GetOrCreateAssistant extends ScopedCommand {
  async run(_: string[], options: ScopeOptions & { force?: true }): Promise<void> {
    const scope = scopeOf(options);
    const assistant = await withAssistants((assistants) =>
      getOrCreate(assistants, scope, options.force === true),
    );
    print(options.json === true, assistant, () => details(assistant));
  }

  @Option({ flags: '--force', description: 'Always make a new one.' })
  force(): true {
    return true;
  }
}

@SubCommand({
  name: 'update',
  arguments: '<id>',
  description: 'Changes fields: a new version, --config says which.',
})
export class UpdateAssistant extends ConfiguringCommand {
  async run([id]: [string], options: ConfigOptions): Promise<void> {
    const config = await configOf(options);
    if (Object.keys(config).length === 0) throw new CliError('--config must name at least one field');
    const { tenant, by } = scopeOf(options);
    const assistant = await withAssistants(async ({ registry, onRecord, keeper }) => {
      const change = { by, why: 'changed' };
      const changed = await onRecord('update', id, () => registry.update(tenant, id, config, change));
      await keeper.keep(false);
      return changed;
    });
    print(options.json === true, assistant, () => details(assistant));
  }
}

@SubCommand({
  name: 'delete',
  arguments: '<id>',
  description: 'Deletes an assistant; runs that began keep it.',
})
export class DeleteAssistant extends DeletingCommand {
  async run([id]: [string], options: DeletingOptions): Promise<void> {
    const { tenant } = scopeOf(options);
    const dry_run = options.dryRun === true;
    await withAssistants(async ({ registry, onRecord, keeper }) => {
      const find = (): Promise<unknown> =>
        dry_run ? registry.get(tenant, id).catch(absent) : registry.delete(tenant, id);
      const remove = async (): Promise<void> => {
        if (!(await find())) throw new CliError('there is no assistant by this id');
      };
      await (dry_run ? remove() : onRecord('delete', id, remove));
      if (!dry_run) await keeper.keep(false);
    });
    print(options.json === true, { id, deleted: !dry_run, dry_run }, () => [
      `${id} ${dry_run ? 'would be' : 'was'} deleted`,
    ]);
  }
}

@SubCommand({
  name: 'cleanup',
  arguments: '[keep]',
  description: 'Deletes all but the newest of those that nobody needs; asks on a terminal only.',
})
export class CleanUpAssistants extends DeletingCommand {
  async run([text = '5']: string[], options: DeletingOptions): Promise<void> {
    const keep = /^\d{1,5}$/.test(text) ? Number(text) : 0;
    if (keep < 1) throw new CliError('the number to keep must be a whole number of at least 1');
    const dryRun = options.dryRun === true;
    if (!dryRun && !options.yes && process.stdin.isTTY)
      await confirmDeletion(`all assistants made by Parley but the newest ${keep} and those in use`);
    const verb = dryRun ? 'clean-up-dry-run' : 'clean-up';
    const report = await withAssistants(({ manager, onRecord }) =>
      onRecord(verb, `keep ${keep}`, () => manager.cleanUp(scopeOf(options), keep, dryRun)),
    );
    if (report.failed.length > 0) process.exitCode = 1;
    print(options.json === true, report, () => [
      `${report.deleted.length} assistant(s) ${dryRun ? 'would be' : 'were'} deleted`,
      ...report.deleted.map((id) => `  ${id}`),
      ...report.kept.map(({ id, reason }) => `  ${id} stays: ${reason}`),
      ...report.failed.map(({ id, code }) => `  ${id} failed: ${code}`),
    ]);
  }
}
