// Tells a watcher how far a vector store is, until its files are done with.
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyReply } from 'fastify';
import type { StoreRecord } from '#knowledge';
import { beginEvents } from '../events/begin-events.js';
import { toStoreView } from './vector-store.views.js';

const LOOK_MS = 500;

/** @param look undefined when it is gone */
export async function followStore(
  reply: FastifyReply,
  record: StoreRecord,
  look: () => Promise<StoreRecord | undefined>,
): Promise<void> {
  const raw = beginEvents(reply);
  let told = '';
  for (
    let seen: StoreRecord | undefined = record;
    seen && !raw.destroyed;
    seen = await look().catch(() => undefined)
  ) {
    const text = JSON.stringify(toStoreView(seen));
    if (text !== told) raw.write(`event: store\ndata: ${text}\n\n`);
    told = text;
    if (seen.state !== 'indexing' && seen.state !== 'creating') break;
    await sleep(LOOK_MS);
  }
  raw.end();
}
