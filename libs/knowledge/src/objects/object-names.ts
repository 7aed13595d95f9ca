// How objects are named wherever they are kept: by digests, so that no tenant, person or file name is in a path, and nothing in a name can
// lead out of its place.
import { createHash } from 'node:crypto';
import type { ObjectPlace } from './object-store.js';

/** 32 characters of `[A-Za-z0-9_-]`, never `.` or `..`. */
const digestOf = (text: string): string =>
  createHash('sha256').update(text).digest('base64url').slice(0, 32).replace(/^-/, '_');

/** `{tenant}/{owner}` */
export const placeName = ({ tenant, owner }: ObjectPlace): string => `${digestOf(tenant)}/${digestOf(owner)}`;

/** What {@link placeName} makes, and a SHA-256. */
const OBJECT = /^([\w-]{32}\/[\w-]{32})\/([0-9a-f]{64})$/;

export function readObjectName(name: string): { place: string; hash: string } | undefined {
  const [, place, hash] = OBJECT.exec(name) ?? [];
  return place !== undefined && hash !== undefined ? { place, hash } : undefined;
}

/** @throws Error for what is no SHA-256: a name made of it could lead anywhere */
export function objectName(place: string, hash: string): string {
  if (!/^[0-9a-f]{64}$/.test(hash)) throw new Error('unable to name object; its hash is none');
  return `${place}/${hash}`;
}
