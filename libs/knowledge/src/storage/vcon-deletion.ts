// Deleting: what is kept is written down as a list of what has to go, in the same step in which the vCon ceases to be; then each piece goes,
// and what was answered for it ends in a signed receipt.
import { Injectable, Logger } from '@nestjs/common';
import { Metrics } from '#telemetry';
import { attemptObjects, fileObjects, removalOf } from './removal-of.js';
import { isDone, type Removal } from './removal.js';
import { RemovalRecords } from './removal-records.js';
import { BEGUN_MS, Removals } from './removals.js';
import { VconLock, type Held } from './vcon-lock.js';
import type { VconRecord, VconRef } from './vcon-record.js';
import { VconRecords } from './vcon-records.js';

const WAIT_MS = 30_000;
const AT_A_TIME = 50;

@Injectable()
export class VconDeletion {
  private readonly logger = new Logger('VconStorage');

  constructor(
    private readonly records: VconRecords,
    private readonly lock: VconLock,
    private readonly removals: Removals,
    private readonly kept: RemovalRecords,
    private readonly metrics: Metrics,
  ) {}

  /**
   * @param actor as the audit log names it
   * @returns what became of each object, with the receipt once all are gone; undefined when there was no such vCon
   * @throws ParleyError `busy`, `state_unavailable`
   */
  async delete(ref: VconRef, actor: string): Promise<Removal | undefined> {
    const begun = performance.now();
    const removal = await this.lock.during(ref.uuid, WAIT_MS, async (held) => {
      const record = await this.records.get(ref);
      return record === undefined ? undefined : this.remove(held, record, 'deleted', actor);
    });
    if (removal === undefined) return undefined;
    const { uuid: vcon, profile } = ref;
    const outcome = isDone(removal) ? 'done' : 'incomplete';
    this.metrics.vconDeletions.inc({ outcome });
    this.logger.log({ vcon, profile, outcome, ms: Math.round(performance.now() - begun) }, 'deleted');
    return removal;
  }

  /** The receipt, or how far it is. */
  get(tenant: string, id: string): Promise<Removal | undefined> {
    return this.kept.get(id).then((removal) => (removal?.tenant === tenant ? removal : undefined));
  }

  /** What could not be removed yet. */
  pending(tenant: string, limit: number): Promise<Removal[]> {
    return this.kept.open(tenant, limit);
  }

  /** Tries again what is due. @returns how many removals, and of those how many are done */
  async goOn(now: number): Promise<{ tried: number; done: number }> {
    const sum = { tried: 0, done: 0 };
    for (const id of await this.kept.due(now, AT_A_TIME)) {
      const before = await this.kept.get(id);
      if (before === undefined) continue;
      try {
        await this.lock.during(before.uuid, 0, async () => {
          const removal = await this.kept.get(id);
          if (removal === undefined || isDone(removal)) return;
          sum.tried += 1;
          if (isDone(await this.removals.run(removal, 'job:vcon-upkeep'))) sum.done += 1;
        });
      } catch (error) {
        // Somebody saves or deletes it right now; the next round comes soon.
        if ((error as { code?: string }).code !== 'busy') throw error;
      }
    }
    return sum;
  }

  /** Under the lock of the uuid. */
  async remove(held: Held, record: VconRecord, why: 'deleted' | 'orphan', actor: string): Promise<Removal> {
    const { hash, file, attempt, uuid } = record;
    const hashes = new Set([hash, attempt?.hash ?? ''].filter((one) => one !== ''));
    const removal = removalOf(record, why, [
      { kind: 'record', id: uuid },
      ...[...hashes].map((id) => ({ kind: 'original' as const, id })),
      ...(file === undefined ? [] : fileObjects(file)),
      ...(attempt === undefined ? [] : attemptObjects(attempt, true)),
    ]);
    const removals = [{ removal, due: Date.now() + BEGUN_MS }];
    await this.records.write(held, record, { record: undefined, before: record, removals });
    return this.removals.run(removal, actor);
  }
}
