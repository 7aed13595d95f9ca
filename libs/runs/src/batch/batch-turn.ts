// One process in the cluster at a time does a job. A lost turn breaks the job off; what it had begun is safe to do twice.
import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { defineScript, StateRedis } from '#redis';

const TURN_MS = 15_000;

/** KEYS turn; ARGV owner, ms (0 = give it up) → 1 when it is (or was) ours */
const HOLD_TURN = defineScript(
  'hold_turn',
  `
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
if ARGV[2] == '0' then redis.call('DEL', KEYS[1]) else redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end
return 1
`,
);

@Injectable()
export class BatchTurn {
  constructor(private readonly redis: StateRedis) {}

  /** Does nothing while another process is at it. @returns whether it was our turn */
  async take(job: string, work: (signal: AbortSignal) => Promise<void>): Promise<boolean> {
    const key = `${this.redis.keys.batches}turn:${job}`;
    const owner = randomUUID();
    const hold = async (ms: number): Promise<boolean> =>
      (await this.redis.run<number>(HOLD_TURN, [key], [owner, ms])) === 1;
    if (!(await hold(TURN_MS))) return false;
    const abort = new AbortController();
    const renewal = setInterval(() => {
      hold(TURN_MS).then(
        (ours) => ours || abort.abort(new Error('the turn is lost')),
        () => abort.abort(new Error('the turn cannot be kept')),
      );
    }, TURN_MS / 3);
    try {
      await work(abort.signal);
      return true;
    } finally {
      clearInterval(renewal);
      await hold(0).catch(() => undefined);
    }
  }
}
