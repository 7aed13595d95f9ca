// Verified claims → principal. The signature is somebody else's; here it is only asked what the claims may say. Pure.
import { digest, DEFAULT_TENANT, LIMITS, normalChannelName } from '#contracts';
import type { Principal } from '../principal.js';
import { parseScopes } from '../scopes.js';
import { refused } from './read-token.js';

/** Part of readable keys in Redis, so nothing that means something there. */
export const TENANT = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const TOKEN_ID_CHARS = 256;
const CHANNELS = 256;
/** The end of ECMAScript's time, in ms: a later one is no date that could be told to anybody. */
const LAST_MOMENT = 8.64e15;

/**
 * @param skewMs how long a token is accepted beyond its `exp`
 * @throws ParleyError `unauthorized`
 */
export function toPrincipal(claims: Record<string, unknown>, token: string, skewMs: number): Principal {
  const { sub, userId, tenant = DEFAULT_TENANT, scope = '', channels, jti, exp } = claims;
  // Systems that came before call it userId, and some number their users.
  const subject = sub ?? (typeof userId === 'number' ? String(userId) : userId);
  if (!isText(subject, LIMITS.user_chars)) throw refused('subject');
  if (typeof tenant !== 'string' || !TENANT.test(tenant)) throw refused('tenant');
  if (typeof scope !== 'string') throw refused('scope');
  if (jti !== undefined && !isText(jti, TOKEN_ID_CHARS)) throw refused('jti');
  const expiresAt = (exp as number) * 1_000 + skewMs;
  if (!(expiresAt <= LAST_MOMENT)) throw refused('exp');
  return {
    subject,
    tenant,
    scopes: parseScopes(scope),
    ...(channels !== undefined && { channels: toChannels(channels) }),
    // One without a jti can still be revoked, by whoever has it.
    tokenId: jti ?? digest(token),
    expiresAt,
  };
}

function toChannels(channels: unknown): string[] {
  if (
    !Array.isArray(channels) ||
    channels.length > CHANNELS ||
    !channels.every((name) => isText(name, LIMITS.channel_chars))
  )
    throw refused('channels');
  return (channels as string[]).map(normalChannelName);
}

const isText = (value: unknown, chars: number): value is string =>
  typeof value === 'string' && value !== '' && value.length <= chars;
