// Which runs a canary gets: the same run always the same answer, however often it is asked. Pure.
import { createHash } from 'node:crypto';

/** @param share 0 to 1 */
export function isChosen(runId: string, share: number): boolean {
  const place = createHash('sha256').update('canary\0').update(runId).digest().readUInt32BE(0) / 2 ** 32;
  return place < share;
}
