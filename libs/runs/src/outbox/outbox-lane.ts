// Sends what must leave. Each way out has a stream and one process in the cluster that empties it at a time; an entry goes only
// after the other side has confirmed it, so after a crash it may be sent twice, always with the same id.
import { randomUUID } from 'node:crypto';
import { Inject, Injectable, Logger, Optional } from '@nestjs/common';
import { Metrics } from '#telemetry';
import { defineScript, StateRedis, type ShardKeys } from '#redis';
import { toOutboxEntry, type OutboxSender } from './outbox-entry.js';

/** Provider token of all ways out: an array of {@link OutboxSender}. */
export const OUTBOX_SENDERS = Symbol('outbox senders');

/** KEYS lane; ARGV owner, ms → 1 when the lane is ours for that long */
const HOLD_LANE = defineScript(
  'hold_lane',
  `
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
`,
);

const LANE_MS = 5_000;
/** Bounds how late a reply may leave. */
const POLL_MS = 100;
const BATCH = 100;

@Injectable()
export class OutboxLane {
  private readonly owner = randomUUID();
  private readonly logger = new Logger(OutboxLane.name);
  private timer: NodeJS.Timeout | undefined;
  private working: Promise<void> = Promise.resolve();
  private busy = false;

  constructor(
    private readonly redis: StateRedis,
    private readonly metrics: Metrics,
    @Optional() @Inject(OUTBOX_SENDERS) private readonly senders: readonly OutboxSender[] = [],
  ) {}

  start(): void {
    this.timer = setInterval(() => {
      if (this.busy) return;
      this.busy = true;
      this.working = this.empty().finally(() => (this.busy = false));
    }, POLL_MS);
  }

  /** Sends what is there once more, then stops. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.working;
    await this.empty();
  }

  private async empty(): Promise<void> {
    for (const shard of this.redis.keys.all()) {
      for (const sender of this.senders) {
        try {
          await this.emptyLane(shard, sender);
        } catch (error) {
          this.logger.warn({ err: error, shard: shard.index }, 'outbox not emptied; it is tried again');
        }
      }
    }
  }

  private async emptyLane(shard: ShardKeys, sender: OutboxSender): Promise<void> {
    const [outbox, lane] = [shard.outbox(sender.kind), shard.outboxLane(sender.kind)];
    for (;;) {
      if ((await this.redis.run<number>(HOLD_LANE, [lane], [this.owner, LANE_MS])) !== 1) return;
      const entries = await this.redis.attempt((client) => client.xrange(outbox, '-', '+', 'COUNT', BATCH));
      this.metrics.outboxPending.set(entries.length);
      this.metrics.outboxLag.set(entries[0] ? ageOf(entries[0][1][1]!) : 0);
      if (entries.length === 0) return;
      const sent = await Promise.all(entries.map(([id, fields]) => this.send(sender, id, fields[1]!)));
      const done = sent.filter((id) => id !== undefined);
      if (done.length > 0) await this.redis.attempt((client) => client.xdel(outbox, ...done));
      if (done.length < entries.length) return;
    }
  }

  /** @returns the id when the other side has it */
  private async send(sender: OutboxSender, id: string, json: string): Promise<string | undefined> {
    const entry = toOutboxEntry(json);
    try {
      await sender.send(entry);
      return id;
    } catch (error) {
      this.logger.warn(
        { err: error, run_id: entry.run_id, entry_id: id },
        'reply not sent; it is tried again',
      );
      return undefined;
    }
  }
}

/** Seconds since the entry was written. */
const ageOf = (json: string): number => (Date.now() - toOutboxEntry(json).at) / 1_000;
