// The background work of vector stores: files to put in, removals to try again, expiry.
import { Injectable } from '@nestjs/common';
import { JobHandler } from '#jobs';
import { VectorStores } from './vector-stores.js';

@Injectable()
export class StoreJobs {
  constructor(private readonly stores: VectorStores) {}

  /** @returns how many were looked after; the job's result */
  @JobHandler('stores-upkeep')
  upkeep(): Promise<{ looked: number }> {
    return this.stores.upkeep(Date.now());
  }

  /** @returns which have gone; the job's result */
  @JobHandler('expired-stores')
  expire(): Promise<{ expired: string[] }> {
    return this.stores.expire(Date.now());
  }
}
