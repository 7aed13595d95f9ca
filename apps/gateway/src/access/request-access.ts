// May this request read or write that channel? Turns HTTP headers into what the access rules ask for.
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AccessPolicy, bearerToken, type Action } from '#auth';
import type { ChannelRef } from '#contracts';
import { channelName } from './channel-name.js';

@Injectable()
export class RequestAccess {
  constructor(private readonly policy: AccessPolicy) {}

  /** @throws ParleyError `invalid_request`, `unauthorized`, `forbidden` */
  channel(request: FastifyRequest, action: Action, name: unknown): ChannelRef {
    const channel = channelName(name);
    const { tenant } = this.policy.authorize(bearerToken(request.headers.authorization), action, channel);
    return { tenant, channel };
  }
}
