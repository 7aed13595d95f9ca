// The circuits' states, shared by all workers through Redis and seen here at most half a second late. The rules are the
// openai lib's; which circuit stands for what is the gate's.
import { Injectable } from '@nestjs/common';
import { CLOSED_CIRCUIT, nextCircuit, type CircuitEvent, type CircuitState } from '#openai';
import { defineScript, StateRedis } from '#redis';

/** KEYS circuits; ARGV name, state expected ('' = none), new state ('' = none) → 1 when it was as expected */
const SWAP = defineScript(
  'circuit_swap',
  `
if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then return 0 end
if ARGV[3] == '' then redis.call('HDEL', KEYS[1], ARGV[1]) else redis.call('HSET', KEYS[1], ARGV[1], ARGV[3]) end
return 1
`,
);

/** How old the view of the shared states may be, ms. */
export const FRESH_MS = 500;
const TRIES = 5;

@Injectable()
export class CircuitBoard {
  private seen = new Map<string, { json: string; state: CircuitState }>();
  private readAt = 0;

  constructor(private readonly redis: StateRedis) {}

  state(name: string): CircuitState {
    return this.seen.get(name)?.state ?? CLOSED_CIRCUIT;
  }

  /** Of all circuits that anything is noted of. */
  all(): [name: string, state: CircuitState][] {
    return [...this.seen].map(([name, { state }]) => [name, state]);
  }

  async refresh(now = false): Promise<void> {
    if (!now && Date.now() - this.readAt < FRESH_MS) return;
    const noted = await this.redis.attempt((client) => client.hgetall(this.key()));
    this.seen = new Map(Object.entries(noted).map(([name, json]) => [name, toSeen(json)]));
    this.readAt = Date.now();
  }

  /** @returns whether the event took effect: an event that changes nothing does, but for a probe that may not go */
  async apply(name: string, event: CircuitEvent): Promise<boolean> {
    const before = this.state(name);
    const next = nextCircuit(before, event, Date.now());
    if (next === before) return event.type !== 'probe';
    // What is as it was in the beginning needs no note.
    const json = next === CLOSED_CIRCUIT ? '' : JSON.stringify(next);
    const expected = this.seen.get(name)?.json ?? '';
    if ((await this.redis.run<number>(SWAP, [this.key()], [name, expected, json])) !== 1) {
      this.readAt = 0;
      return false;
    }
    if (json === '') this.seen.delete(name);
    else this.seen.set(name, toSeen(json));
    return true;
  }

  /** The same against the newest state, whatever others write meanwhile. */
  async insist(name: string, event: CircuitEvent): Promise<void> {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      if (await this.apply(name, event)) return;
      await this.refresh(true);
    }
  }

  private key(): string {
    return this.redis.keys.all()[0]!.circuit;
  }
}

const toSeen = (json: string): { json: string; state: CircuitState } => ({
  json,
  state: JSON.parse(json) as CircuitState,
});
