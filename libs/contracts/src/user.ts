// Who a user is, wherever something is kept for one. Users are people: their names stand in values only, keys carry a digest.
import { digest } from './ids.js';

/** An e-mail address has at most 254 characters (RFC 5321). */
const MOST_CHARS = 256;

/** One name for all spellings of the same address: writing it in capitals makes nobody somebody else. '' = nobody. */
export const userName = (user: string | undefined): string =>
  (user ?? '').normalize('NFC').trim().toLowerCase().slice(0, MOST_CHARS).toWellFormed();

/** What stands for a user of a tenant in keys. @param name as {@link userName} gives it; '' for nobody, as the answer is */
export const userKey = (tenant: string, name: string): string =>
  name === '' ? '' : digest(`${tenant}\0${name}`);
