// `GET /channels/{channel}/events`: a channel as server-sent events, resumed by the browser itself through
// `Last-Event-ID`. The same subscriptions as over WebSocket, in another dress.
import { Controller, Get, Headers, Param, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { AccessPolicy, bearerToken } from '#auth';
import { DeliveryConfig } from '#config';
import { parseCursor, ParleyError, validate } from '#contracts';
import { Broadcasts } from '../broadcasts.js';
import { wrap } from '../render/wrap.js';
import { SubscriptionDto } from '../subscription.dto.js';
import { EVENT_STREAM, SseOutlet } from './sse-outlet.js';
import { SseStreams } from './sse-streams.js';

@Controller('channels')
export class ChannelEventsController {
  constructor(
    private readonly access: AccessPolicy,
    private readonly broadcasts: Broadcasts,
    private readonly streams: SseStreams,
    private readonly config: DeliveryConfig,
  ) {}

  /** @throws ParleyError `unauthorized`, `rate_limited`, `forbidden`, `not_found`, `invalid_request`, `invalid_cursor`, `state_unavailable` */
  @Get(':channel/events')
  async follow(
    @Param('channel') name: string,
    @Query() query: Record<string, unknown>,
    @Headers() headers: Record<string, string | undefined>,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { channel, cursor, format, run_id } = validate(SubscriptionDto, { ...query, channel: name });
    const principal = await this.access.authenticate(bearerToken(headers['authorization']), reply.request.ip);
    const { tenant } = principal;
    this.access.authorize(principal, 'channels:read', channel, reply.request.ip);
    const place = headers['last-event-id'] || cursor;
    const from = place ? parseCursor(place) : undefined;
    const cors = this.cors(headers['origin']);
    // HEAD has no body to stream: Node would keep even the head back until an end that never comes.
    if (reply.request.method === 'HEAD') return void reply.headers(cors).type(EVENT_STREAM).send();
    const outlet = new SseOutlet(reply, this.config, cors);
    const subscription = this.broadcasts.create(outlet, {
      format: format ?? 'delta',
      wrap: 'sse',
      runId: run_id,
    });
    const leave = () => {
      outlet.dispose();
      this.streams.remove(outlet);
      this.broadcasts.detach(subscription);
    };
    reply.raw.once('close', leave);
    this.streams.add(outlet, principal);
    try {
      await this.broadcasts.attach({ tenant, channel }, subscription, from, (at) => {
        // With an id from the first moment on, a browser that reconnects before any event resumes too.
        const hello = JSON.stringify({ type: 'subscribed', channel, cursor: at });
        outlet.send(wrap(hello, 'sse', channel, 'subscribed', at));
      });
    } catch (error) {
      leave();
      throw error;
    }
  }

  private cors(origin: string | undefined): Record<string, string> {
    if (origin === undefined) return {};
    if (!this.access.allowsOrigin(origin))
      throw new ParleyError('forbidden', 'unable to open stream; origin not allowed');
    return { 'access-control-allow-origin': origin, vary: 'Origin' };
  }
}
