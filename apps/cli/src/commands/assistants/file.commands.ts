// parley assistants export and apply: assistants as files that can be kept beside code. The current assistant of a purpose
// is what a file describes; applying the same files again changes nothing.
import { readdir, readFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import type { AssistantConfig, SettingsChange } from '#assistants';
import { Option, SubCommand } from 'nest-commander';
import { CliError } from '../../io/cli-error.js';
import { confirmDeletion } from '../../io/confirm.js';
import { print } from '../../io/output.js';
import { BaseCommand, DeletingCommand, type BaseOptions, type DeletingOptions } from '../base-command.js';
import { allOf, parseDocument, scopeOf, withAssistants } from './assistants-backend.js';

@SubCommand({ name: 'export', description: 'The current assistant of each purpose, as YAML for `apply`.' })
export class ExportAssistants extends BaseCommand {
  async run(_: string[], options: BaseOptions): Promise<void> {
    const [{ stringify }, { settingsOf }] = await Promise.all([import('yaml'), import('#assistants')]);
    const documents = await withAssistants(async ({ registry }) => {
      const all = await allOf(registry, scopeOf(options).tenant);
      return all
        .filter(({ current }) => current)
        .map((assistant) => {
          const { resume: _resume, ...settings } = settingsOf(assistant);
          return { purpose: assistant.purpose, ...settings };
        });
    });
    print(options.json === true, documents, () => [
      documents.map((document) => stringify(document).trimEnd()).join('\n---\n'),
    ]);
  }
}

interface Wanted {
  file: string;
  purpose: string;
  config: AssistantConfig;
}

interface Applied {
  file: string;
  purpose: string;
  outcome: 'create' | 'change' | 'unchanged';
  changes: SettingsChange[];
}

@SubCommand({
  name: 'apply',
  description:
    'Brings the current assistant of each purpose to what the files of a directory say; shows the difference first.',
})
export class ApplyAssistants extends DeletingCommand {
  async run(_: string[], options: DeletingOptions & { file?: string }): Promise<void> {
    if (options.file === undefined) throw new CliError('-f <directory> says where the files are');
    const wanted = await readFiles(options.file);
    const dry_run = options.dryRun === true;
    const plan = await applyAll(wanted, options, false);
    const pending = plan.filter(({ outcome }) => outcome !== 'unchanged');
    if (!dry_run && pending.length > 0) {
      if (!options.yes && process.stdin.isTTY) {
        print(false, plan, () => plan.flatMap(lines));
        await confirmDeletion('nothing, but changes these assistants');
      }
      await applyAll(wanted, options, true);
    }
    print(options.json === true, { applied: plan, dry_run }, () => plan.flatMap(lines));
  }

  @Option({ flags: '-f, --file <directory>', description: 'Where the YAML and JSON files are.' })
  file(value: string): string {
    return value;
  }
}

const lines = ({ file, purpose, outcome, changes }: Applied): string[] => [
  `${file}: ${purpose} ${outcome}`,
  ...changes.map(({ field, from, to }) => `  ${field}: ${JSON.stringify(from)} → ${JSON.stringify(to)}`),
];

/** All files are read and checked before anything is changed. */
async function readFiles(directory: string): Promise<Wanted[]> {
  const { readConfig, readPurpose } = await import('#assistants');
  const names = (await readdir(directory)).filter((name) =>
    ['.yaml', '.yml', '.json'].includes(extname(name)),
  );
  const wanted: Wanted[] = [];
  for (const file of names.sort()) {
    const document = await parseDocument(await readFile(join(directory, file), 'utf8'), file);
    const { purpose = basename(file, extname(file)), ...config } = (document ?? {}) as Record<
      string,
      unknown
    >;
    wanted.push({ file, purpose: readPurpose(purpose), config: readConfig(config) });
  }
  const purposes = wanted.map(({ purpose }) => purpose);
  const twice = purposes.find((purpose, i) => purposes.indexOf(purpose) !== i);
  if (twice !== undefined) throw new CliError(`two files describe the purpose ${twice}`);
  return wanted;
}

async function applyAll(wanted: Wanted[], options: BaseOptions, act: boolean): Promise<Applied[]> {
  const { diffSettings, mergeSettings, settingsOf } = await import('#assistants');
  const { tenant, by } = scopeOf(options);
  return withAssistants(async ({ registry, onRecord, keeper }) => {
    const applied: Applied[] = [];
    for (const { file, purpose, config } of wanted) {
      const current = await registry.current(tenant, purpose);
      const before = current ? settingsOf(current) : mergeSettings({}, {});
      const after = mergeSettings(before, config);
      if (after.model === '') throw new CliError(`${file}: a new assistant needs a model`);
      const changes = diffSettings(before, after);
      const outcome = current === undefined ? 'create' : changes.length > 0 ? 'change' : 'unchanged';
      applied.push({ file, purpose, outcome, changes });
      if (!act || outcome === 'unchanged') continue;
      const change = { by, why: `applied ${file}`, ...(current && { expected: current.version }) };
      await onRecord('apply', purpose, () =>
        current === undefined
          ? registry.create(tenant, { purpose, settings: after, origin: 'user', by, current: true })
          : registry.update(tenant, current.id, config, change),
      );
    }
    if (act) await keeper.keep(false);
    return applied;
  });
}
