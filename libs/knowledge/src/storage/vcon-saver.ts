// One save from the wish to the record: read, check, wait for the uuid, write the temporary file, save, follow the index.
import { Injectable, Logger } from '@nestjs/common';
import { toParleyError } from '#contracts';
import { Metrics } from '#telemetry';
import { TemporaryFiles } from '../objects/temporary-files.js';
import { ownersOf, withSavers } from './owners.js';
import { isSaved, type SavePlan } from './save-plan.js';
import { SavePlanner } from './save-planner.js';
import { VconIndexing } from './vcon-indexing.js';
import { VconLock } from './vcon-lock.js';
import type { SaveOptions } from './vcon-options.js';
import type { VconRecord } from './vcon-record.js';
import { VconRecords } from './vcon-records.js';
import { VconSaving } from './vcon-saving.js';

/** Others may be saving the same uuid, each with a file of their own. */
const WAIT_MS = 60_000;

export interface SaveWish {
  tenant: string;
  bytes: Buffer;
  /** That it must have. */
  uuid?: string;
  options: SaveOptions;
  /** Who saves it, as the door knows them; found by an erasure. */
  saved_by?: string;
  /** It is the same vCon with something added: whose it was before, theirs it stays. */
  keep_owners?: true;
}

export interface Saved {
  outcome: 'saved' | 'unchanged' | 'dry_run';
  /** Of a dry run: as it would be. */
  record: Pick<VconRecord, 'uuid' | 'profile' | 'form' | 'hash' | 'bytes' | 'warnings' | 'signatures'> &
    Partial<VconRecord>;
  file_name: string;
  /** Of what is uploaded. */
  file_bytes: number;
}

@Injectable()
export class VconSaver {
  private readonly logger = new Logger('VconStorage');

  constructor(
    private readonly planner: SavePlanner,
    private readonly records: VconRecords,
    private readonly lock: VconLock,
    private readonly saving: VconSaving,
    private readonly indexing: VconIndexing,
    private readonly temporary: TemporaryFiles,
    private readonly metrics: Metrics,
  ) {}

  /** @throws ParleyError: then nothing of it is kept, but a record that says why where the provider was asked */
  async save(wish: SaveWish): Promise<Saved> {
    const begun = performance.now();
    const told = { vcon: wish.uuid, profile: wish.options.profile };
    this.logger.log({ ...told, bytes: wish.bytes.length }, 'save begins');
    const end = (outcome: string): object => {
      const seconds = (performance.now() - begun) / 1_000;
      this.metrics.vconSaves.inc({ outcome });
      this.metrics.vconSaveSeconds.observe(seconds);
      return { outcome, ms: Math.round(seconds * 1_000) };
    };
    try {
      const saved = await this.perform(wish);
      const { uuid: vcon, profile, state } = saved.record;
      this.logger.log({ vcon, profile, state, ...end(saved.outcome) }, 'save ends');
      return saved;
    } catch (error) {
      const { code } = toParleyError(error);
      this.logger.warn({ ...told, code, ...end(code) }, 'save ends with an error');
      throw error;
    }
  }

  private async perform({ tenant, bytes, uuid, options, saved_by, keep_owners }: SaveWish): Promise<Saved> {
    const { plan, remote } = await this.planner.plan(tenant, bytes, uuid, options);
    if (plan.options.dry_run === true) return told('dry_run', plan, { ...plan.ref, ...contentOf(plan) });
    const key = await this.records.personKey();
    const { channel } = plan.options;
    const about = { ...(saved_by !== undefined && { saved_by }), ...(channel !== undefined && { channel }) };
    const owners = ownersOf(key, tenant, plan.study.contacts, about);
    const saved = await this.lock.during(plan.ref.uuid, WAIT_MS, async (held) => {
      const known = await this.records.get(plan.ref);
      const all = withSavers(owners, known?.owners ?? []);
      if (known !== undefined && isSaved(known, plan))
        return told('unchanged', plan, await this.saving.own(held, known, all));
      const cleanUp = plan.options.cleanup_local_files ?? this.planner.cleanUp;
      const record = await this.temporary.during(plan.name, plan.content, { keep: !cleanUp }, (path) =>
        this.saving.save(
          held,
          plan,
          remote,
          path,
          keep_owners && known ? both(owners, known.owners) : owners,
        ),
      );
      return told('saved', plan, record);
    });
    if (saved.record.state === 'indexing') await this.indexing.follow(plan.ref);
    return saved;
  }
}

const both = (some: readonly string[], others: readonly string[]): string[] => [
  ...new Set([...some, ...others]),
];

const contentOf = ({ study: { form, hash, original, warnings, signatures } }: SavePlan) => ({
  form,
  hash,
  bytes: original.length,
  warnings,
  signatures,
});

const told = (outcome: Saved['outcome'], { name, content }: SavePlan, record: Saved['record']): Saved => ({
  outcome,
  record,
  file_name: name,
  file_bytes: content.length,
});
