// Is this token genuine, and who does it speak for? One verifier for every door; the rules are those of RFC 8725. Which of
// them failed is for the logs only.
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { errors, jwtVerify, type JWTPayload, type JWTVerifyOptions } from 'jose';
import { AccessConfig, ServerConfig } from '#config';
import { ParleyError } from '#contracts';
import type { Principal } from '../principal.js';
import { Revocations } from '../revocations.js';
import { mayFetchKeys } from './key-url.js';
import { PublicKeys } from './public-keys.js';
import { readHeader, refused } from './read-token.js';
import { refuseWeak } from './secret-strength.js';
import { toPrincipal } from './to-principal.js';
import { VerifiedTokens } from './verified-tokens.js';

/** By how much clocks may differ. */
const SKEW_SECONDS = 30;

@Injectable()
export class TokenVerifier implements OnApplicationBootstrap {
  /** Whether tokens are a way in at all. */
  readonly on: boolean;
  /** The newest first. */
  private readonly secrets: readonly Uint8Array[];
  private readonly publicKeys: PublicKeys | undefined;
  private readonly options: JWTVerifyOptions;
  private readonly verified = new VerifiedTokens();

  /** @throws Error when production would trust a weak secret, or an algorithm has no key */
  constructor(
    private readonly config: AccessConfig,
    server: ServerConfig,
    private readonly revocations: Revocations,
  ) {
    const { hmacSecret, previousSecrets, algorithms, jwksUrl, jwtIssuer, jwtAudience } = config;
    if (previousSecrets.length > 0 && hmacSecret === '')
      throw new Error('unable to start; JWT_PREVIOUS_SECRET is set, and JWT_SECRET is not');
    if (server.production) refuseWeak(config);
    if (algorithms.includes('HS256') && hmacSecret === '')
      throw new Error('unable to start; JWT_ALGORITHMS names HS256, and JWT_SECRET is not set');
    if (algorithms.some((name) => name !== 'HS256') && jwksUrl === undefined)
      throw new Error(
        'unable to start; JWT_ALGORITHMS names a public-key algorithm, and JWT_JWKS_URL is not set',
      );
    this.on = algorithms.length > 0;
    this.secrets = [hmacSecret, ...previousSecrets].map((secret) => Buffer.from(secret));
    if (jwksUrl !== undefined && !mayFetchKeys(jwksUrl, server.production))
      throw new Error(
        `unable to start; JWT_JWKS_URL must be https${server.production ? '' : ', or http from this machine'}`,
      );
    this.publicKeys = jwksUrl === undefined ? undefined : new PublicKeys(jwksUrl);
    this.options = {
      requiredClaims: ['exp'],
      clockTolerance: SKEW_SECONDS,
      ...(jwtIssuer !== '' && { issuer: jwtIssuer }),
      ...(jwtAudience !== '' && { audience: jwtAudience }),
    };
  }

  /** The issuer may come up later than we do, so nobody waits for him. */
  onApplicationBootstrap(): void {
    void this.publicKeys?.warm();
  }

  /**
   * At once when the token was verified a moment ago.
   * @throws ParleyError `unauthorized`; `busy` and `state_unavailable` when that cannot be found out
   */
  verify(token: string): Principal | Promise<Principal> {
    const known = this.verified.get(token, Date.now());
    if (known === undefined) return this.verifyAnew(token);
    return this.unrevoked(known);
  }

  /** Whether what was found out earlier is still true. @param now ms since 1970 */
  stands({ tokenId, expiresAt }: Principal, now: number): boolean {
    return now < (expiresAt ?? Infinity) && (tokenId === undefined || !this.revocations.has(tokenId));
  }

  private async verifyAnew(token: string): Promise<Principal> {
    const { algorithms, jwtMaxAgeSeconds } = this.config;
    const { alg } = readHeader(token, algorithms);
    const payload = await this.claimsOf(token, alg).catch((error: unknown) => {
      throw error instanceof ParleyError ? error : refused('signature or claims', error);
    });
    const ageSeconds = Date.now() / 1_000 - (payload.iat ?? Infinity);
    if (ageSeconds < -SKEW_SECONDS && payload.iat !== undefined) throw refused('issued in the future');
    if (jwtMaxAgeSeconds > 0 && ageSeconds > jwtMaxAgeSeconds + SKEW_SECONDS) throw refused('too old');
    const principal = toPrincipal(payload, token, SKEW_SECONDS * 1_000);
    await this.revocations.loaded();
    this.verified.put(token, principal, Date.now());
    return this.unrevoked(principal);
  }

  /** The kind of key follows from the algorithm alone: a public key never becomes a secret (RFC 8725 §3.1). */
  private async claimsOf(token: string, alg: string): Promise<JWTPayload> {
    const options = { ...this.options, algorithms: [alg] };
    if (alg !== 'HS256') return (await jwtVerify(token, this.publicKeys!.keyFor, options)).payload;
    let wrong: unknown;
    for (const secret of this.secrets)
      try {
        return (await jwtVerify(token, secret, options)).payload;
      } catch (error) {
        // Only another signature makes another secret worth trying: an expired token is expired under each of them.
        if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
        wrong = error;
      }
    throw wrong;
  }

  private unrevoked(principal: Principal): Principal {
    if (this.revocations.has(principal.tokenId!)) throw refused('revoked');
    return principal;
  }
}
