import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { UPSTREAM_KINDS, UpstreamError, type UpstreamKind } from '../errors/upstream-error.js';
import {
  admits,
  CIRCUIT,
  CLOSED_CIRCUIT,
  nextCircuit,
  type CircuitEvent,
  type CircuitState,
} from './circuit-policy.js';
import { toCircuitEvent } from './to-circuit-event.js';

const NOW = 1_000_000_000;
const play = (
  events: (CircuitEvent['type'] | CircuitEvent)[],
  at = NOW,
  from: CircuitState = CLOSED_CIRCUIT,
) =>
  events.reduce<CircuitState>(
    (state, event) =>
      nextCircuit(state, typeof event === 'string' ? ({ type: event } as CircuitEvent) : event, at),
    from,
  );
const fails = (n: number) => Array<'failure'>(n).fill('failure');

describe('the breaker', () => {
  test('opens at five failures in a row, not at four, and a success starts the count anew', () => {
    expect(play(fails(4)).status).toBe('closed');
    expect(play(fails(5))).toEqual({
      status: 'open',
      until: NOW + 5_000,
      open_ms: 5_000,
      reason: 'failures',
      since: NOW,
    });
    expect(play([...fails(4), 'success', ...fails(4)]).status).toBe('closed');
  });

  test('opens when more than half of at least twenty fail within 30 s', () => {
    const mixed = Array.from({ length: 9 }, () => ['success', 'failure'] as const).flat();
    expect(play([...mixed, 'failure']).status).toBe('closed');
    expect(play([...mixed, 'failure', 'success', 'failure']).status).toBe('open');
    const later = play([...mixed, 'failure', 'success'], NOW);
    expect(play(['failure'], NOW + CIRCUIT.window_ms + 1, later).status).toBe('closed');
  });

  test('lets one probe through, doubles its pause up to 60 s, and closes at the first success', () => {
    let state = play(fails(5));
    let now = NOW;
    const pauses: number[] = [];
    for (let n = 0; n < 6; n++) {
      expect(state.status).toBe('open');
      if (state.status !== 'open') return;
      pauses.push(state.until - now);
      expect(admits(state, state.until - 1)).toEqual({ admit: 'none', retry_at: state.until });
      now = state.until;
      expect(admits(state, now)).toEqual({ admit: 'probe' });
      state = nextCircuit(state, { type: 'probe' }, now);
      expect(admits(state, now).admit).toBe('none');
      state = nextCircuit(state, { type: 'failure' }, now);
    }
    expect(pauses).toEqual([5_000, 10_000, 20_000, 40_000, 60_000, 60_000]);
    state = play(['probe', 'success'], now + 60_000, state);
    expect(state).toEqual(CLOSED_CIRCUIT);
  });

  test('a probe that never reports is replaced', () => {
    const probing = play(['probe'], NOW + 5_000, play(fails(5)));
    const late = NOW + 5_000 + CIRCUIT.probe_ms;
    expect(admits(probing, late - 1).admit).toBe('none');
    expect(admits(probing, late)).toEqual({ admit: 'probe' });
    expect(play(['probe'], late, probing)).toMatchObject({
      status: 'half_open',
      probe_until: late + CIRCUIT.probe_ms,
    });
  });

  test('a probe that was of no use is offered again soon, at no longer pause', () => {
    const now = NOW + 5_000;
    const unused = play(['probe', 'unused'], now, play(fails(5)));
    expect(unused).toEqual({
      status: 'open',
      until: now + 1_000,
      open_ms: 5_000,
      reason: 'failures',
      since: NOW,
    });
    const closed = play(['success']);
    expect(play(['unused'], NOW, closed)).toBe(closed);
    const open = play(fails(5));
    expect(play(['unused'], NOW, open)).toBe(open);
  });

  test('a refused account opens it at once, and a short pause does not shorten a long one', () => {
    const quota = play([{ type: 'refused', reason: 'quota' }]);
    expect(quota).toMatchObject({ status: 'open', until: NOW + 60_000, reason: 'quota' });
    expect(play([{ type: 'refused', reason: 'quota', retry_after_ms: 1_000 }])).toEqual(quota);
    expect(play([{ type: 'refused', reason: 'throttle', retry_after_ms: 900_000 }])).toMatchObject({
      until: NOW + 900_000,
    });
    expect(play([{ type: 'refused', reason: 'throttle', retry_after_ms: 10 }], NOW, quota)).toBe(quota);
  });

  test('whatever happens: it stays plain data, is bounded, and always lets somebody in again', () => {
    const event: fc.Arbitrary<CircuitEvent> = fc.oneof(
      fc.constantFrom<CircuitEvent>(
        { type: 'success' },
        { type: 'failure' },
        { type: 'probe' },
        { type: 'unused' },
      ),
      fc.record({
        type: fc.constant('refused' as const),
        reason: fc.constantFrom('quota', 'auth', 'throttle'),
        retry_after_ms: fc.nat(100_000),
      }),
    );
    const step = fc.tuple(event, fc.integer({ min: -5_000, max: 20_000 }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        let state: CircuitState = CLOSED_CIRCUIT;
        let now = NOW;
        for (const [next, passed] of steps) {
          now += passed;
          state = nextCircuit(JSON.parse(JSON.stringify(state)) as CircuitState, next, now);
          if (state.status === 'closed') expect(state.slices.length).toBeLessThanOrEqual(11);
          else expect(state.open_ms).toBeLessThanOrEqual(60_000);
        }
        expect(admits(state, now + 10_000_000).admit).not.toBe('none');
      }),
    );
  });
});

describe('what an end says about the provider', () => {
  const SAID: Record<UpstreamKind, string | undefined> = {
    aborted: undefined,
    timeout_first_output: 'failure',
    timeout_idle: 'failure',
    connection: 'failure',
    stream_cut: 'failure',
    sequence_gap: undefined,
    malformed: 'failure',
    rate_limit: 'failure',
    overloaded: 'failure',
    quota: 'refused',
    auth: 'refused',
    server: 'failure',
    conversation_locked: undefined,
    context_length: 'success',
    content_policy: 'success',
    invalid_request: 'success',
    not_found: 'success',
    not_resumable: undefined,
    cancelled: undefined,
    internal: undefined,
  };
  test.each(Object.keys(UPSTREAM_KINDS) as UpstreamKind[])('%s', (kind) => {
    expect(toCircuitEvent(new UpstreamError(kind, 'test'))?.type).toBe(SAID[kind]);
  });
  test('a pause asked for opens the circuit for as long', () => {
    const error = new UpstreamError('rate_limit', 'test', { retry_after_ms: 120_000 });
    expect(toCircuitEvent(error)).toEqual({ type: 'refused', reason: 'throttle', retry_after_ms: 120_000 });
    expect(toCircuitEvent(undefined)).toEqual({ type: 'success' });
  });
});
