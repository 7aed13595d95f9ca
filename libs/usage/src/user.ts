// Who a user is to the limits and the ledger. Users are people: their names stand in rows and sums only, keys carry a digest.
import { digest } from '#contracts';

/** An e-mail address has at most 254 characters (RFC 5321). */
const MOST_CHARS = 256;

/** One name for all spellings of the same address: writing it in capitals must not get round a limit. '' = nobody. */
export const userName = (user: string | undefined): string =>
  (user ?? '').normalize('NFC').trim().toLowerCase().slice(0, MOST_CHARS).toWellFormed();

/** What stands for a user of a tenant in keys; '' for nobody. */
export const userKey = (tenant: string, name: string): string =>
  name === '' ? '' : digest(`${tenant}\0${name}`);
