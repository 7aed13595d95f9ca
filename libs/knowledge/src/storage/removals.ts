// Removes what a removal lists, piece by piece, and notes what was answered for each; what cannot be removed now is tried again, until nothing
// is left. Called under the lock of the uuid.
import { Injectable, Logger } from '@nestjs/common';
import { AuditLog, sealReceipt } from '#auth';
import { AccessConfig } from '#config';
import { ObjectStore } from '../objects/object-store.js';
import { RemovalRecords } from './removal-records.js';
import { answerOf } from './removal-of.js';
import { isDone, pauseAfter, type Removal, type RemovalObject } from './removal.js';
import { placeOf } from './vcon-record.js';
import { VconRecords } from './vcon-records.js';
import { VconAccounts } from './vcon-accounts.js';
import type { VconRemote } from './vcon-remote.js';

/** Uploads whose answer was lost are looked for twice: one may have been on its way at the first look. */
const LOOKS = 2;
const SECOND_LOOK_MS = 5_000;
/** A removal that is begun is everybody's after this, should its process die. */
export const BEGUN_MS = 30_000;

@Injectable()
export class Removals {
  private readonly logger = new Logger('VconRemovals');

  constructor(
    private readonly kept: RemovalRecords,
    private readonly records: VconRecords,
    private readonly objects: ObjectStore,
    private readonly accounts: VconAccounts,
    private readonly audit: AuditLog,
    private readonly access: AccessConfig,
  ) {}

  /** Does what is left of it. Never throws for a piece; @throws ParleyError `state_unavailable` */
  async run(removal: Removal, actor: string): Promise<Removal> {
    removal.tries += 1;
    for (const object of removal.objects)
      if (object.outcome === 'pending') await this.remove(removal, object);
    const { profile, uuid, objects, tries } = removal;
    if (!isDone(removal)) {
      const soon = objects.every(({ outcome, looks = 0 }) => outcome !== 'pending' || looks > 0);
      const pause = soon ? SECOND_LOOK_MS : pauseAfter(tries);
      await this.kept.keep(removal, Date.now() + pause);
      const pending = objects.filter(({ outcome }) => outcome === 'pending').length;
      this.logger.log({ vcon: uuid, profile, tries, pending, retry_in_ms: pause }, 'clean-up goes on later');
      return removal;
    }
    if (removal.why === 'deleted') await this.sign(removal, actor);
    await this.kept.done(removal);
    this.logger.log({ vcon: uuid, profile, tries, count: objects.length, reason: removal.why }, 'cleaned up');
    return removal;
  }

  private async remove(removal: Removal, object: RemovalObject): Promise<void> {
    try {
      switch (object.kind) {
        case 'record':
          object.outcome = 'deleted';
          return;
        case 'original': {
          // The same content may have been saved again since.
          const { hash, attempt } = (await this.records.get(removal)) ?? {};
          if (object.id === hash || object.id === attempt?.hash)
            return void Object.assign(object, { outcome: 'absent', answer: 'in use again' });
          object.outcome = (await this.objects.remove(placeOf(removal), object.id)) ? 'deleted' : 'absent';
          return;
        }
        case 'unknown_uploads':
          return await this.removeUnknown(this.accounts.noted(removal.account), object);
        case 'vector_store_file':
        case 'file': {
          const remote = this.accounts.noted(removal.account);
          const { outcome, answer } =
            object.kind === 'file'
              ? await remote.remove(object.id)
              : await remote.detach(object.vector_store_id!, object.id);
          Object.assign(object, { outcome, answer });
          return;
        }
        default:
          object.kind satisfies never;
      }
    } catch (error) {
      object.answer = answerOf(error);
      const { uuid: vcon, profile } = removal;
      this.logger.warn({ vcon, profile, kind: object.kind, reason: object.answer }, 'not removed yet');
    }
  }

  private async removeUnknown(remote: VconRemote, object: RemovalObject): Promise<void> {
    const found = await remote.named(object.id, object.since ?? 0);
    const known = await this.records.known(found);
    for (const id of found) if (!known.has(id)) await remote.remove(id);
    object.found = (object.found ?? 0) + found.filter((id) => !known.has(id)).length;
    object.looks = (object.looks ?? 0) + 1;
    object.answer = `${object.found} found`;
    if (object.looks >= LOOKS) object.outcome = object.found > 0 ? 'deleted' : 'absent';
  }

  private async sign(removal: Removal, actor: string): Promise<void> {
    const { id, tenant, profile, uuid, begun_at, objects } = removal;
    const receipt = sealReceipt(this.access.auditKey, {
      id,
      tenant,
      kind: 'vcon' as const,
      profile,
      subject: uuid,
      begun_at: new Date(begun_at).toISOString(),
      finished_at: new Date().toISOString(),
      objects: objects.map(({ kind, id: object, vector_store_id, outcome, answer }) => ({
        kind,
        id: object,
        ...(vector_store_id !== undefined && { vector_store_id }),
        outcome,
        ...(answer !== undefined && { answer }),
      })),
    });
    const object = `${id}:${receipt.signature}`;
    await this.audit.record({ actor, tenant, action: 'vcon.erased', object, outcome: 'done' });
    removal.receipt = receipt;
  }
}
