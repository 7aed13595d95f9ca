// The one decision: may this principal do that, to this channel. Every door asks here and nowhere else. Pure.
import type { Principal } from './principal.js';
import type { Scope } from './scopes.js';

/**
 * `forbidden`: not with this token, whatever the channel. `hidden`: the asker must not learn whether the channel exists.
 */
export type Verdict = 'granted' | 'forbidden' | 'hidden';

/** @param channel absent for what is not about a channel */
export function can(principal: Principal, action: Scope, channel?: string): Verdict {
  if (!principal.scopes.has(action)) return 'forbidden';
  return channel === undefined || reaches(principal, channel) ? 'granted' : 'hidden';
}

function reaches({ channels }: Principal, channel: string): boolean {
  if (channels === undefined) return true;
  return channels.some((granted) =>
    granted.endsWith('*') ? channel.startsWith(granted.slice(0, -1)) : granted === channel,
  );
}
