// One way out of one shard: the one process in the cluster that holds it sends what is there, in order, and removes what
// the other side has confirmed. What a crash leaves in between is sent again, unless the way keeps count itself.
import { Logger } from '@nestjs/common';
import type { Metrics } from '#telemetry';
import type { ShardKeys, StateRedis } from '#redis';
import { toOutboxEntry, type OutboxEntry } from './outbox-entry.js';
import type { OutboxSender, OutboxWay } from './outbox-sender.js';
import { CATCH_UP, HOLD_LANE, LEAVE_LANE } from './outbox-scripts.js';
import { isUpTo } from './stream-id.js';

/** How long a lane stays with a process that says nothing. */
const LANE_MS = 5_000;
const RENEW_MS = 1_000;
const BATCH = 200;

export class OutboxLane {
  private readonly logger = new Logger(OutboxLane.name);
  private way: OutboxWay | undefined;
  /** Of the data that the way was opened for; others may have lost something. */
  private generation = 0;
  private heldUntil = 0;

  constructor(
    private readonly owner: string,
    readonly shard: ShardKeys,
    private readonly sender: OutboxSender,
    private readonly redis: StateRedis,
    private readonly metrics: Metrics,
  ) {}

  get kind(): OutboxSender['kind'] {
    return this.sender.kind;
  }

  get hint(): string {
    return this.shard.outboxHint(this.sender.kind);
  }

  /** Whether this process empties it; the others look only now and then. */
  get held(): boolean {
    return performance.now() < this.heldUntil;
  }

  /** Until nothing is left that can leave. @throws when Redis or the other side cannot be used */
  async empty(): Promise<void> {
    let removed: Promise<unknown> = Promise.resolve();
    try {
      while (await this.hold()) {
        const way = await this.opened();
        // On one connection: what is read comes after what was removed.
        const [entries] = await Promise.all([this.read(), removed]);
        if (entries.length === 0) return;
        const { cursor } = way;
        const stale = cursor === undefined ? [] : entries.filter(({ id }) => isUpTo(id, cursor));
        const done = [...stale.map(({ id }) => id), ...(await way.send(entries.slice(stale.length)))];
        if (done.length === 0) return;
        removed = this.redis.attempt((client) => client.xdel(this.outbox, ...done));
        // Told where it is waited for.
        removed.catch(() => undefined);
      }
    } catch (error) {
      await this.closeWay();
      throw error;
    }
  }

  /** Lets another process have it at once. */
  async leave(): Promise<void> {
    await this.closeWay();
    this.heldUntil = 0;
    await this.redis.run(LEAVE_LANE, [this.key], [this.owner], RENEW_MS);
  }

  private get outbox(): string {
    return this.shard.outbox(this.sender.kind);
  }

  private get key(): string {
    return this.shard.outboxLane(this.sender.kind);
  }

  private async hold(): Promise<boolean> {
    const asked = performance.now();
    if (asked < this.heldUntil - LANE_MS + RENEW_MS) return true;
    if ((await this.redis.run<number>(HOLD_LANE, [this.key], [this.owner, LANE_MS])) === 1) {
      this.heldUntil = asked + LANE_MS;
      return true;
    }
    this.heldUntil = 0;
    await this.closeWay();
    return false;
  }

  private async opened(): Promise<OutboxWay> {
    if (this.way && this.generation === this.redis.generation) return this.way;
    await this.closeWay();
    this.generation = this.redis.generation;
    const way = await this.sender.open(this.shard.index);
    this.way = way;
    if (way.cursor !== undefined) await this.catchUp(way.cursor);
    return way;
  }

  /**
   * Of a Redis that has lost data, what is written now could come before what has left. It gets places behind that,
   * so that it leaves too.
   */
  private async catchUp(cursor: string): Promise<void> {
    const moved = await this.redis.run<number>(CATCH_UP, [this.outbox], cursor.split('-'));
    if (moved < 0) return;
    this.metrics.outboxRollbacks.inc();
    const fields = { shard: this.shard.index, way: this.sender.kind, moved };
    this.logger.error(
      fields,
      'Redis knows less than what has been sent: it has lost data; going on from there',
    );
  }

  private async read(): Promise<OutboxEntry[]> {
    const rows = await this.redis.attempt((client) => client.xrange(this.outbox, '-', '+', 'COUNT', BATCH));
    const entries = rows.map(([id, fields]) => toOutboxEntry(id, fields[1]!));
    this.metrics.outboxPending.set(entries.length);
    this.metrics.outboxLag.set(entries[0] ? (Date.now() - entries[0].at) / 1_000 : 0);
    return entries;
  }

  private async closeWay(): Promise<void> {
    const { way } = this;
    this.way = undefined;
    // What cannot be closed is gone; the next one is opened anew anyway.
    await way?.close().catch(() => undefined);
  }
}
