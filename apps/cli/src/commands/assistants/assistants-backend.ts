// What commands about assistants need, and the options that several of them take.
import { readFile } from 'node:fs/promises';
import type { Assistant, AssistantConfig, AssistantRegistry } from '#assistants';
import { Option } from 'nest-commander';
import { openAssistants, type OpenAssistants } from '../../backend/open-assistants.js';
import { CliError } from '../../io/cli-error.js';
import { table } from '../../io/output.js';
import { BaseCommand, type BaseOptions } from '../base-command.js';

/** The command line always keeps the documented files of its working directory. */
export async function withAssistants<T>(use: (assistants: OpenAssistants) => Promise<T>): Promise<T> {
  const assistants = await openAssistants({ files: true });
  try {
    return await use(assistants);
  } finally {
    await assistants.close();
  }
}

/** Newest first. */
export async function allOf(registry: AssistantRegistry, tenant: string): Promise<Assistant[]> {
  const all: Assistant[] = [];
  for await (const assistant of registry.all(tenant)) all.push(assistant);
  return all;
}

export interface ScopeOptions extends BaseOptions {
  purpose?: string;
}

export const scopeOf = ({ tenant = 'default', purpose = 'default' }: ScopeOptions) => ({
  tenant,
  purpose,
  by: 'cli',
});

export interface ConfigOptions extends ScopeOptions {
  config?: string;
}

export abstract class ScopedCommand extends BaseCommand {
  @Option({ flags: '--purpose <purpose>', description: 'Of which purpose; default `default`.' })
  purpose(value: string): string {
    return value;
  }
}

export abstract class ConfiguringCommand extends ScopedCommand {
  @Option({ flags: '--config <json>', description: 'Fields as JSON, or @file with JSON or YAML.' })
  config(value: string): string {
    return value;
  }
}

/** @throws CliError, or ParleyError naming unknown and invalid fields */
export async function configOf({ config }: ConfigOptions): Promise<AssistantConfig> {
  if (config === undefined) return {};
  const { readConfig } = await import('#assistants');
  const text = config.startsWith('@') ? await readFile(config.slice(1), 'utf8') : config;
  return readConfig(await parseDocument(text, 'the configuration'));
}

/** JSON is YAML too. */
export async function parseDocument(text: string, what: string): Promise<unknown> {
  const { parse } = await import('yaml');
  try {
    return parse(text) as unknown;
  } catch {
    throw new CliError(`${what} is neither JSON nor YAML`);
  }
}

const when = (seconds: number): string => new Date(seconds * 1_000).toISOString();
const toolsOf = ({ tools }: Assistant): string =>
  tools.map((tool) => (tool.type === 'function' ? tool.function.name : tool.type)).join(', ') || '-';

export const row = (assistant: Assistant): string =>
  [
    `${assistant.current ? '*' : ' '} ${assistant.id}`,
    assistant.name ?? '-',
    assistant.model,
    when(assistant.created_at),
    toolsOf(assistant),
  ].join('  ');

export const details = (assistant: Assistant): string[] =>
  table([
    ['id', assistant.id],
    ['version', assistant.version],
    [
      'on trial',
      assistant.canary && `version ${assistant.canary.version}, ${assistant.canary.share} of new runs`,
    ],
    [
      'last trial',
      assistant.canary_ended &&
        `version ${assistant.canary_ended.version} ended: ${assistant.canary_ended.reason}`,
    ],
    ['purpose', `${assistant.purpose}${assistant.current ? ' (current)' : ''}`],
    ['name', assistant.name ?? '-'],
    ['model', assistant.model],
    ['created', when(assistant.created_at)],
    ['tools', toolsOf(assistant)],
    ['description', assistant.description ?? undefined],
    ['instructions', assistant.instructions ?? undefined],
  ]);
