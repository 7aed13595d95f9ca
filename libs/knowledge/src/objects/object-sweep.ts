// Looks for objects that no record names. Only lost records leave any, so nothing is removed but by hand: where records come back from a backup, these
// are what they name.
import { Injectable, Logger } from '@nestjs/common';
import { ObjectKeepers } from './object-keepers.js';
import { ObjectStore, type ListedObject } from './object-store.js';

export interface ObjectSweepReport {
  applied: boolean;
  /** How many were looked at. */
  objects: number;
  orphans: number;
  orphan_bytes: number;
  removed: number;
  /** The first of them. */
  found: ListedObject[];
}

/** What is younger may be on its way. Notes are written before what they name, so this is for clocks that differ. */
const AGE_MS = 60 * 60_000;
const MOST_FOUND = 100;
/** Held at a time; for each so many the records are walked once. */
const BATCH = 100_000;

/** By place, then by hash. */
type Candidates = Map<string, Map<string, ListedObject>>;

@Injectable()
export class ObjectSweep {
  private readonly logger = new Logger('ObjectSweep');

  constructor(
    private readonly objects: ObjectStore,
    private readonly keepers: ObjectKeepers,
  ) {}

  /** Of the whole installation. @throws ParleyError `storage_unavailable` @throws Error see {@link ObjectKeepers.all} */
  async run(apply: boolean, ageMs = AGE_MS, batch = BATCH): Promise<ObjectSweepReport> {
    const zero = { objects: 0, orphans: 0, orphan_bytes: 0, removed: 0 };
    const report: ObjectSweepReport = { applied: apply, ...zero, found: [] };
    const oldest = Date.now() - ageMs;
    let candidates: Candidates = new Map();
    let count = 0;
    for await (const object of this.objects.list()) {
      report.objects += 1;
      if (object.stored_at > oldest) continue;
      candidates.set(object.place, (candidates.get(object.place) ?? new Map()).set(object.hash, object));
      if (++count < batch) continue;
      await this.settle(candidates, report);
      [candidates, count] = [new Map(), 0];
    }
    if (count > 0) await this.settle(candidates, report);
    const { objects, orphans, removed } = report;
    this.logger.log({ objects, orphans, removed }, 'looked for objects that no record names');
    return report;
  }

  private async settle(candidates: Candidates, report: ObjectSweepReport): Promise<void> {
    // After the list: what was noted meanwhile counts, and what is put again meanwhile is not what was listed.
    for await (const { place, hash } of this.keepers.all()) {
      const name = this.objects.nameOf(place);
      if (hash === undefined) candidates.delete(name);
      else candidates.get(name)?.delete(hash);
    }
    for (const orphan of [...candidates.values()].flatMap((one) => [...one.values()])) {
      report.orphans += 1;
      report.orphan_bytes += orphan.bytes;
      if (report.found.length < MOST_FOUND) report.found.push(orphan);
      if (report.applied && (await this.objects.removeListed(orphan))) report.removed += 1;
    }
  }
}
