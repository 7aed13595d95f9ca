// The store that a request names.
import type { FastifyRequest } from 'fastify';
import { ParleyError } from '#contracts';
import type { StoreRecord, VectorStores } from '#knowledge';
import { principalOf } from '../access/request-principal.js';

/** @throws ParleyError `not_found`, also for another tenant's */
export async function findStore(
  stores: VectorStores,
  id: string,
  request: FastifyRequest,
): Promise<StoreRecord> {
  const found = /^store_[0-9a-f]{32}$/.test(id)
    ? await stores.get(principalOf(request).tenant, id)
    : undefined;
  if (found === undefined) throw new ParleyError('not_found', 'unable to find vector store');
  return found;
}
