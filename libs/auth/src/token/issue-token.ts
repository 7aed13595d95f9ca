// Makes HS256 tokens with the configured secret, for development and for services without an issuer of their own.
import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import type { AccessConfig } from '#config';
import { ParleyError } from '#contracts';
import { unknownScopes } from '../scopes.js';
import { toPrincipal } from './to-principal.js';

export interface TokenWish {
  subject: string;
  scope: string;
  tenant?: string;
  channels?: string[];
  seconds: number;
}

export interface IssuedToken {
  token: string;
  /** `jti`, by which it can be revoked. */
  id: string;
  /** ISO 8601 */
  expires_at: string;
}

/** @throws ParleyError `invalid_request` when there is no secret, or when no door would accept the token */
export async function issueToken(config: AccessConfig, wish: TokenWish): Promise<IssuedToken> {
  const { subject, scope, tenant, channels, seconds } = wish;
  const { hmacSecret, algorithms, jwtIssuer, jwtAudience, jwtMaxAgeSeconds } = config;
  if (hmacSecret === '' || !algorithms.includes('HS256'))
    throw bad('JWT_SECRET is not set, or HS256 not accepted');
  const unknown = unknownScopes(scope);
  if (unknown.length > 0) throw bad(`no such scope: ${unknown.join(', ')}`);
  if (jwtMaxAgeSeconds > 0 && seconds > jwtMaxAgeSeconds)
    throw bad(`tokens are accepted for at most ${jwtMaxAgeSeconds} s (JWT_MAX_AGE_SECONDS)`);
  const id = randomUUID();
  const iat = Math.floor(Date.now() / 1_000);
  const claims = {
    sub: subject,
    scope,
    jti: id,
    iat,
    exp: iat + seconds,
    ...(tenant !== undefined && { tenant }),
    ...(channels !== undefined && { channels }),
    ...(jwtIssuer !== '' && { iss: jwtIssuer }),
    ...(jwtAudience !== '' && { aud: jwtAudience }),
  };
  try {
    toPrincipal(claims, '', 0);
  } catch (error) {
    throw bad((error as Error).message);
  }
  const token = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .sign(Buffer.from(hmacSecret));
  return { token, id, expires_at: new Date(claims.exp * 1_000).toISOString() };
}

const bad = (reason: string): ParleyError =>
  new ParleyError('invalid_request', `unable to issue token; ${reason}`, { details: [reason] });
