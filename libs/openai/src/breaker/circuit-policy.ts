// When to stop asking a provider, as a pure state machine over plain JSON: the state of one (key, model) is
// shared by all workers, so whoever stores it owns the storage, and only the transitions live here.

/** Requests that ended well and badly in one slice of time. */
export interface CircuitSlice {
  from: number;
  ok: number;
  bad: number;
}

export type CircuitReason = 'failures' | 'quota' | 'auth' | 'throttle';

interface Broken {
  open_ms: number;
  reason: CircuitReason;
  /** When it was last closed, ms. */
  since: number;
}

export type CircuitState =
  | { status: 'closed'; consecutive: number; slices: CircuitSlice[] }
  | ({ status: 'open'; until: number } & Broken)
  /** One probe is under way; if it never reports, the next may go at `probe_until`. */
  | ({ status: 'half_open'; probe_until: number } & Broken);

export type CircuitEvent =
  | { type: 'success' }
  | { type: 'failure' }
  /** The provider said no to the account or asked for a pause. */
  | { type: 'refused'; reason: 'quota' | 'auth' | 'throttle'; retry_after_ms?: number }
  /** A worker takes the probe: only where `admits` says `probe`. */
  | { type: 'probe' }
  /** That worker asked nothing after all: there was no work, or it ended without a request. */
  | { type: 'unused' };

export type CircuitAdmission = { admit: 'all' } | { admit: 'probe' } | { admit: 'none'; retry_at: number };

export const CIRCUIT = {
  consecutive: 5,
  window_ms: 30_000,
  slice_ms: 3_000,
  least_requests: 20,
  bad_share: 0.5,
  open_ms: { first: 5_000, most: 60_000 },
  /** An account is looked at again this often: money and keys change by hand. */
  account_ms: 60_000,
  /** A probe reports with its first text; one that has not done so by now may have died. */
  probe_ms: 15_000,
  /** A probe that nobody had a use for is offered again so much later. */
  unused_ms: 1_000,
} as const;

export const CLOSED_CIRCUIT: CircuitState = { status: 'closed', consecutive: 0, slices: [] };

/** Who may ask the provider at `now` (ms). */
export function admits(state: CircuitState, now: number): CircuitAdmission {
  if (state.status === 'closed') return { admit: 'all' };
  const retry_at = state.status === 'open' ? state.until : state.probe_until;
  return now >= retry_at ? { admit: 'probe' } : { admit: 'none', retry_at };
}

/** Total: every event is accepted in every state; stragglers of an open circuit change nothing but its reason. */
export function nextCircuit(state: CircuitState, event: CircuitEvent, now: number): CircuitState {
  if (event.type === 'refused') return refuse(state, event, now);
  switch (state.status) {
    case 'closed':
      if (event.type === 'probe' || event.type === 'unused') return state;
      return count(state, event.type === 'success', now);
    case 'open':
      if (event.type !== 'probe' || now < state.until) return state;
      return { ...halfOpen(state), probe_until: now + CIRCUIT.probe_ms };
    case 'half_open':
      if (event.type === 'success') return CLOSED_CIRCUIT;
      if (event.type === 'failure')
        return open({ ...state, open_ms: Math.min(CIRCUIT.open_ms.most, state.open_ms * 2) }, now);
      if (event.type === 'unused') return open(state, now, CIRCUIT.unused_ms);
      return now < state.probe_until ? state : { ...state, probe_until: now + CIRCUIT.probe_ms };
    default:
      return state satisfies never;
  }
}

function refuse(
  state: CircuitState,
  { reason, retry_after_ms }: Extract<CircuitEvent, { type: 'refused' }>,
  now: number,
): CircuitState {
  // Rate-limit headers come with such an answer too, and their second says nothing about money.
  const pause =
    reason === 'throttle'
      ? (retry_after_ms ?? CIRCUIT.open_ms.first)
      : Math.max(retry_after_ms ?? 0, CIRCUIT.account_ms);
  const until = now + pause;
  // A short pause asked of a straggler must not shorten the long one that others were told.
  if (state.status === 'open' && state.until >= until) return state;
  const broken = state.status === 'closed' ? { open_ms: CIRCUIT.open_ms.first, since: now } : state;
  return open({ ...broken, reason }, now, pause);
}

function count(state: Extract<CircuitState, { status: 'closed' }>, ok: boolean, now: number): CircuitState {
  const slices = addTo(state.slices, ok, now);
  const consecutive = ok ? 0 : state.consecutive + 1;
  const bad = slices.reduce((sum, slice) => sum + slice.bad, 0);
  const all = slices.reduce((sum, slice) => sum + slice.ok + slice.bad, 0);
  const mostly_bad = all >= CIRCUIT.least_requests && bad / all > CIRCUIT.bad_share;
  if (!ok && (consecutive >= CIRCUIT.consecutive || mostly_bad))
    return open({ open_ms: CIRCUIT.open_ms.first, reason: 'failures', since: now }, now);
  return { status: 'closed', consecutive, slices };
}

function addTo(slices: readonly CircuitSlice[], ok: boolean, now: number): CircuitSlice[] {
  const from = Math.floor(now / CIRCUIT.slice_ms) * CIRCUIT.slice_ms;
  const recent = slices.filter((slice) => slice.from > now - CIRCUIT.window_ms && slice.from <= from);
  const current = recent.at(-1)?.from === from ? recent.pop() : undefined;
  recent.push({ from, ok: (current?.ok ?? 0) + (ok ? 1 : 0), bad: (current?.bad ?? 0) + (ok ? 0 : 1) });
  return recent;
}

const open = ({ open_ms, reason, since }: Broken, now: number, pause = open_ms): CircuitState => ({
  status: 'open',
  until: now + pause,
  open_ms,
  reason,
  since,
});

const halfOpen = ({ open_ms, reason, since }: Broken) => ({
  status: 'half_open' as const,
  open_ms,
  reason,
  since,
});
