// The SSE streams of this process: kept alive by one clock, ended together at the stop.
import { Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { AccessPolicy, type Principal } from '#auth';
import { ERRORS } from '#contracts';
import { Metrics } from '#telemetry';
import { wrap } from '../render/wrap.js';
import type { SseOutlet } from './sse-outlet.js';

const PING_MS = 15_000;
const RIGHTS_MS = 1_000;
const ENDED = { type: 'error', code: 'unauthorized', error: ERRORS.unauthorized.text };
/** Over how long browsers spread their return after a restart. */
const RETURN_WITHIN_MS = 10_000;

@Injectable()
export class SseStreams implements OnModuleInit, BeforeApplicationShutdown {
  private readonly outlets = new Map<SseOutlet, Principal>();
  private readonly timers: NodeJS.Timeout[] = [];

  constructor(
    private readonly metrics: Metrics,
    private readonly access: AccessPolicy,
  ) {}

  onModuleInit(): void {
    this.timers.push(
      setInterval(() => this.ping(), PING_MS).unref(),
      setInterval(() => this.checkRights(Date.now()), RIGHTS_MS).unref(),
    );
  }

  add(outlet: SseOutlet, principal: Principal): void {
    this.outlets.set(outlet, principal);
    this.metrics.sockets.inc({ kind: 'sse' });
  }

  remove(outlet: SseOutlet): void {
    if (this.outlets.delete(outlet)) this.metrics.sockets.dec({ kind: 'sse' });
  }

  /** Streams whose token has ended or was revoked are told and ended. @param now ms since 1970 */
  checkRights(now: number): void {
    for (const [outlet, principal] of this.outlets) {
      if (this.access.stands(principal, now)) continue;
      outlet.send(wrap(JSON.stringify(ENDED), 'sse', '', 'error'));
      outlet.finish(Math.floor(Math.random() * RETURN_WITHIN_MS));
      this.remove(outlet);
    }
  }

  ping(): void {
    for (const outlet of this.outlets.keys()) outlet.comment('ping');
  }

  beforeApplicationShutdown(): void {
    for (const timer of this.timers) clearInterval(timer);
    for (const outlet of this.outlets.keys()) {
      outlet.finish(Math.floor(Math.random() * RETURN_WITHIN_MS));
      this.remove(outlet);
    }
  }
}
