// Saving: the original into the object store, one file up to the provider, into the vector store, and only then the older file away. Each step
// is noted before it is taken, so that whoever finds a save that was cut off knows what to clean up.
import { Injectable, Logger } from '@nestjs/common';
import { ObjectStore } from '../objects/object-store.js';
import { attemptObjects, fileObjects, removalOf, unknownUploads } from './removal-of.js';
import type { Removal } from './removal.js';
import { BEGUN_MS, Removals } from './removals.js';
import type { SavePlan } from './save-plan.js';
import { isRefusal, SaveSteps } from './save-steps.js';
import { toFault } from './to-fault.js';
import type { Held } from './vcon-lock.js';
import { placeOf, type Fault, type VconRecord } from './vcon-record.js';
import { VconRecords } from './vcon-records.js';
import type { IndexState, VconRemote } from './vcon-remote.js';

/** From then on it is looked at whether a save was cut off: whoever is still at it holds the lock. */
const CUT_OFF_MS = 20_000;
/** How soon the index is looked at, should the job be lost. */
const LOOK_MS = 15_000;
const MOST_WARNINGS = 50;

@Injectable()
export class VconSaving {
  private readonly logger = new Logger('VconStorage');

  constructor(
    private readonly records: VconRecords,
    private readonly objects: ObjectStore,
    private readonly steps: SaveSteps,
    private readonly removals: Removals,
  ) {}

  /**
   * Under the lock of the uuid.
   * @param path of the file to upload
   * @throws ParleyError: then nothing of it is left but the record, which says why
   */
  async save(
    held: Held,
    plan: SavePlan,
    remote: VconRemote,
    path: string,
    owners: string[],
  ): Promise<VconRecord> {
    let before = await this.records.get(plan.ref);
    if (before?.attempt !== undefined)
      before = await this.abandon(held, before, { code: 'interrupted' }, true);
    const now = Date.now();
    const attempt = { name: plan.name, started_at: now, hash: plan.study.hash };
    const live = before === undefined || before.hash === '' ? undefined : before;
    let record: VconRecord =
      live === undefined
        ? { ...this.fresh(plan, remote, before, now), owners, attempt }
        : { ...live, attempt };
    /** Tries of the upload: of all but one that was answered a file may have been left whose id was lost. */
    let tries = 0;
    const note = async (next: VconRecord, open = CUT_OFF_MS): Promise<void> => {
      await this.records.write(held, plan.ref, { record: next, before: record, open: Date.now() + open });
      record = next;
    };
    await this.records.write(held, plan.ref, { record, before, open: now + CUT_OFF_MS });
    try {
      await this.objects.put(placeOf(plan.ref), chunksOf(plan.study.original), {
        maxBytes: plan.study.original.length,
        signal: held.signal,
      });
      const file_id = await this.steps.upload(held, plan, remote, path, () => (tries += 1));
      const uploaded = { ...attempt, file_id, ...storeOf(plan) };
      await note({ ...record, ...(live === undefined && { state: 'uploaded' as const }), attempt: uploaded });
      tries -= 1;
      const index = await this.steps.attach(held, plan, remote, file_id);
      return await this.commit(held, plan, { before, record, index, owners, lost: tries > 0 });
    } catch (error) {
      // What the provider refused has left nothing.
      if (record.attempt?.file_id === undefined && isRefusal(error)) tries -= 1;
      await this.abandon(held, record, toFault(error), tries > 0);
      throw error;
    }
  }

  /** Of one that is saved already: notes who else it is found by. */
  async own(held: Held, before: VconRecord, owners: string[]): Promise<VconRecord> {
    if (owners.every((owner) => before.owners.includes(owner))) return before;
    const record = { ...before, owners };
    const open = record.state === 'indexing' ? { open: Date.now() + LOOK_MS } : {};
    await this.records.write(held, record, { record, before, ...open });
    return record;
  }

  /** Of a save that was cut off or failed: what it left goes, what was there before stays. */
  async abandon(held: Held, record: VconRecord, fault: Fault, lost: boolean): Promise<VconRecord> {
    const { attempt, ...rest } = record;
    if (attempt === undefined) return record;
    const lives = record.hash !== '';
    const ended: VconRecord = lives
      ? { ...rest, last_fault: fault, changed_at: Date.now() }
      : { ...rest, state: 'failed', fault, hash: '', bytes: 0, changed_at: Date.now() };
    const objects = [
      ...(lives && record.hash === attempt.hash ? [] : [{ kind: 'original' as const, id: attempt.hash }]),
      ...attemptObjects(attempt, lost),
    ];
    const removal = removalOf(record, 'failed_save', objects);
    const { uuid: vcon, profile } = record;
    this.logger.warn({ vcon, profile, code: fault.code, reason: fault.detail }, 'save failed');
    await this.finish(held, record, ended, [removal]);
    return ended;
  }

  private async commit(
    held: Held,
    plan: SavePlan,
    {
      before,
      record,
      index,
      owners,
      lost,
    }: {
      before: VconRecord | undefined;
      record: VconRecord;
      index: IndexState | Fault | undefined;
      owners: string[];
      lost: boolean;
    },
  ): Promise<VconRecord> {
    const { attempt, fault: _fault, last_fault: _last, indexing_since: _since, ...rest } = record;
    const now = Date.now();
    const next: VconRecord = {
      ...rest,
      ...this.content(plan),
      ...stateOf(index, now),
      file: { file_id: attempt!.file_id!, name: plan.name, ...storeOf(plan) },
      made_with: plan.made_with,
      owners,
      changed_at: now,
    };
    const old = before === undefined || before.file === undefined ? [] : fileObjects(before.file);
    const removals = [
      removalOf(next, 'replaced', [
        ...old,
        ...(before !== undefined && before.hash !== '' && before.hash !== plan.study.hash
          ? [{ kind: 'original' as const, id: before.hash }]
          : []),
      ]),
      removalOf(next, 'failed_save', lost ? [unknownUploads(attempt!)] : []),
    ];
    await this.finish(held, record, next, removals);
    return next;
  }

  private async finish(
    held: Held,
    before: VconRecord,
    record: VconRecord,
    removals: readonly Removal[],
  ): Promise<void> {
    const due = Date.now() + BEGUN_MS;
    const wanted = removals.filter(({ objects }) => objects.length > 0);
    await this.records.write(held, record, {
      record,
      before,
      removals: wanted.map((removal) => ({ removal, due })),
      ...(record.state === 'indexing' && { open: Date.now() + LOOK_MS }),
    });
    for (const removal of wanted) await this.removals.run(removal, 'vcons');
  }

  private fresh(plan: SavePlan, remote: VconRemote, before: VconRecord | undefined, now: number): VconRecord {
    return {
      ...plan.ref,
      ...this.content(plan),
      state: 'saving',
      account: remote.note,
      hash: '',
      bytes: 0,
      made_with: '',
      owners: [],
      saved_at: before?.saved_at ?? now,
      changed_at: now,
    };
  }

  private content({ study: { form, hash, original, warnings, signatures } }: SavePlan) {
    return { form, hash, bytes: original.length, warnings: warnings.slice(0, MOST_WARNINGS), signatures };
  }
}

const storeOf = ({ vector_store_id }: SavePlan) => (vector_store_id === undefined ? {} : { vector_store_id });

function stateOf(
  index: IndexState | Fault | undefined,
  now: number,
): Pick<VconRecord, 'state' | 'fault' | 'indexing_since'> {
  if (index === undefined) return { state: 'ready' };
  if ('code' in index) return { state: 'index_failed', fault: index };
  switch (index.status) {
    case 'completed':
      return { state: 'ready' };
    case 'in_progress':
      return { state: 'indexing', indexing_since: now };
    case 'failed':
    case 'cancelled':
      return {
        state: 'index_failed',
        fault: { code: 'vector_store_failed', ...(index.detail && { detail: index.detail }) },
      };
    default:
      return index.status satisfies never;
  }
}

async function* chunksOf(bytes: Buffer): AsyncGenerator<Uint8Array> {
  const CHUNK = 1024 * 1024;
  for (let at = 0; at < bytes.length; at += CHUNK) yield bytes.subarray(at, at + CHUNK);
}
