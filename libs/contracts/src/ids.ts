// Identity: run ids are a pure function of what they stand for, so that the same message gets the same run
// even after all state was lost; channel keys hide the channel's name from every internal key.
import { hash, randomBytes } from 'node:crypto';

export interface ChannelRef {
  tenant: string;
  channel: string;
}

export const DEFAULT_TENANT = 'default';

/** Parley's own namespace for version-5 UUIDs (RFC 9562 §5.5). */
const RUN_NAMESPACE = Buffer.from('6f1d1bd5a3e24fd0a1a3f6a3c9c5b1d2', 'hex');

/** 22 characters that stand for a channel in every internal key; the name itself never appears there. */
export function channelKey({ tenant, channel }: ChannelRef): string {
  return digest(`${tenant}\0${channel}`);
}

/** uuidv5 over tenant, channel, message id and generation (0; a replay "as new" counts up). */
export function runIdOf(ref: ChannelRef, messageId: string, generation = 0): string {
  const name = Buffer.from([ref.tenant, ref.channel, messageId, String(generation)].join('\0'));
  const bytes = hash('sha1', Buffer.concat([RUN_NAMESPACE, name]), 'buffer');
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex', 0, 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** An id such as `thread_3f…` with 128 random bits. */
export const newId = (prefix: string): string => `${prefix}_${randomBytes(16).toString('hex')}`;

/** First 22 base64url characters of SHA-256: names a thing in a key without carrying its text. */
export const digest = (text: string | Buffer): string => hash('sha256', text, 'base64url').slice(0, 22);

const POOL_BYTES = 4_096;
let pool = Buffer.alloc(0);

/** Characters of base64url that nobody has had before; random bytes are fetched many at a time, because each fetch costs as much as a page of them. */
export function randomName(bytes: number): string {
  if (pool.length < bytes) pool = randomBytes(POOL_BYTES);
  const name = pool.toString('base64url', 0, bytes);
  pool = pool.subarray(bytes);
  return name;
}
