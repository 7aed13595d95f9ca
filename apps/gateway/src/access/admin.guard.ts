// Lets administrators pass, by HTTP Basic.
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ADMIN_CHALLENGE, AdminGuard as AdminLogin } from '#auth';
import { ParleyError } from '#contracts';

@Injectable()
export class AdminGuard implements CanActivate {
  constructor(private readonly login: AdminLogin) {}

  canActivate(context: ExecutionContext): boolean {
    const http = context.switchToHttp();
    const { authorization } = http.getRequest<FastifyRequest>().headers;
    if (this.login.adminAllows(authorization)) return true;
    void http.getResponse<FastifyReply>().header('www-authenticate', ADMIN_CHALLENGE);
    throw new ParleyError('unauthorized', 'unable to grant access; administrators only');
  }
}
