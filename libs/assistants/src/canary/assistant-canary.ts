// Tries a version on a share of new runs and ends the trial by itself when too many of them fail.
import { Injectable, Logger } from '@nestjs/common';
import { ParleyError } from '#contracts';
import { StateRedis, type Script, type ScriptArgument } from '#redis';
import { toAssistant, type Assistant, type CanaryState, type RecordReply } from '../assistant-record.js';
import type { RunOutcome } from '../assistant-source.js';
import { END_CANARY, RECORD_RUN, SET_CANARY } from './canary.lua.js';

@Injectable()
export class AssistantCanary {
  private readonly logger = new Logger(AssistantCanary.name);

  constructor(private readonly redis: StateRedis) {}

  /** Takes the place of a trial that is under way. @throws ParleyError `not_found` */
  async set(tenant: string, id: string, canary: Omit<CanaryState, 'started_at'>): Promise<Assistant> {
    const { version, share, min_runs, max_error_share } = canary;
    const args = [id, version, share, min_runs, max_error_share];
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
  async record({ tenant, run_id, assistant_id, version, failed }: RunOutcome): Promise<boolean> {
    const args = [assistant_id, version, run_id, failed ? '1' : '0'];
    const ended = (await this.run<number>(RECORD_RUN, tenant, args)) === 1;
    if (ended)
      this.logger.warn({ assistant_id }, `the canary version ${version} failed too often and was ended`);
    return ended;
  }

  private run<T>(script: Script, tenant: string, args: readonly ScriptArgument[]): Promise<T> {
    const { keys } = this.redis;
    return this.redis.run<T>(script, [keys.assistantId], [keys.assistants, tenant, ...args]);
  }
}
