// The assistant of a run: what its channel chose, or the current one of the tenant, which is made from the
// configuration at first use and replaced when the documented key names nothing that exists.
import { Injectable } from '@nestjs/common';
import { OpenaiConfig, ToolsConfig } from '#config';
import { channelKey, DEFAULT_TENANT, newId } from '#contracts';
import { StateRedis } from '#redis';
import type { CanaryState } from './assistant-record.js';
import { AssistantRegistry } from './assistant-registry.js';
import {
  AssistantSource,
  type AssistantAsker,
  type AssistantSnapshot,
  type RunOutcome,
} from './assistant-source.js';
import { AssistantCanary } from './canary/assistant-canary.js';
import { isChosen } from './canary/is-chosen.js';
import { CURRENT_ASSISTANT, RESOLVE_ASSISTANT } from './scripts/run.lua.js';
import { mergeSettings, parseSettings, type AssistantSettings } from './settings/assistant-settings.js';
import { toSnapshot } from './settings/to-snapshot.js';

const INSTRUCTIONS =
  'You are a helpful assistant. Answer the user clearly and briefly, in the language they write in. ' +
  'Use the tools you have when they help; when a tool fails, say so and go on without it. ' +
  'Say when you do not know something.';

type ResolveReply = [id: string, version: string, settings: string, onTrial: 0 | 1];
type CurrentReply = [id: string, version: string, settings: string, canary: string, candidate: string];

@Injectable()
export class DefaultAssistant extends AssistantSource {
  /** Tenants whose record this process has brought up to its configuration: two configurations would else fight for ever. */
  private readonly upToDate = new Set<string>();

  constructor(
    private readonly redis: StateRedis,
    private readonly openai: OpenaiConfig,
    private readonly tools: ToolsConfig,
    private readonly registry: AssistantRegistry,
    private readonly canary: AssistantCanary,
  ) {
    super();
  }

  async current(asker?: AssistantAsker): Promise<AssistantSnapshot> {
    const tenant = asker?.ref.tenant ?? DEFAULT_TENANT;
    const { keys } = this.redis;
    const args = [
      keys.assistants,
      tenant,
      asker ? channelKey(asker.ref) : '',
      newId('asst'),
      JSON.stringify(this.settings()),
      this.upToDate.has(tenant) ? '0' : '1',
    ];
    const reply = await this.redis.run<CurrentReply>(CURRENT_ASSISTANT, [keys.assistantId], args);
    this.upToDate.add(tenant);
    const [id, version, settings, canaryJson, candidate] = reply;
    if (asker && canaryJson !== '') {
      const canary = JSON.parse(canaryJson) as CanaryState;
      if (isChosen(asker.run_id, canary.share))
        return { ...this.snapshot(id, canary.version, candidate), on_trial: true };
    }
    return this.snapshot(id, Number(version), settings);
  }

  async resolve(id: string, version?: number, asker?: AssistantAsker): Promise<AssistantSnapshot> {
    const { keys } = this.redis;
    const args = [keys.assistants, asker?.ref.tenant ?? DEFAULT_TENANT, id, version ?? ''];
    const reply = await this.redis.run<ResolveReply | null>(RESOLVE_ASSISTANT, [keys.assistantId], args);
    if (reply === null) return this.current(asker);
    const [found, its, settings, onTrial] = reply;
    return { ...this.snapshot(found, Number(its), settings), ...(onTrial === 1 && { on_trial: true }) };
  }

  async ended(outcome: RunOutcome): Promise<void> {
    await this.canary.record(outcome).catch(() => {
      // One run less in a statistic; the run itself has ended well.
    });
  }

  /** A new assistant from the configuration, which new runs use from now on. The one before stays for its runs. */
  async create(): Promise<AssistantSnapshot> {
    const { id, version } = await this.registry.create(DEFAULT_TENANT, {
      purpose: 'default',
      settings: this.settings(),
      origin: 'config',
      by: 'configuration',
      current: true,
    });
    return this.resolve(id, version);
  }

  /** Resolves to false when there was none by this id. Deleting the current one makes the next use create another. */
  async delete(id: string): Promise<boolean> {
    return this.registry.delete(DEFAULT_TENANT, id);
  }

  private snapshot(id: string, version: number, json: string): AssistantSnapshot {
    return toSnapshot(id, version, { resume: this.openai.resume, ...parseSettings(json) });
  }

  private settings(): AssistantSettings {
    const names = this.tools.openweatherKey === '' ? [] : ['get_weather'];
    return {
      ...mergeSettings(
        {},
        {
          name: 'Parley',
          model: this.openai.model,
          instructions: INSTRUCTIONS,
          tools: names.map((name) => ({ type: 'function', function: { name } })),
        },
      ),
      resume: this.openai.resume,
    };
  }
}
