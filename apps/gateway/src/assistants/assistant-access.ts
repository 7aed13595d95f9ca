// Who may see and change assistants. Reading takes what reading a channel takes; changing takes the administrator's
// login, except on a development system that is open anyway. The one place that knows.
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AccessPolicy, AdminGuard, bearerToken } from '#auth';
import { ServerConfig } from '#config';
import { DEFAULT_TENANT, ParleyError } from '#contracts';

export interface AssistantAsker {
  tenant: string;
  /** For the versions' history. */
  by: string;
}

@Injectable()
export class AssistantAccess {
  constructor(
    private readonly policy: AccessPolicy,
    private readonly login: AdminGuard,
    private readonly server: ServerConfig,
  ) {}

  /** @throws ParleyError `unauthorized` */
  read({ headers }: FastifyRequest): AssistantAsker {
    if (this.login.adminAllows(headers.authorization)) return { tenant: DEFAULT_TENANT, by: 'administrator' };
    const { tenant } = this.policy.authenticate(bearerToken(headers.authorization));
    return { tenant, by: 'rest' };
  }

  /** @throws ParleyError `unauthorized` for nobody, `forbidden` for those who may only read */
  write(request: FastifyRequest): AssistantAsker {
    const asker = this.read(request);
    const open = this.policy.open && !this.server.production;
    if (asker.by === 'administrator' || open) return asker;
    throw new ParleyError('forbidden', 'unable to change assistants; administrators only');
  }
}
