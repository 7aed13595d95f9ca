// The documented manager: one current assistant that is made when absent, refreshed when due, and followed by a clean-up.
// Behind the doors of the gateway and the command line; knows neither.
import { Injectable, Logger } from '@nestjs/common';
import { AssistantsConfig, OpenaiConfig } from '#config';
import { DEFAULT_TENANT, toParleyError } from '#contracts';
import type { Assistant } from '../assistant-record.js';
import { AssistantRegistry, settingsOf } from '../assistant-registry.js';
import { mergeSettings, type AssistantConfig } from '../settings/assistant-settings.js';
import type { SavedAssistant } from '../projections/config-file.js';
import { ProjectionKeeper } from '../projections/projection-keeper.js';
import { readConfig } from '../settings/read-config.js';
import { AssistantCleanUp, type CleanUpReport } from './assistant-clean-up.js';
import { managerSettings } from './manager-defaults.js';
import { ModelCheck } from './model-check.js';
import { RefreshState, type ManagerStatus, type Renewal, type RenewalRequest } from './refresh-state.js';

/** Of whom, and who asks. */
export interface ManagerScope {
  tenant: string;
  by: string;
  /** Default `default`. */
  purpose?: string;
}

@Injectable()
export class AssistantManager {
  private readonly logger = new Logger(AssistantManager.name);

  constructor(
    private readonly registry: AssistantRegistry,
    private readonly state: RefreshState,
    private readonly cleaner: AssistantCleanUp,
    private readonly models: ModelCheck,
    private readonly config: AssistantsConfig,
    private readonly openai: OpenaiConfig,
    private readonly files: ProjectionKeeper,
  ) {}

  /** The current one, made when there is none; never refreshed. */
  async initialize(scope: ManagerScope): Promise<Renewal> {
    const { tenant, purpose = 'default' } = scope;
    const assistant = await this.registry.current(tenant, purpose);
    if (assistant !== undefined) return { assistant, made: false };
    return this.first(scope);
  }

  /**
   * The current one, refreshed when that is due.
   * @throws ParleyError `upstream_unavailable` and its like when the provider cannot be asked; the assistant stays
   */
  async current(scope: ManagerScope): Promise<Renewal> {
    const { tenant, purpose = 'default' } = scope;
    const assistant = await this.registry.current(tenant, purpose);
    if (assistant === undefined) return this.first(scope);
    const seen = assistant.id;
    const { assistant_id, needs_refresh } = await this.state.status(tenant, purpose);
    // Another refreshed between the two looks: nobody is told the one before.
    if (assistant_id !== seen) return this.current(scope);
    if (!needs_refresh) return { assistant, made: false };
    if (this.config.refreshMode === 'recreate') return this.renew(scope, { seen, forced: false });
    if (await this.models.exists(assistant.model)) {
      const still = await this.state.verified(tenant, purpose, seen);
      return still ? { assistant, made: false } : this.current(scope);
    }
    this.logger.warn({ assistant_id: seen }, `the provider has no model ${assistant.model} any more`);
    const settings = mergeSettings(settingsOf(assistant), { model: this.openai.model });
    return this.renew(scope, { seen, forced: false, settings, copied: true });
  }

  /** A new current one, now: the settings of the one before with these fields. */
  async refresh(scope: ManagerScope, config: AssistantConfig = {}): Promise<Renewal> {
    const { tenant, purpose = 'default' } = scope;
    const before = await this.registry.current(tenant, purpose);
    if (Object.keys(config).length === 0) return this.renew(scope, { seen: before?.id, forced: true });
    const settings = before ? mergeSettings(settingsOf(before), config) : this.defaults(config);
    const copied = before !== undefined && config.metadata?.['created_by'] === undefined;
    return this.renew(scope, { seen: 'any', forced: true, settings, copied });
  }

  /** A new current one from the manager's defaults with these fields. */
  async create(scope: ManagerScope, config: AssistantConfig = {}): Promise<Renewal> {
    return this.renew(scope, { seen: 'any', forced: true, settings: this.defaults(config) });
  }

  status({ tenant, purpose = 'default' }: Omit<ManagerScope, 'by'>): Promise<ManagerStatus> {
    return this.state.status(tenant, purpose);
  }

  /** @param ms until the next refresh is due; 0 = always */
  setRefreshInterval({ tenant }: Omit<ManagerScope, 'by'>, ms: number): Promise<void> {
    return this.state.setInterval(tenant, ms);
  }

  cleanUp({ tenant }: Omit<ManagerScope, 'by'>, keep: number, dryRun = false): Promise<CleanUpReport> {
    return this.cleaner.run(tenant, keep, dryRun);
  }

  /** What the schedule does, with traffic or without. An interval of 0 is left to those who ask. */
  async refreshDue(): Promise<string[]> {
    const renewed: string[] = [];
    for (const { tenant, purpose } of await this.state.managed()) {
      const { assistant_id, needs_refresh, interval_ms } = await this.state.status(tenant, purpose);
      if (assistant_id === undefined || !needs_refresh || interval_ms === 0) continue;
      const { assistant, made } = await this.current({ tenant, purpose, by: 'schedule' });
      if (made) renewed.push(assistant.id);
    }
    return renewed;
  }

  /** What the files name and nobody knows comes from the time before: it is taken over, id and all. */
  private async first(scope: ManagerScope): Promise<Renewal> {
    const { tenant, by, purpose = 'default' } = scope;
    if (isProjected(scope)) {
      const { env, file, saved } = await this.files.find();
      const id = env ?? file;
      if (id !== undefined && !(await this.registry.wasDeleted(tenant, id))) {
        const config = id === file ? savedConfig(saved) : {};
        // The marker of our own would be an invention here.
        const settings = { ...this.defaults(config), metadata: config.metadata ?? {} };
        const made = { id, purpose, settings, origin: 'user' as const, by, current: false };
        const assistant = await this.registry.create(tenant, made);
        this.logger.log({ assistant_id: id }, 'assistant taken over from its files');
        return { assistant, made: false };
      }
    }
    return this.renew(scope, { seen: undefined, forced: false });
  }

  private defaults(config: AssistantConfig = {}) {
    return managerSettings(this.openai.model, new Date(), config);
  }

  private async renew(
    scope: ManagerScope,
    request: Omit<RenewalRequest, 'fallback' | 'by'>,
  ): Promise<Renewal> {
    const { tenant, by, purpose = 'default' } = scope;
    const renewal = await this.state.renew(tenant, purpose, { ...request, fallback: this.defaults(), by });
    if (renewal.made) await this.made(scope, renewal.assistant);
    return renewal;
  }

  private async made(scope: ManagerScope, assistant: Assistant): Promise<void> {
    const { tenant, by } = scope;
    this.logger.log({ assistant_id: assistant.id }, `assistant made by ${by}`);
    if (isProjected(scope)) await this.files.keep();
    await this.cleaner.run(tenant, this.config.keep).catch((error: unknown) => {
      // The assistant is there; what is too many stays until the next one is made.
      this.logger.warn({ code: toParleyError(error).code }, 'assistants could not be cleaned up');
    });
  }
}

/** The files have room for one. */
const isProjected = ({ tenant, purpose = 'default' }: ManagerScope): boolean =>
  tenant === DEFAULT_TENANT && purpose === 'default';

/** Of what a file says, all that is well-formed; nothing of a file that is not. */
function savedConfig(saved: Partial<SavedAssistant> = {}): AssistantConfig {
  const { name, model, description, instructions, tools, metadata } = saved;
  try {
    return readConfig({ name, model, description, instructions, tools, metadata });
  } catch {
    // The id is worth more than settings that nobody can read; the manager's own take their place.
    return {};
  }
}
