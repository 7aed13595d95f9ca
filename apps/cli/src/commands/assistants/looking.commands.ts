// parley assistants list, get, current, status, versions, diff; and rollback, the way back to what they show.
import { SubCommand } from 'nest-commander';
import { CliError } from '../../io/cli-error.js';
import { print, table } from '../../io/output.js';
import { BaseCommand, type BaseOptions } from '../base-command.js';
import {
  allOf,
  details,
  row,
  scopeOf,
  ScopedCommand,
  withAssistants,
  type ScopeOptions,
} from './assistants-backend.js';

const numberOf = (text: string): number => {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new CliError('a version is a whole number of at least 1');
};

@SubCommand({ name: 'show', description: 'The assistant that new messages get; made when there is none.' })
export class ShowAssistant extends BaseCommand {
  async run(_: string[], options: BaseOptions): Promise<void> {
    const assistant = await withAssistants(({ source }) => source.current());
    print(options.json === true, assistant, () => table(Object.entries(assistant)));
  }
}

@SubCommand({ name: 'list', description: 'All assistants, newest first; * marks the current ones.' })
export class ListAssistants extends BaseCommand {
  async run(_: string[], options: BaseOptions): Promise<void> {
    const assistants = await withAssistants(({ registry }) => allOf(registry, scopeOf(options).tenant));
    print(options.json === true, { assistants, count: assistants.length }, () => assistants.map(row));
  }
}

@SubCommand({ name: 'get', arguments: '<id>', description: 'One assistant.' })
export class GetAssistant extends BaseCommand {
  async run([id]: [string], options: BaseOptions): Promise<void> {
    const assistant = await withAssistants(({ registry }) => registry.get(scopeOf(options).tenant, id));
    print(options.json === true, assistant, () => details(assistant));
  }
}

@SubCommand({
  name: 'current',
  description: 'The current assistant, refreshed when due, made when there is none.',
})
export class CurrentAssistant extends ScopedCommand {
  async run(_: string[], options: ScopeOptions): Promise<void> {
    const { assistant } = await withAssistants(({ manager }) => manager.current(scopeOf(options)));
    print(options.json === true, assistant, () => details(assistant));
  }
}

@SubCommand({ name: 'status', description: 'What is current, when it was refreshed, whether it is due.' })
export class AssistantStatus extends ScopedCommand {
  async run(_: string[], options: ScopeOptions): Promise<void> {
    const status = await withAssistants(({ manager }) => manager.status(scopeOf(options)));
    const value = {
      assistantId: status.assistant_id ?? null,
      lastRefresh: status.last_refresh === undefined ? null : new Date(status.last_refresh).toISOString(),
      refreshInterval: status.interval_ms,
      needsRefresh: status.needs_refresh,
    };
    print(options.json === true, value, () => table(Object.entries(value)));
  }
}

@SubCommand({
  name: 'versions',
  arguments: '<id>',
  description: 'What an assistant was set to, oldest first.',
})
export class AssistantVersions extends BaseCommand {
  async run([id]: [string], options: BaseOptions): Promise<void> {
    const versions = await withAssistants(({ registry }) => registry.versions(scopeOf(options).tenant, id));
    print(options.json === true, { versions }, () =>
      versions.map(({ version, created_at, created_by, reason }) =>
        [version, new Date(created_at * 1_000).toISOString(), created_by, reason].join('  '),
      ),
    );
  }
}

@SubCommand({
  name: 'diff',
  arguments: '<id> <from> <to>',
  description: 'What differs between two versions.',
})
export class DiffAssistant extends BaseCommand {
  async run([id, from, to]: [string, string, string], options: BaseOptions): Promise<void> {
    const [a, b] = [numberOf(from), numberOf(to)];
    const changes = await withAssistants(({ registry }) => registry.diff(scopeOf(options).tenant, id, a, b));
    print(options.json === true, { from: a, to: b, changes }, () =>
      changes.map(({ field, from, to }) => `${field}: ${JSON.stringify(from)} → ${JSON.stringify(to)}`),
    );
  }
}

@SubCommand({ name: 'rollback', arguments: '<id> <version>', description: 'A new version like an old one.' })
export class RollbackAssistant extends BaseCommand {
  async run([id, version]: [string, string], options: BaseOptions): Promise<void> {
    const { tenant, by } = scopeOf(options);
    const to = numberOf(version);
    const assistant = await withAssistants(async ({ registry, onRecord, keeper }) => {
      const back = await onRecord('rollback', id, () => registry.rollback(tenant, id, to, { by }));
      await keeper.keep(false);
      return back;
    });
    print(options.json === true, assistant, () => details(assistant));
  }
}
