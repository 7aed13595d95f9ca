// Keeps the number of assistants that Parley made by itself in bounds. What is current, in use, chosen, on trial or
// somebody else's stays.
import { Injectable, Logger } from '@nestjs/common';
import { newId, toParleyError, type ErrorCode } from '#contracts';
import { StateRedis } from '#redis';
import { MADE_BY } from '../assistant-record.js';
import { AssistantRegistry } from '../assistant-registry.js';
import { CLEAN_UP } from '../scripts/clean-up.lua.js';

/** Why one stayed that was older than the newest ones. */
export type KeptBecause = 'current' | 'foreign' | 'chosen' | 'on_trial' | 'in_use';

export interface CleanUpReport {
  keep: number;
  dry_run: boolean;
  /** Newest first; with `dry_run`, what would have been deleted. */
  deleted: string[];
  kept: { id: string; reason: KeptBecause }[];
  failed: { id: string; code: ErrorCode }[];
}

@Injectable()
export class AssistantCleanUp {
  private readonly logger = new Logger(AssistantCleanUp.name);

  constructor(
    private readonly redis: StateRedis,
    private readonly registry: AssistantRegistry,
  ) {}

  /**
   * A failure with one does not keep it from the others.
   * @param keep how many of the newest are left alone, at least 1
   */
  async run(tenant: string, keep: number, dryRun = false): Promise<CleanUpReport> {
    const report: CleanUpReport = { keep, dry_run: dryRun, deleted: [], kept: [], failed: [] };
    const old: string[] = [];
    let ours = 0;
    for await (const { id, made_by_us } of this.registry.all(tenant))
      if (made_by_us && ++ours > keep) old.push(id);
    for (const id of old) {
      try {
        const outcome = await this.remove(tenant, id, dryRun);
        if (outcome === 'deleted') report.deleted.push(id);
        else if (outcome !== 'unknown') report.kept.push({ id, reason: outcome });
      } catch (error) {
        report.failed.push({ id, code: toParleyError(error).code });
      }
    }
    if (!dryRun && report.deleted.length > 0)
      this.logger.log({ count: report.deleted.length }, 'assistants cleaned up');
    return report;
  }

  protected remove(
    tenant: string,
    id: string,
    dryRun: boolean,
  ): Promise<'deleted' | 'unknown' | KeptBecause> {
    const { keys } = this.redis;
    const shards = keys.all().map(({ base }) => base);
    const args = [keys.assistants, tenant, id, newId('del'), dryRun ? '1' : '0', MADE_BY, ...shards];
    return this.redis.run(CLEAN_UP, [keys.assistantId], args);
  }
}
