// Stands before every route of Nest's: finds out who asks and whether the route's scope is among what he may. What is not
// marked as open, and needs nothing, is closed: a forgotten decorator must not become a hole.
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AccessPolicy, ADMIN_CHALLENGE, Administrators, bearerToken, type Principal } from '#auth';
import { ParleyError, toParleyError } from '#contracts';
import { OPEN_ROUTE } from '#telemetry';
import { NEEDS, type Need } from './needs.decorator.js';
import { rememberPrincipal } from './request-principal.js';

@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly policy: AccessPolicy,
    private readonly administrators: Administrators,
  ) {}

  /** @throws ParleyError `unauthorized`, `rate_limited`, `forbidden` */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const marks = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean | undefined>(OPEN_ROUTE, marks)) return true;
    const need = this.reflector.getAllAndOverride<Need | undefined>(NEEDS, marks);
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const { authorization } = request.headers;
    const principal =
      need === 'admin'
        ? await this.administrator(authorization, request.ip, http.getResponse<FastifyReply>())
        : await this.policy.authenticate(bearerToken(authorization), request.ip);
    if (need === undefined)
      throw new ParleyError('forbidden', 'unable to grant access; the route names no scope');
    if (need !== 'token') this.policy.authorize(principal, need);
    rememberPrincipal(request, principal);
    return true;
  }

  private async administrator(
    header: string | undefined,
    from: string,
    reply: FastifyReply,
  ): Promise<Principal> {
    try {
      return await this.administrators.identify(header, from);
    } catch (error) {
      if (toParleyError(error).code === 'unauthorized')
        void reply.header('www-authenticate', ADMIN_CHALLENGE);
      throw error;
    }
  }
}
