// May whoever sent this request do that to that channel? The tenant is the principal's, never the request's.
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AccessPolicy, AuditLog, DeniedAccess } from '#auth';
import { ParleyError, toParleyError, type ChannelRef, type Subject } from '#contracts';
import { channelName } from './channel-name.js';
import { principalOf } from './request-principal.js';

export type Action = 'read' | 'write';

@Injectable()
export class RequestAccess {
  constructor(
    private readonly policy: AccessPolicy,
    private readonly denied: DeniedAccess,
    private readonly audit: AuditLog,
  ) {}

  /** @throws ParleyError `invalid_request`, `forbidden`, `not_found` */
  channel(request: FastifyRequest, action: Action, name: unknown): ChannelRef {
    const channel = channelName(name);
    const principal = principalOf(request);
    this.policy.authorize(principal, `channels:${action}`, channel, request.ip);
    return { tenant: principal.tenant, channel };
  }

  /**
   * For a thing that was found by its id alone, before anything of it is shown.
   * @param object as the audit log names it
   * @returns false for one of another tenant: it is to be answered as if it were none
   * @throws ParleyError `not_found` for a channel that the token does not reach
   */
  reaches(request: FastifyRequest, action: Action, thing: ChannelRef, object: string): boolean {
    const principal = principalOf(request);
    if (thing.tenant !== principal.tenant) {
      this.denied.report(principal, `channels:${action}`, object, request.ip);
      return false;
    }
    this.policy.authorize(principal, `channels:${action}`, thing.channel, request.ip);
    return true;
  }

  /**
   * For all that is kept of a channel, or of a user in whatever channel: who may reach some channels only may not have that.
   * @throws ParleyError `forbidden`, `not_found`
   */
  administers(request: FastifyRequest, { kind, name }: Subject): void {
    const principal = principalOf(request);
    const channel = kind === 'channel' ? name : undefined;
    this.policy.authorize(principal, 'admin', channel, request.ip);
    if (channel === undefined && principal.channels !== undefined)
      throw new ParleyError('forbidden', 'unable to go beyond the channels of the token');
  }

  /** Does what an administrator asks for, on record. @param action noun, then verb @throws what `act` throws */
  onRecord<T>(request: FastifyRequest, action: string, object: string, act: () => Promise<T>): Promise<T> {
    const { subject: actor, tenant } = principalOf(request);
    return this.audit.during({ actor, tenant, action, object, from: request.ip }, act);
  }

  /**
   * The same for what everybody may try: reaching for what is not there, or is somebody else's, is recorded as sparingly as
   * denied access, because trying it costs nothing.
   */
  async onRecordWhereFound<T>(
    request: FastifyRequest,
    action: string,
    object: string,
    act: () => Promise<T>,
  ): Promise<T> {
    let done: T;
    try {
      done = await act();
    } catch (error) {
      if (toParleyError(error).code !== 'not_found')
        return this.onRecord(request, action, object, () => Promise.reject(error as Error));
      this.denied.report(principalOf(request), action, object, request.ip);
      throw error;
    }
    return this.onRecord(request, action, object, () => Promise.resolve(done));
  }
}
