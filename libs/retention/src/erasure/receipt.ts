// Says what an erasure removed, without saying of whom. Pure.
import { bind, sealReceipt, type Sealed } from '#auth';
import { userName, type Subject } from '#contracts';
import type { ErasedObject } from './personal-store.js';

export { isGenuine } from '#auth';

export type Receipt = Sealed<{
  id: string;
  tenant: string;
  kind: Subject['kind'];
  /** {@link subjectDigest}: whoever knows the name, and AUDIT_KEY where there is one, can tell whose receipt it is. */
  subject: string;
  /** ISO 8601 */
  begun_at: string;
  finished_at: string;
  /** Pieces by store. */
  removed: Record<string, number>;
  /** What was asked of others to be removed, each with what was answered; at most {@link MOST_OBJECTS}. */
  objects?: readonly (ErasedObject & { store: string })[];
}>;

export const MOST_OBJECTS = 10_000;

export const subjectDigest = (key: string, { tenant, kind, name }: Subject): string =>
  bind(key, `${kind}\0${tenant}\0${kind === 'user' ? userName(name) : name}`)
    .toString('base64url')
    .slice(0, 22);

export const signReceipt = (key: string, what: Omit<Receipt, 'seal' | 'signature'>): Receipt =>
  sealReceipt(key, what);
