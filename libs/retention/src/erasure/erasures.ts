// Export and erasure over all stores. An erasure is remembered before anything is removed and may be cut off anywhere: run again,
// it goes on with what is still there.
import { Inject, Injectable, Logger } from '@nestjs/common';
import { AuditLog } from '#auth';
import { AccessConfig } from '#config';
import { ParleyError, userName, type Subject } from '#contracts';
import { ErasureRecords, type ErasureRecord } from './erasure-records.js';
import { PERSONAL_STORES, type PersonalStore } from './personal-store.js';
import { signReceipt, subjectDigest } from './receipt.js';

@Injectable()
export class Erasures {
  private readonly logger = new Logger(Erasures.name);

  constructor(
    @Inject(PERSONAL_STORES) private readonly stores: readonly PersonalStore[],
    private readonly records: ErasureRecords,
    private readonly audit: AuditLog,
    private readonly config: AccessConfig,
  ) {}

  /** One object per piece, with the store that keeps it. */
  async *export(subject: Subject): AsyncGenerator<Record<string, unknown>> {
    for (const store of this.stores)
      for await (const piece of store.export(subject)) yield { store: store.name, ...piece };
  }

  /** Pieces by store, nothing removed. */
  async count(subject: Subject): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for await (const { store } of this.export(subject))
      counts[store as string] = (counts[store as string] ?? 0) + 1;
    return counts;
  }

  /** @returns the id; nothing is removed yet @throws ParleyError `invalid_request`, `state_unavailable` */
  async begin(subject: Subject): Promise<string> {
    if (subject.name === '' || (subject.kind === 'user' && userName(subject.name) === ''))
      throw new ParleyError('invalid_request', 'unable to erase; nobody is named', {
        details: [`${subject.kind} must not be empty`],
      });
    return this.records.create(subject, this.digestOf(subject));
  }

  digestOf(subject: Subject): string {
    return subjectDigest(this.config.auditKey, subject);
  }

  get(id: string): Promise<ErasureRecord | undefined> {
    return this.records.get(id);
  }

  /**
   * Does what is left of it. A store that fails keeps no other from being erased.
   * @param actor as the audit log names it
   * @throws ParleyError `not_found`
   */
  async run(id: string, actor: string): Promise<ErasureRecord> {
    const record = await this.records.get(id);
    if (record === undefined) throw new ParleyError('not_found', 'unable to erase; no such erasure');
    const subject = await this.records.subjectOf(id);
    if (subject === undefined) return record;
    await this.records.running(id);
    const left: Record<string, number> = {};
    for (const store of this.stores) await this.eraseFrom(store, subject, id, left);
    if (Object.keys(left).length > 0) {
      await this.records.incomplete(id, left);
      this.logger.warn({ erasure: id, left }, 'the erasure is not complete; it comes again');
    } else await this.finish(id, record, actor);
    return (await this.records.get(id))!;
  }

  private async eraseFrom(
    store: PersonalStore,
    subject: Subject,
    id: string,
    left: Record<string, number>,
  ): Promise<void> {
    try {
      const erased = await store.erase(subject, await this.records.begun(id, store.name));
      await this.records.removed(id, store.name, erased.removed);
      if (erased.objects || erased.begun) await this.records.remember(id, store.name, erased);
      if (erased.left) left[store.name] = erased.left;
    } catch (error) {
      const { code } = error instanceof ParleyError ? error : { code: 'internal' };
      this.logger.warn({ erasure: id, store: store.name, code }, 'a store was not erased');
      left[store.name] = 1;
    }
  }

  private async finish(id: string, { tenant, kind, subject, created_at }: ErasureRecord, actor: string) {
    const { removed } = (await this.records.get(id))!;
    const objects = await this.records.objects(id);
    const receipt = signReceipt(this.config.auditKey, {
      id,
      tenant,
      kind,
      subject,
      begun_at: new Date(created_at).toISOString(),
      finished_at: new Date().toISOString(),
      removed,
      ...(objects.length > 0 && { objects }),
    });
    const object = `${id}:${receipt.signature}`;
    await this.audit.record({ actor, tenant, action: `${kind}.erased`, object, outcome: 'done' });
    await this.records.done(id, receipt);
    this.logger.log({ erasure: id, removed }, 'erased');
  }
}
