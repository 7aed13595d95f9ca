// Comparison of secrets in a time that does not depend on where they differ.
import { createHash, timingSafeEqual } from 'node:crypto';

const sha = (text: string): Buffer => createHash('sha256').update(text).digest();

export const sameSecret = (given: string, expected: string): boolean =>
  timingSafeEqual(sha(given), sha(expected));

/** The token of an `Authorization: Bearer` header. */
export function bearerToken(header: string | undefined): string | undefined {
  return header === undefined ? undefined : /^Bearer +(\S+)$/i.exec(header)?.[1];
}
