// The version that a change was made on, as HTTP says it (RFC 9110 §13.1.1). Pure.
import { ParleyError } from '#contracts';

export const etag = (version: number): string => `"${version}"`;

/** @returns undefined when any version will do @throws ParleyError `invalid_request` */
export function ifMatch(header: string | undefined): number | undefined {
  if (header === undefined || header.trim() === '*') return undefined;
  const version = /^(?:W\/)?"(\d{1,9})"$/.exec(header.trim())?.[1];
  if (version !== undefined) return Number(version);
  const details = ['If-Match must be an ETag of this assistant'];
  throw new ParleyError('invalid_request', 'unable to read If-Match', { details });
}
