// The content of a saved vCon: from our own copy, byte by byte. The provider refuses to hand out what it was given for an index; what its index
// made of it can be had where our copy is gone, and is never passed off as the vCon.
import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { ParleyError } from '#contracts';
import { ObjectStore } from '../objects/object-store.js';
import { placeOf, type VconRecord, type VconRef } from './vcon-record.js';
import { VconRecords } from './vcon-records.js';
import { VconAccounts } from './vcon-accounts.js';

export type VconContent =
  | { kind: 'original'; record: VconRecord; bytes: number; body: Readable }
  /** The index' text of it. */
  | { kind: 'reconstructed'; record: VconRecord; text: string };

@Injectable()
export class VconContents {
  constructor(
    private readonly records: VconRecords,
    private readonly objects: ObjectStore,
    private readonly accounts: VconAccounts,
  ) {}

  /**
   * @param reconstruct whether the index' text will do where our copy is gone
   * @returns undefined when no such vCon is kept
   * @throws ParleyError `content_gone`, `storage_unavailable`
   */
  async get(ref: VconRef, reconstruct: boolean): Promise<VconContent | undefined> {
    for (let tries = 0; ; tries++) {
      const record = await this.records.get(ref);
      if (record === undefined || record.hash === '') return undefined;
      try {
        return { kind: 'original', record, ...(await this.objects.open(placeOf(record), record.hash)) };
      } catch (error) {
        if ((error as { code?: string }).code !== 'not_found') throw error;
      }
      // A save may have replaced it between the two looks.
      if (tries > 0) return this.reconstructed(record, reconstruct);
    }
  }

  private async reconstructed(record: VconRecord, wanted: boolean): Promise<VconContent> {
    const { file } = record;
    if (wanted && file?.vector_store_id !== undefined) {
      const remote = this.accounts.noted(record.account);
      const text = await remote.parsedText(file.vector_store_id, file.file_id);
      if (text !== undefined) return { kind: 'reconstructed', record, text };
    }
    throw new ParleyError(
      'content_gone',
      'unable to read vCon; the original is not in the object store any more',
    );
  }
}
