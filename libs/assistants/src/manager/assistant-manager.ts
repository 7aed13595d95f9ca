// The documented manager: one current assistant that is made when absent, refreshed when due, and followed by a clean-up.
// Behind the doors of the gateway and the command line; knows neither.
import { Injectable, Logger } from '@nestjs/common';
import { AssistantsConfig, OpenaiConfig } from '#config';
import { toParleyError } from '#contracts';
import type { Assistant } from '../assistant-record.js';
import { AssistantRegistry, settingsOf } from '../assistant-registry.js';
import { mergeSettings, type AssistantConfig } from '../settings/assistant-settings.js';
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
  ) {}

  /** The current one, made when there is none; never refreshed. */
  async initialize(scope: ManagerScope): Promise<Renewal> {
    const { tenant, purpose = 'default' } = scope;
    const assistant = await this.registry.current(tenant, purpose);
    if (assistant !== undefined) return { assistant, made: false };
    return this.renew(scope, { seen: undefined, forced: false });
  }

  /**
   * The current one, refreshed when that is due.
   * @throws ParleyError `upstream_unavailable` and its like when the provider cannot be asked; the assistant stays
   */
  async current(scope: ManagerScope): Promise<Renewal> {
    const { tenant, purpose = 'default' } = scope;
    const assistant = await this.registry.current(tenant, purpose);
    if (assistant === undefined) return this.renew(scope, { seen: undefined, forced: false });
    const seen = assistant.id;
    if (!(await this.state.status(tenant, purpose)).needs_refresh) return { assistant, made: false };
    if (this.config.refreshMode === 'recreate') return this.renew(scope, { seen, forced: false });
    if (await this.models.exists(assistant.model)) {
      await this.state.verified(tenant, purpose, seen);
      return { assistant, made: false };
    }
    this.logger.warn({ assistant_id: seen }, `the provider has no model ${assistant.model} any more`);
    const settings = mergeSettings(settingsOf(assistant), { model: this.openai.model });
    return this.renew(scope, { seen, forced: false, settings });
  }

  /** A new current one, now: the settings of the one before with these fields. */
  async refresh(scope: ManagerScope, config: AssistantConfig = {}): Promise<Renewal> {
    const { tenant, purpose = 'default' } = scope;
    const before = await this.registry.current(tenant, purpose);
    if (Object.keys(config).length === 0) return this.renew(scope, { seen: before?.id, forced: true });
    const settings = before ? mergeSettings(settingsOf(before), config) : this.defaults(config);
    return this.renew(scope, { seen: 'any', forced: true, settings });
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

  private async made({ tenant, by }: ManagerScope, { id }: Assistant): Promise<void> {
    this.logger.log({ assistant_id: id }, `assistant made by ${by}`);
    await this.cleaner.run(tenant, this.config.keep).catch((error: unknown) => {
      // The assistant is there; what is too many stays until the next one is made.
      this.logger.warn({ code: toParleyError(error).code }, 'assistants could not be cleaned up');
    });
  }
}
