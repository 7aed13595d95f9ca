// Who asks, and may they? Knows the three ways in (a token, the shared secret, an open door) and from which web pages
// one may come; the doors know none of that.
import { Injectable } from '@nestjs/common';
import { AccessConfig, ServerConfig } from '#config';
import { DEFAULT_TENANT, ParleyError } from '#contracts';
import { can } from './can.js';
import { channelObject } from './audit/audit-entry.js';
import { DeniedAccess } from './audit/denied-access.js';
import { FailedSignIns } from './failed-sign-ins.js';
import { ANYBODY, SHARED, type Principal } from './principal.js';
import { sameSecret } from './secrets.js';
import { SCOPES, type Scope } from './scopes.js';
import { looksLikeToken } from './token/read-token.js';
import { TokenVerifier } from './token/token-verifier.js';

@Injectable()
export class AccessPolicy {
  /** No token is asked for. */
  readonly open: boolean;
  private readonly anybody: Principal;
  private readonly shared: Principal;

  /** @throws Error when a production system is neither given a way in nor opened on purpose */
  constructor(
    private readonly config: AccessConfig,
    server: ServerConfig,
    private readonly tokens: TokenVerifier,
    private readonly denied: DeniedAccess,
    private readonly failures: FailedSignIns,
  ) {
    const keyed = config.token !== '' || tokens.on;
    this.open = config.open ?? (!keyed && !server.production);
    if (!this.open && !keyed && server.production)
      throw new Error(
        'unable to start; in production set WS_TOKEN, or WS_OPEN=true to leave the channels open, or JWT_SECRET or JWT_JWKS_URL',
      );
    // Without a token nobody is an administrator, and in production nobody does more than talk in channels.
    const scopes = new Set(
      SCOPES.filter((scope) => scope !== 'admin' && (!server.production || scope.startsWith('channels:'))),
    );
    this.anybody = { subject: ANYBODY, tenant: DEFAULT_TENANT, scopes };
    this.shared = { subject: SHARED, tenant: DEFAULT_TENANT, scopes };
  }

  /** A line for the log at start; undefined when nothing is unusual. */
  get warning(): string | undefined {
    return this.open ? 'channels are open: anybody can read and write them (WS_OPEN, WS_TOKEN)' : undefined;
  }

  /**
   * A promise only where a token must be verified, so that what needs no waiting keeps its order.
   * @param from address of the asker, by which wrong tokens are counted
   * @throws ParleyError `unauthorized`; `rate_limited` after too many wrong ones; `busy` and `state_unavailable` when that cannot be found out
   */
  authenticate(token: string | undefined, from?: string): Principal | Promise<Principal> {
    if (token === undefined) {
      if (this.open) return this.anybody;
      throw unauthorized('no token');
    }
    // Whoever knocks at a door that is open to all cannot be guessing.
    if (this.takesAnything) return this.anybody;
    return this.failures.during(from, token, !looksLikeToken(token), () => this.find(token));
  }

  /** Whether too many wrong tokens came from this address, so that it is worth asking before it is let in further. */
  slows(from: string | undefined): boolean {
    return this.failures.slows(from);
  }

  private get takesAnything(): boolean {
    return this.open && this.config.token === '' && !this.tokens.on;
  }

  private find(token: string): Principal | Promise<Principal> {
    if (this.config.token !== '' && sameSecret(token, this.config.token)) return this.shared;
    if (this.tokens.on && looksLikeToken(token)) return this.tokens.verify(token);
    // Even when none is needed: a typo should not pass unseen.
    throw unauthorized('wrong token');
  }

  /**
   * @param channel absent for what is not about a channel
   * @param from address of the asker, for the audit log
   * @throws ParleyError `forbidden` without the scope; `not_found` for a channel that is not the asker's, as if it were none
   */
  authorize(principal: Principal, action: Scope, channel?: string, from?: string): void {
    const verdict = can(principal, action, channel);
    if (verdict === 'granted') return;
    if (verdict === 'forbidden')
      throw new ParleyError('forbidden', `unable to grant access; ${action} is missing`);
    this.denied.report(principal, action, channelObject(principal.tenant, channel!), from);
    throw new ParleyError('not_found', 'unable to grant access; not a channel of this token');
  }

  /** Whether what a principal was granted still holds. @param now ms since 1970 */
  stands(principal: Principal, now: number): boolean {
    return this.tokens.stands(principal, now);
  }

  /** @param origin header of a browser; other programs send none and are held by their token alone */
  allowsOrigin(origin: string | undefined): boolean {
    if (origin === undefined) return true;
    const allowed = this.config.allowedOrigins;
    if (allowed.length === 0) return this.open;
    return allowed.includes('*') || allowed.includes(origin);
  }
}

/** The same for every reason, outside; which one it was is for the logs. */
const unauthorized = (reason: string): ParleyError =>
  new ParleyError('unauthorized', `unable to grant access; ${reason}`);
