// vCons kept: the exact original here, a copy for search at the provider. The names are those that conservers give to a storage; what is said
// of each is on the class that does it.
import { Injectable } from '@nestjs/common';
import { ParleyError } from '#contracts';
import { ConserverSource } from './conserver-source.js';
import { listOfChannel, listsOfPerson } from './owners.js';
import type { Removal } from './removal.js';
import { VconContents, type VconContent } from './vcon-contents.js';
import { VconDeletion } from './vcon-deletion.js';
import { readUuid, type AccountOptions, type SaveOptions } from './vcon-options.js';
import type { VconRecord, VconRef } from './vcon-record.js';
import { VconRecords, type ListQuery } from './vcon-records.js';
import { VconAccounts } from './vcon-accounts.js';
import { VconSaver, type Saved, type SaveWish } from './vcon-saver.js';
import { VconSearch, type VconMatch, type VconQuery } from './vcon-search.js';

@Injectable()
export class VconStorage {
  constructor(
    private readonly saver: VconSaver,
    private readonly contents: VconContents,
    private readonly deletion: VconDeletion,
    private readonly searching: VconSearch,
    private readonly records: VconRecords,
    private readonly conserver: ConserverSource,
    private readonly accounts: VconAccounts,
  ) {}

  /**
   * Saves what a conserver keeps under that uuid.
   * @throws ParleyError `not_found` when it keeps none; and what {@link put} throws
   */
  async save(tenant: string, uuid: string, options: SaveOptions = {}, saved_by?: string): Promise<Saved> {
    const name = readUuid(uuid);
    const bytes = await this.conserver.read(name);
    if (bytes === undefined)
      throw new ParleyError('not_found', 'unable to save vCon; the conserver keeps none by it');
    return this.put({ tenant, bytes, uuid: name, options, ...(saved_by !== undefined && { saved_by }) });
  }

  /** Saves one that is handed over. */
  put(wish: SaveWish): Promise<Saved> {
    return this.saver.save(wish);
  }

  /** The vCon, byte by byte as it came; undefined when none is kept. */
  get(
    tenant: string,
    uuid: string,
    options: AccountOptions & { reconstruct?: boolean } = {},
  ): Promise<VconContent | undefined> {
    return this.contents.get(this.refOf(tenant, uuid, options), options.reconstruct === true);
  }

  /** How far it is. */
  status(tenant: string, uuid: string, options: AccountOptions = {}): Promise<VconRecord | undefined> {
    return this.records.get(this.refOf(tenant, uuid, options));
  }

  /** @returns what became of each object; undefined when there was none @param actor as the audit log names it */
  delete(tenant: string, uuid: string, options: AccountOptions, actor: string): Promise<Removal | undefined> {
    return this.deletion.delete(this.refOf(tenant, uuid, options), actor);
  }

  /** The same for one that a list named. */
  deleteRecord(ref: VconRef, actor: string): Promise<Removal | undefined> {
    return this.deletion.delete(ref, actor);
  }

  list(tenant: string, query: ListQuery): Promise<{ items: VconRecord[]; next?: string }> {
    return this.records.list(tenant, query);
  }

  search(tenant: string, query: VconQuery): Promise<{ items: VconMatch[]; next?: string }> {
    return this.searching.search(tenant, query);
  }

  /** All vCons that a person is a party of, by address or number, or has saved. */
  async ofPerson(tenant: string, name: string): Promise<VconRecord[]> {
    return this.records.ofOwners(listsOfPerson(await this.records.personKey(), tenant, name));
  }

  ofChannel(tenant: string, channel: string): Promise<VconRecord[]> {
    return this.records.ofOwners([listOfChannel(tenant, channel)]);
  }

  /** A deletion, done or not. */
  removal(tenant: string, id: string): Promise<Removal | undefined> {
    return this.deletion.get(tenant, id);
  }

  /** What could not be removed yet. */
  pendingRemovals(tenant: string, limit: number): Promise<Removal[]> {
    return this.deletion.pending(tenant, limit);
  }

  /** Tries again what is due at `now` (UTC ms). */
  tryRemovals(now: number): Promise<{ tried: number; done: number }> {
    return this.deletion.goOn(now);
  }

  private refOf(tenant: string, uuid: string, options: AccountOptions): VconRef {
    return { tenant, profile: this.accounts.labelOf(options), uuid: readUuid(uuid) };
  }
}
