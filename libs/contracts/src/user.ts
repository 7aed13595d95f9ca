// Who a user is, wherever something is kept for one. Users are people: their names stand in values only, keys carry a digest.
import { digest } from './ids.js';
import { LIMITS } from './limits.js';

/** One name for all spellings of the same address: writing it in capitals makes nobody somebody else. '' = nobody. */
export const userName = (user: string | undefined): string =>
  (user ?? '').normalize('NFC').trim().toLowerCase().slice(0, LIMITS.user_chars).toWellFormed();

/** What stands for a user of a tenant in keys. @param name as {@link userName} gives it; '' for nobody, as the answer is */
export const userKey = (tenant: string, name: string): string =>
  name === '' ? '' : digest(`${tenant}\0${name}`);
