// The SSE streams of this process: kept alive by one clock, ended together at the stop.
import { Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Metrics } from '#telemetry';
import type { SseOutlet } from './sse-outlet.js';

const PING_MS = 15_000;
/** Over how long browsers spread their return after a restart. */
const RETURN_WITHIN_MS = 10_000;

@Injectable()
export class SseStreams implements OnModuleInit, BeforeApplicationShutdown {
  private readonly outlets = new Set<SseOutlet>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly metrics: Metrics) {}

  onModuleInit(): void {
    this.timer = setInterval(() => this.ping(), PING_MS);
    this.timer.unref();
  }

  add(outlet: SseOutlet): void {
    this.outlets.add(outlet);
    this.metrics.sockets.inc({ kind: 'sse' });
  }

  remove(outlet: SseOutlet): void {
    if (this.outlets.delete(outlet)) this.metrics.sockets.dec({ kind: 'sse' });
  }

  ping(): void {
    for (const outlet of this.outlets) outlet.comment('ping');
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
    for (const outlet of this.outlets) {
      outlet.finish(Math.floor(Math.random() * RETURN_WITHIN_MS));
      this.remove(outlet);
    }
  }
}
