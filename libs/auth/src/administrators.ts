// Who administrates this installation: whoever has the login, or a token with the scope `admin`. Both see all tenants.
import { Injectable } from '@nestjs/common';
import { AccessConfig } from '#config';
import { DEFAULT_TENANT, ParleyError } from '#contracts';
import { AccessPolicy } from './access-policy.js';
import { AdminGuard } from './admin-guard.js';
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
  ) {}

  /** Whether anybody can be one at all. */
  get possible(): boolean {
    return this.config.adminPassword !== '' || this.tokens.on;
  }

  /**
   * @param header the `Authorization` header
   * @throws ParleyError `unauthorized`, to be answered with {@link ADMIN_CHALLENGE}; `forbidden` for a token without the scope
   */
  async identify(header: string | undefined): Promise<Principal> {
    if (this.login.adminAllows(header))
      return {
        subject: `admin:${this.config.adminUser}`,
        tenant: DEFAULT_TENANT,
        scopes: new Set(['admin']),
      };
    const principal = await this.policy.authenticate(bearerToken(header));
    // An open system is open for talking; a browser that has no login yet must be asked for one.
    if (principal.subject === ANYBODY)
      throw new ParleyError('unauthorized', 'unable to grant access; administrators only');
    this.policy.authorize(principal, 'admin');
    return principal;
  }
}
