// Who administrates this installation: whoever has the login, or a token with the scope `admin`. Both see all tenants.
import { Injectable } from '@nestjs/common';
import { AccessConfig } from '#config';
import { DEFAULT_TENANT, ParleyError } from '#contracts';
import { AccessPolicy } from './access-policy.js';
import { AdminGuard } from './admin-guard.js';
import { FailedSignIns } from './failed-sign-ins.js';
import { ANYBODY, type Principal } from './principal.js';
import { bearerToken } from './secrets.js';
import { TokenVerifier } from './token/token-verifier.js';

@Injectable()
export class Administrators {
  constructor(
    private readonly config: AccessConfig,
    private readonly login: AdminGuard,
    private readonly policy: AccessPolicy,
    private readonly tokens: TokenVerifier,
    private readonly failures: FailedSignIns,
  ) {}

  /** Whether anybody can be one at all. */
  get possible(): boolean {
    return this.config.adminPassword !== '' || this.tokens.on;
  }

  /**
   * @param header the `Authorization` header
   * @param from address of the asker, by which wrong logins are counted
   * @throws ParleyError `unauthorized`, to be answered with {@link ADMIN_CHALLENGE}; `forbidden` for a token without the scope;
   *   `rate_limited` after too many wrong ones
   */
  async identify(header: string | undefined, from?: string): Promise<Principal> {
    if (header !== undefined && /^Basic\b/i.test(header))
      return this.failures.during(from, header, true, () => this.logIn(header));
    const principal = await this.policy.authenticate(bearerToken(header), from);
    // An open system is open for talking; a browser that has no login yet must be asked for one.
    if (principal.subject === ANYBODY)
      throw new ParleyError('unauthorized', 'unable to grant access; administrators only');
    this.policy.authorize(principal, 'admin');
    return principal;
  }

  private logIn(header: string): Principal {
    if (!this.login.adminAllows(header))
      throw new ParleyError('unauthorized', 'unable to grant access; wrong login');
    return {
      subject: `admin:${this.config.adminUser}`,
      tenant: DEFAULT_TENANT,
      scopes: new Set(['admin']),
    };
  }
}
