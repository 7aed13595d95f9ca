// Every assistant of every tenant, its versions, and which one is current for what. Knows neither doors nor when an
// assistant should be refreshed.
import { Injectable } from '@nestjs/common';
import { newId, ParleyError } from '#contracts';
import { StateRedis, type Script, type ScriptArgument } from '#redis';
import {
  toAssistant,
  toVersions,
  type Assistant,
  type AssistantOrigin,
  type AssistantVersion,
  type RecordReply,
} from './assistant-record.js';
import * as scripts from './scripts/registry.lua.js';
import {
  mergeSettings,
  type AssistantConfig,
  type AssistantSettings,
} from './settings/assistant-settings.js';
import { diffSettings, type SettingsChange } from './settings/diff-settings.js';

export interface NewAssistant {
  purpose: string;
  settings: AssistantSettings;
  origin: AssistantOrigin;
  /** Who, for people. */
  by: string;
  /** Of an assistant that is brought from elsewhere. */
  id?: string;
  /** Becomes the current one of its purpose even when there is another. */
  current: boolean;
}

export interface AssistantPage {
  items: Assistant[];
  /** Cursor of the next page. */
  next?: string;
}

export interface Change {
  by: string;
  why: string;
  /** The version that the change was made on; without it the newest wins. */
  expected?: number;
}

type ChangeReply = ['ok', RecordReply, string] | ['conflict' | 'unknown'];

/** Of REMOVE. */
const CONFLICT = 2;

/** How often a change without an expected version is tried when others change the same assistant. */
const CHANGE_TRIES = 8;

@Injectable()
export class AssistantRegistry {
  constructor(private readonly redis: StateRedis) {}

  /** @throws ParleyError `not_found` for the id of one that was deleted */
  async create(tenant: string, made: NewAssistant): Promise<Assistant> {
    const { purpose, settings, origin, by, current, id = newId('asst') } = made;
    const args = [id, purpose, JSON.stringify(settings), origin, by, 'created', current ? '1' : '0'];
    return found(id, await this.run<RecordReply | null>(scripts.CREATE, tenant, args));
  }

  /** @throws ParleyError `not_found` */
  async get(tenant: string, id: string): Promise<Assistant> {
    return found(id, await this.run<RecordReply | null>(scripts.READ, tenant, [id]));
  }

  async current(tenant: string, purpose: string): Promise<Assistant | undefined> {
    const reply = await this.run<RecordReply | null>(scripts.READ_CURRENT, tenant, [purpose]);
    return reply === null ? undefined : toAssistant(reply);
  }

  /** @param after `next` of the page before */
  async list(
    tenant: string,
    page: { limit: number; after?: string; order?: 'asc' | 'desc'; purpose?: string },
  ): Promise<AssistantPage> {
    const { limit, after = '', order = 'desc', purpose = '' } = page;
    if (!/^\d{0,15}$/.test(after))
      throw new ParleyError('invalid_cursor', 'unable to list assistants; bad cursor');
    const args = [order, after, limit + 1, purpose];
    const items = (await this.run<RecordReply[]>(scripts.LIST, tenant, args)).map(toAssistant);
    if (items.length <= limit) return { items };
    items.length = limit;
    return { items, next: String(items.at(-1)!.sequence) };
  }

  /** All of them, newest first, page by page. */
  async *all(tenant: string, purpose?: string): AsyncGenerator<Assistant> {
    let after: string | undefined;
    do {
      const page = await this.list(tenant, {
        limit: 100,
        ...(after !== undefined && { after }),
        ...(purpose !== undefined && { purpose }),
      });
      yield* page.items;
      after = page.next;
    } while (after !== undefined);
  }

  /** A new version in which these fields differ. @throws ParleyError `not_found`, `version_conflict` */
  async update(tenant: string, id: string, config: AssistantConfig, change: Change): Promise<Assistant> {
    const { assistant } = await this.change(tenant, id, (old) => mergeSettings(old, config), change);
    return assistant;
  }

  /** A new version with exactly these settings. @throws ParleyError `not_found`, `version_conflict` */
  async replace(tenant: string, id: string, settings: AssistantSettings, change: Change): Promise<Assistant> {
    return (await this.change(tenant, id, () => settings, change)).assistant;
  }

  /** A new version that new runs do not get. @throws ParleyError `not_found`, `version_conflict` */
  async propose(tenant: string, id: string, config: AssistantConfig, change: Change): Promise<number> {
    return (await this.change(tenant, id, (old) => mergeSettings(old, config), change, true)).version;
  }

  /** A new version with the settings of an old one. @throws ParleyError `not_found`, `version_conflict` */
  async rollback(tenant: string, id: string, to: number, change: Omit<Change, 'why'>): Promise<Assistant> {
    const { settings } = await this.version(tenant, id, to);
    return this.replace(tenant, id, settings, { ...change, why: `rolled back to version ${to}` });
  }

  /** Makes it the current one of its purpose. @throws ParleyError `not_found` */
  async makeCurrent(tenant: string, id: string): Promise<Assistant> {
    return found(id, await this.run<RecordReply | null>(scripts.MAKE_CURRENT, tenant, [id]));
  }

  /**
   * Runs that began with it keep it.
   * @param expected the version that must be live; without it any
   * @returns false when there was none by this id
   * @throws ParleyError `version_conflict`
   */
  async delete(tenant: string, id: string, expected?: number): Promise<boolean> {
    const reply = await this.run<number>(scripts.REMOVE, tenant, [id, newId('del'), expected ?? '']);
    if (reply === CONFLICT)
      throw new ParleyError(
        'version_conflict',
        `unable to delete ${id}; version ${expected} is not the live one`,
      );
    return reply === 1;
  }

  /** Known for seven days after. */
  async wasDeleted(tenant: string, id: string): Promise<boolean> {
    return (await this.run<number>(scripts.WAS_DELETED, tenant, [id])) === 1;
  }

  /** Oldest first. @throws ParleyError `not_found` */
  async versions(tenant: string, id: string): Promise<AssistantVersion[]> {
    const flat = await this.run<string[] | null>(scripts.VERSIONS, tenant, [id]);
    if (flat === null) throw unknown(id);
    return toVersions(flat);
  }

  /** @throws ParleyError `not_found` */
  async version(tenant: string, id: string, version: number): Promise<AssistantVersion> {
    return pick(await this.versions(tenant, id), id, version);
  }

  /** @throws ParleyError `not_found` */
  async diff(tenant: string, id: string, from: number, to: number): Promise<SettingsChange[]> {
    const versions = await this.versions(tenant, id);
    return diffSettings(pick(versions, id, from).settings, pick(versions, id, to).settings);
  }

  private async change(
    tenant: string,
    id: string,
    next: (settings: AssistantSettings) => AssistantSettings,
    { by, why, expected }: Change,
    candidate = false,
  ): Promise<{ assistant: Assistant; version: number }> {
    for (let tries = 1; ; tries++) {
      const old = await this.get(tenant, id);
      const on = expected ?? old.version;
      const settings = JSON.stringify(next(settingsOf(old)));
      const args = [id, newId('chg'), on, settings, by, why, candidate ? '1' : '0'];
      const reply = await this.run<ChangeReply>(scripts.CHANGE, tenant, args);
      if (reply[0] === 'ok') return { assistant: toAssistant(reply[1]), version: Number(reply[2]) };
      if (reply[0] === 'unknown') throw unknown(id);
      if (expected !== undefined || tries === CHANGE_TRIES)
        throw new ParleyError(
          'version_conflict',
          `unable to change ${id}; version ${on} is not the live one`,
        );
    }
  }

  private run<T>(script: Script, tenant: string, args: readonly ScriptArgument[]): Promise<T> {
    const { keys } = this.redis;
    return this.redis.run<T>(script, [keys.assistantId], [keys.assistants, tenant, ...args]);
  }
}

/** Without what the record adds to them. */
export function settingsOf(assistant: AssistantSettings): AssistantSettings {
  return {
    name: assistant.name,
    description: assistant.description,
    model: assistant.model,
    instructions: assistant.instructions,
    tools: assistant.tools,
    tool_resources: assistant.tool_resources,
    metadata: assistant.metadata,
    temperature: assistant.temperature,
    top_p: assistant.top_p,
    response_format: assistant.response_format,
    ...(assistant.resume !== undefined && { resume: assistant.resume }),
  };
}

function pick(versions: readonly AssistantVersion[], id: string, version: number): AssistantVersion {
  const one = versions.find((row) => row.version === version);
  if (one === undefined) throw new ParleyError('not_found', `unable to find version ${version} of ${id}`);
  return one;
}

const unknown = (id: string): ParleyError =>
  new ParleyError('not_found', `unable to find assistant ${id.slice(0, 80)}`);

function found(id: string, reply: RecordReply | null): Assistant {
  if (reply === null) throw unknown(id);
  return toAssistant(reply);
}
