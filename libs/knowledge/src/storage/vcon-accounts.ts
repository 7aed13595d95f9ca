// Which account a call is for. Its name in records is the profile's; what a call brings along of its own makes another account, whose name says
// so without saying the key.
import { Injectable } from '@nestjs/common';
import { digest, ParleyError } from '#contracts';
import { OpenaiAccounts, type Account } from '#openai';
import { AccountRemote } from './account-remote.js';
import type { AccountOptions } from './vcon-options.js';
import type { AccountNote } from './vcon-record.js';
import type { VconRemote } from './vcon-remote.js';

/** Of sample files: they stand for "not configured" and are never sent. */
const PLACEHOLDER = /^(?:your[-_].*|sk-\.{3}|(?:org|proj)[-_]x+|vs_x+)$/i;
/** Accounts of calls with a key of their own, known until the process ends. */
const MOST_KEPT = 200;

@Injectable()
export class VconAccounts {
  private readonly own = new Map<string, VconRemote>();

  constructor(private readonly accounts: OpenaiAccounts) {}

  /** @throws ParleyError `invalid_request` for an unknown profile, `upstream_account` when nothing is configured */
  of(options: AccountOptions): VconRemote {
    const given = withoutPlaceholders(options);
    const account = this.accounts.of(given);
    const label = labelOf(given);
    const remote = new AccountRemote(label, noteOf(label, given, account), account);
    if (account.ownKey) this.remember(label, remote);
    return remote;
  }

  /** @throws ParleyError `upstream_authentication` when the key was a call's own and is not known here any more */
  noted({ label, profile, organization, project, own_key }: AccountNote): VconRemote {
    if (own_key === undefined)
      return this.of({
        ...(profile !== undefined && { profile }),
        ...(organization !== undefined && { organization_key: organization }),
        ...(project !== undefined && { project_key: project }),
      });
    const known = this.own.get(label);
    if (known !== undefined) return known;
    throw new ParleyError('upstream_authentication', 'unable to use the account; its key came with a call');
  }

  /** All that the configuration names. */
  configured(): VconRemote[] {
    return this.accounts.configured().map(({ profile }) => this.of({ profile }));
  }

  /** The account's name in records, whether or not there is a key for it now. */
  labelOf(options: AccountOptions): string {
    if (options.api_key !== undefined) return this.of(options).label;
    return labelOf(withoutPlaceholders(options));
  }

  private remember(label: string, remote: VconRemote): void {
    if (this.own.size >= MOST_KEPT) this.own.delete(this.own.keys().next().value!);
    this.own.set(label, remote);
  }
}

function labelOf({ profile = 'default', api_key, organization_key, project_key }: AccountOptions): string {
  const own = [api_key, organization_key, project_key];
  if (own.every((part) => part === undefined)) return profile;
  return `${profile}+${digest(own.map((part) => part ?? '').join('\0')).slice(0, 10)}`;
}

function noteOf(label: string, options: AccountOptions, { ownKey }: Account): AccountNote {
  const { profile, organization_key: organization, project_key: project } = options;
  return {
    label,
    ...(profile !== undefined && { profile }),
    ...(organization !== undefined && { organization }),
    ...(project !== undefined && { project }),
    ...(ownKey && { own_key: true as const }),
  };
}

const withoutPlaceholders = ({
  profile,
  api_key,
  organization_key,
  project_key,
}: AccountOptions): AccountOptions => {
  const given = { profile, api_key, organization_key, project_key };
  const real = Object.entries(given).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && entry[1] !== '' && !PLACEHOLDER.test(entry[1]),
  );
  return Object.fromEntries(real);
};
