// Circuits of accounts and models on a real Redis, as two workers see them.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { CompletionsConfig } from '#config';
import { UpstreamError, type UpstreamKind } from '#openai';
import type { StateRedis } from '#redis';
import { dropTestState, openTestState } from '#testing';
import { CircuitBoard } from './circuit-board.js';
import { ProviderGate, type Permit, type Target } from './provider-gate.js';

const ONE: Target = { profile: 'default', model: 'one' };
const TWO: Target = { profile: 'default', model: 'two' };

let redis: StateRedis;
let gate: ProviderGate;
let other: ProviderGate;

beforeEach(async () => {
  redis = await openTestState();
  const config = { ...new CompletionsConfig(), outageSeconds: 60 };
  [gate, other] = [
    new ProviderGate(new CircuitBoard(redis), config),
    new ProviderGate(new CircuitBoard(redis), config),
  ];
});
afterEach(() => dropTestState(redis));

const failure = (kind: UpstreamKind, retry_after_ms?: number): UpstreamError =>
  new UpstreamError(kind, 'failed', retry_after_ms === undefined ? {} : { retry_after_ms });
async function fail(target: Target, kind: UpstreamKind, times = 5): Promise<void> {
  for (let i = 0; i < times; i++) await gate.report(target, failure(kind));
}
const probesOf = (permit: Permit): string[] =>
  permit.go ? permit.probes.map(({ circuit }) => circuit) : ['shut'];
/** Long enough for a pause of 20 ms to be over. */
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 30));
const seen = async (who: ProviderGate): Promise<string[]> => {
  await new Promise((resolve) => setTimeout(resolve, 510));
  await who.admission();
  return who.broken().map(({ circuit, status }) => `${circuit}: ${status}`);
};

describe('a model that fails', () => {
  test('closes itself, for all workers, and no other', async () => {
    await fail(ONE, 'server');
    expect(await gate.permit(ONE)).toMatchObject({ go: false, reason: 'failures' });
    expect(await gate.permit(TWO)).toEqual({ go: true, probes: [] });
    expect(await seen(other)).toEqual(['default one: open']);
  });

  test('is looked past by a few claims at a time while nothing else is known to be asked', async () => {
    await gate.permit(ONE);
    await fail(ONE, 'server');
    expect(await gate.admission()).toMatchObject({ admit: 'some' });
    expect(await gate.admission()).toEqual({ admit: 'none' });
    await gate.permit(TWO);
    expect(await gate.admission()).toEqual({ admit: 'all' });
  });

  test('is probed by one; the others look again soon', async () => {
    await gate.report(ONE, failure('rate_limit', 20));
    await pause();
    expect(probesOf(await gate.permit(ONE))).toEqual(['default one']);
    const refused = await gate.permit(ONE);
    expect(refused).toMatchObject({ go: false });
    expect(!refused.go && refused.retryAt - Date.now()).toBeLessThanOrEqual(1_000);
    await gate.report(ONE, undefined);
    expect(probesOf(await gate.permit(ONE))).toEqual([]);
  });

  test('is open to the next probe at once when the first learned nothing', async () => {
    await gate.report(ONE, failure('rate_limit', 20));
    await pause();
    const permit = await gate.permit(ONE);
    await gate.report(ONE, failure('aborted'));
    expect(gate.broken()).toEqual([expect.objectContaining({ status: 'half_open' })]);
    await gate.giveBack(permit.go ? permit.probes : []);
    const refused = await gate.permit(ONE);
    expect(!refused.go && refused.retryAt - Date.now()).toBeLessThanOrEqual(1_000);
  });
});

describe('an account that is refused', () => {
  test.each<UpstreamKind>(['auth', 'quota', 'connection'])(
    'by %s closes every model behind it',
    async (kind) => {
      await gate.permit(ONE);
      await fail(ONE, kind);
      expect(await gate.permit(TWO)).toMatchObject({ go: false });
      expect(await gate.permit({ profile: 'fallback', model: 'one' })).toMatchObject({ go: true });
    },
  );

  test('stops claims of all who ask nothing else', async () => {
    await gate.permit(ONE);
    await fail(ONE, 'connection');
    expect(await gate.admission()).toEqual({ admit: 'none' });
    await other.admission();
    expect(await other.admission()).toEqual({ admit: 'none' });
  });

  test('that is long away is looked past by a few claims at a time, whose askers are told', async () => {
    const { circuit } = redis.keys.all()[0]!;
    const open = { status: 'open', until: Date.now() + 60_000, open_ms: 60_000, reason: 'auth' };
    const away = async (seconds: number): Promise<unknown> => {
      const state = { ...open, since: Date.now() - seconds * 1_000 };
      await redis.client.hset(circuit, 'default', JSON.stringify(state));
      return new ProviderGate(new CircuitBoard(redis), {
        ...new CompletionsConfig(),
        outageSeconds: 60,
      }).admission();
    };
    expect(await away(59)).toEqual({ admit: 'none' });
    expect(await away(61)).toMatchObject({ admit: 'some' });
  });

  test('is served again when a model behind it answers, be it with a refusal', async () => {
    const probing = {
      status: 'half_open',
      probe_until: Date.now() + 15_000,
      open_ms: 5_000,
      reason: 'failures',
    };
    const { circuit } = redis.keys.all()[0]!;
    await redis.client.hset(circuit, 'default', JSON.stringify(probing));
    expect(await seen(gate)).toEqual(['default: half_open']);
    await gate.report(ONE, failure('rate_limit', 5_000));
    expect(await seen(gate)).toEqual(['default one: open']);
  });
});
