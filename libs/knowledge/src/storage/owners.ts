// By whom a vCon is found when a person leaves: the parties' addresses and numbers, whoever saved it, the channel that it is of. Keys carry
// digests under a key of the installation's own, because a telephone number is guessed from a plain digest in seconds.
import { createHmac } from 'node:crypto';
import { channelKey, userKey, userName } from '#contracts';
import type { Vcon } from '../vcon/vcon.js';

export interface VconOwners {
  /** Who saved it, as the door knows them. */
  saved_by?: string;
  channel?: string;
}

const MOST_PARTIES = 1_000;

/** Addresses and numbers of the parties, each in its one spelling. */
export function contactsOf(vcon: Vcon | undefined): string[] {
  // Some conservers write `email`, which the draft does not know.
  const contacts = (vcon?.parties ?? [])
    .slice(0, MOST_PARTIES)
    .flatMap(({ mailto, tel, email }) => [mailAddress(mailto), mailAddress(email), phoneNumber(tel)]);
  return [...new Set(contacts)].filter((one) => one !== undefined);
}

/** @param key secret of the installation @param contacts see {@link contactsOf} @returns names of lists, each once */
export function ownersOf(
  key: string,
  tenant: string,
  contacts: readonly string[],
  about: VconOwners,
): string[] {
  const owners = new Set<string>();
  const { saved_by, channel } = about;
  if (saved_by !== undefined && userName(saved_by) !== '')
    owners.add(`u:${userKey(tenant, userName(saved_by))}`);
  if (channel !== undefined) owners.add(`c:${channelKey({ tenant, channel })}`);
  for (const contact of contacts) owners.add(partyList(key, tenant, contact));
  return [...owners];
}

/** Of a vCon that is saved again: whoever saved it before is still found, who is no party any more is not. */
export const withSavers = (owners: readonly string[], before: readonly string[]): string[] => [
  ...new Set([...owners, ...before.filter((owner) => !owner.startsWith('p:'))]),
];

/** All lists in which vCons of that person may stand. @param name an address, a number, or the name of a user */
export function listsOfPerson(key: string, tenant: string, name: string): string[] {
  const contacts = [mailAddress(name), phoneNumber(name)].filter((one) => one !== undefined);
  return [`u:${userKey(tenant, userName(name))}`, ...contacts.map((one) => partyList(key, tenant, one))];
}

export const listOfChannel = (tenant: string, channel: string): string =>
  `c:${channelKey({ tenant, channel })}`;

const partyList = (key: string, tenant: string, contact: string): string =>
  `p:${createHmac('sha256', key).update(`${tenant}\0${contact}`).digest('base64url').slice(0, 22)}`;

/** One name for all spellings; a display name or query of a mailto URI says nothing about whose it is. */
export function mailAddress(text: unknown): string | undefined {
  if (typeof text !== 'string') return undefined;
  const address = userName(
    decoded(
      text
        .trim()
        .replace(/^mailto:/i, '')
        .split('?', 1)[0]!,
    ),
  );
  return /^[^\s@]+@[^\s@]+$/.test(address) ? address : undefined;
}

/** Digits alone, with a leading `+` where there was one (00 counts as one): `tel:+1-555 0100` and `+15550100` are the same number. */
export function phoneNumber(text: unknown): string | undefined {
  if (typeof text !== 'string') return undefined;
  const plain = text.trim().replace(/^tel:/i, '').split(';', 1)[0]!;
  if (!/^[+\d\s().\-/]{3,64}$/.test(plain)) return undefined;
  const digits = plain.replace(/\D/g, '');
  if (digits.length < 3) return undefined;
  if (plain.includes('+')) return `+${digits}`;
  return digits.startsWith('00') ? `+${digits.slice(2)}` : digits;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Not percent-encoded after all: it is taken as it stands.
    return text;
  }
}
