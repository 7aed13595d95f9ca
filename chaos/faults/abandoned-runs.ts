// Finds out what a worker held when it was killed or frozen, without asking the product: the leases that nobody
// renews any more a little later.
import { setTimeout as delay } from 'node:timers/promises';
import { Keys } from '#redis';
import type { Recorder } from '../history/recorder.js';
import type { Rig } from '../rig/rig.js';

interface Holding {
  chk: string;
  token: string;
  run_id: string;
  attempt: number;
  channel: string;
}

/** Of the lease; workers renew at a quarter of it. */
const LOOK_AGAIN = 0.7;
const ANSWER_MS = 300;

export class AbandonedRuns {
  private readonly looking: Promise<void>[] = [];

  constructor(
    private readonly rig: Rig,
    private readonly recorder: Recorder,
  ) {}

  /** Everything that is held by anybody; empty when Redis does not answer now. */
  async before(): Promise<Holding[]> {
    return (await inTime(this.holdings())) ?? [];
  }

  after(holdings: readonly Holding[], since: number): void {
    if (holdings.length > 0) this.looking.push(this.look(holdings, since));
  }

  async settled(): Promise<void> {
    await Promise.all(this.looking);
  }

  private async look(holdings: readonly Holding[], since: number): Promise<void> {
    const { leaseMs } = this.rig.options;
    await delay(leaseMs * LOOK_AGAIN);
    const { state } = this.rig;
    const shard = this.shard();
    const replies = await inTime(
      Promise.all(
        holdings.map(({ chk }) =>
          Promise.all([state.zscore(shard.lease, chk), state.hget(shard.channel(chk), 'tok')]),
        ),
      ),
    );
    replies?.forEach(([deadline, token], i) => {
      const { run_id, attempt, channel, token: before } = holdings[i]!;
      if (token !== before || deadline === null || Number(deadline) > since + leaseMs) return;
      this.recorder.note({ op: 'abandoned', run_id, channel, attempt, since });
    });
  }

  private async holdings(): Promise<Holding[]> {
    const { state } = this.rig;
    const shard = this.shard();
    const chks = await state.zrange(shard.lease, '0', '-1');
    const found = await Promise.all(
      chks.map(async (chk): Promise<Holding | undefined> => {
        const [token, run_id] = await Promise.all([
          state.hget(shard.channel(chk), 'tok'),
          state.lindex(shard.inbox(chk), 0),
        ]);
        if (!token || !run_id) return undefined;
        const [attempt, channel] = await state.hmget(shard.run(run_id), 'attempt', 'channel');
        return { chk, token, run_id, attempt: Number(attempt), channel: channel ?? '' };
      }),
    );
    return found.filter((holding) => holding !== undefined);
  }

  private shard() {
    return new Keys(this.rig.prefix, 1).all()[0]!;
  }
}

function inTime<T>(asked: Promise<T>): Promise<T | undefined> {
  return Promise.race([asked.catch(() => undefined), delay(ANSWER_MS, undefined)]);
}
