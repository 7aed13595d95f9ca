// Tries a version on a share of new runs and ends the trial by itself when too many of them fail or they cost
// too much.
import { Injectable, Logger } from '@nestjs/common';
import { ParleyError } from '#contracts';
import { StateRedis, type Script, type ScriptArgument } from '#redis';
import { toAssistant, type Assistant, type CanaryState, type RecordReply } from '../assistant-record.js';
import type { RunOutcome } from '../assistant-source.js';
import { CanaryCosts } from './canary-costs.js';
import { END_CANARY, RECORD_RUN, SET_CANARY } from './canary.lua.js';

@Injectable()
export class AssistantCanary {
  private readonly logger = new Logger(AssistantCanary.name);

  constructor(
    private readonly redis: StateRedis,
    private readonly costs: CanaryCosts,
  ) {}

  /**
   * Takes the place of a trial that is under way.
   * @throws ParleyError `not_found`; `invalid_request` when costs are bounded and a price is not known
   */
  async set(tenant: string, id: string, canary: Omit<CanaryState, 'started_at'>): Promise<Assistant> {
    const { version, max_cost_usd, max_cost_factor } = canary;
    if (max_cost_usd !== undefined || max_cost_factor !== undefined)
      await this.costs.mustBeKnown(tenant, id, version);
    if (max_cost_factor !== undefined) {
      const [, live] = await this.read(id);
      if (live !== null) await this.costs.mustBeKnown(tenant, id, Number(live));
    }
    const args = [id, version, JSON.stringify(canary)];
    const reply = await this.run<RecordReply | 0 | null>(SET_CANARY, tenant, args);
    if (reply === null || reply === 0)
      throw new ParleyError('not_found', `unable to try version ${version}; no such assistant or version`);
    return toAssistant(reply);
  }

  /** @throws ParleyError `not_found` */
  async end(tenant: string, id: string): Promise<Assistant> {
    const reply = await this.run<RecordReply | null>(END_CANARY, tenant, [id]);
    if (reply === null) throw new ParleyError('not_found', 'unable to end canary; no such assistant');
    return toAssistant(reply);
  }

  /** Runs of other versions, and runs that were told of before, count for nothing. @returns whether it ended the trial */
  async record(outcome: RunOutcome): Promise<boolean> {
    const { tenant, run_id, assistant_id, version, failed, model, usage } = outcome;
    const cost = usage && this.costs.ofRun(model, usage);
    const known = cost === undefined ? ['', '', ''] : [cost, ...(await this.liveMean(outcome))];
    const args = [assistant_id, version, run_id, failed ? '1' : '0', ...known];
    const reason = await this.run<string | null>(RECORD_RUN, tenant, args);
    if (reason !== null)
      this.logger.warn({ assistant_id }, `the canary version ${version} was ended; ${reason}`);
    return reason !== null;
  }

  /** What the live version's runs cost, once enough of them were counted. @returns its mean and its number, or '' and '' */
  private async liveMean({ tenant, assistant_id: id }: RunOutcome): Promise<[number | '', number | '']> {
    const [json, live] = await this.read(id);
    const canary = json === null ? undefined : (JSON.parse(json) as CanaryState);
    if (canary?.max_cost_factor === undefined || Number(live) === canary.version) return ['', ''];
    const mean = await this.costs.mean(tenant, id, Number(live));
    return mean === undefined || mean.runs < canary.min_runs ? ['', ''] : [mean.usd, Number(live)];
  }

  private async read(id: string): Promise<[canary: string | null, version: string | null]> {
    const key = `${this.redis.keys.assistants}${id}`;
    return (await this.redis.attempt((client) => client.hmget(key, 'canary', 'version'))) as [
      string | null,
      string | null,
    ];
  }

  private run<T>(script: Script, tenant: string, args: readonly ScriptArgument[]): Promise<T> {
    const { keys } = this.redis;
    return this.redis.run<T>(script, [keys.assistantId], [keys.assistants, tenant, ...args]);
  }
}
