// The last span of a message's trace: its final event has been handed to those who watch. Costs nothing while
// traces are off.
import { Injectable } from '@nestjs/common';
import { ServerConfig } from '#config';
import { StateRedis } from '#redis';
import { openSpan } from '#telemetry';

@Injectable()
export class LastFrameTrace {
  private readonly on: boolean;

  constructor(
    private readonly redis: StateRedis,
    config: ServerConfig,
  ) {
    this.on = config.otlpEndpoint !== '';
  }

  /** @param subscribers how many were handed it on this process */
  delivered(chk: string, runId: string, subscribers: number): void {
    if (!this.on || subscribers === 0) return;
    void this.trace(this.redis.keys.shardOf(chk).run(runId), subscribers, Date.now());
  }

  private async trace(run: string, subscribers: number, startTime: number): Promise<void> {
    try {
      const parent = (await this.redis.client.hget(run, 'tp')) ?? undefined;
      const attributes = { 'parley.subscribers': subscribers };
      openSpan('deliver last frame', { kind: 'PRODUCER', startTime, attributes, parent }).end();
    } catch {
      // A trace is a courtesy; the frame has been sent.
    }
  }
}
