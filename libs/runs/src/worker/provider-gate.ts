// Whether a provider may be asked. An account that is refused closes everything behind it, a model that fails only itself.
// While an account is closed nobody takes up its work, and when it is time one worker in the cluster takes one run as the
// probe. Behind a closed model others may be well: some work is taken up, and what meets that model is put back to wait.
import { Injectable } from '@nestjs/common';
import { CompletionsConfig } from '#config';
import {
  admits,
  toCircuitEvent,
  type CircuitAdmission,
  type CircuitState,
  type UpstreamError,
} from '#openai';
import { CircuitBoard, FRESH_MS } from './circuit-board.js';

/** Who is asked for an answer. */
export interface Target {
  /** Account at a provider, see `ModelClients`. */
  profile: string;
  model: string;
}

/** The right to ask through a circuit that is half open. */
export interface Probe {
  circuit: string;
  until: number;
}

type Admission =
  | { admit: 'all' }
  /** As many at most, to see what they want. */
  | { admit: 'some'; most: number }
  | { admit: 'probe'; probe: Probe }
  | { admit: 'none' };

/** `probes`: what was taken for this call; to be given back when it is over, whatever has become of it. */
export type Permit =
  { go: true; probes: Probe[] } | { go: false; retryAt: number; reason: string; since: number };

/** What was asked so long ago tells nothing about what the next run will ask. */
const IN_USE_MS = 60_000;
/** Taken up in one go behind a closed model, and how soon again: bounds what putting them back costs. */
const SOME = 32;
const SOME_MS = 250;
/** How long a run waits while another one probes. */
const PROBED_MS = 1_000;

/** These failures are of the way to the provider, or of the account there: no other model would fare better. */
const OF_ACCOUNT: ReadonlySet<string> = new Set(['quota', 'auth', 'connection']);

@Injectable()
export class ProviderGate {
  private someAt = 0;
  private readonly inUse = new Map<string, { target: Target; at: number }>();

  constructor(
    private readonly board: CircuitBoard,
    private readonly config: CompletionsConfig,
  ) {}

  /** How many runs may be taken up now: all that fit, one as a probe, or none. */
  async admission(): Promise<Admission> {
    await this.board.refresh();
    const now = Date.now();
    const verdicts = this.ways(now).map((circuits) => worst(circuits.map((name) => this.verdict(name, now))));
    if (verdicts.length === 0 || verdicts.some(({ admit }) => admit === 'all')) return { admit: 'all' };
    if (verdicts.some(({ name }) => isOfModel(name) || this.isLongAway(name, now))) {
      if (now - this.someAt < SOME_MS) return { admit: 'none' };
      this.someAt = now;
      return { admit: 'some', most: SOME };
    }
    const due = verdicts.find(({ admit }) => admit === 'probe');
    const probe = due && (await this.take(due.name));
    return probe ? { admit: 'probe', probe } : { admit: 'none' };
  }

  /** Whether this run may ask this target now. @param probe what the run was taken up as, if it was one */
  async permit(target: Target, probe?: Probe): Promise<Permit> {
    await this.board.refresh();
    const now = Date.now();
    this.inUse.set(circuitsOf(target).join(), { target, at: now });
    const shut = circuitsOf(target)
      .filter((name) => !(probe?.circuit === name && isProbe(this.board.state(name), probe)))
      .map((name) => this.verdict(name, now))
      .filter(({ admit }) => admit !== 'all');
    if (shut.length === 0) return { go: true, probes: [] };
    const verdict = worst(shut);
    const { name: shutBy } = verdict;
    if (verdict.admit === 'none')
      return this.refusal(shutBy, Math.min(verdict.retry_at, now + this.patience(shutBy)));
    const probes: Probe[] = [];
    for (const { name } of shut) {
      const taken = await this.take(name);
      if (!taken) {
        await this.giveBack(probes);
        return this.refusal(name, now + FRESH_MS);
      }
      probes.push(taken);
    }
    return { go: true, probes };
  }

  /**
   * Nothing was learned with these probes after all: without this nobody could ask for as long as a probe may take.
   * Does nothing once the provider's answer to them has been reported.
   */
  async giveBack(probes: readonly Probe[]): Promise<void> {
    if (probes.length === 0) return;
    await this.board.refresh(true);
    for (const probe of probes)
      if (isProbe(this.board.state(probe.circuit), probe))
        await this.board.apply(probe.circuit, { type: 'unused' });
  }

  /** What a call to a target has shown. A success of healthy circuits costs nothing. */
  async report(target: Target, error: UpstreamError | undefined): Promise<void> {
    const event = toCircuitEvent(error);
    if (!event) return;
    const [account, model] = circuitsOf(target);
    if (error && OF_ACCOUNT.has(error.kind)) return this.board.insist(account, event);
    // Who gets an answer from a model, even a bad one, has an account that is served.
    if (!isQuiet(this.board.state(account))) await this.board.insist(account, { type: 'success' });
    if (event.type !== 'success' || !isQuiet(this.board.state(model))) await this.board.insist(model, event);
  }

  /** The provider has begun to answer: a probe need not wait for the end of a long answer. */
  async answers(target: Target): Promise<void> {
    if (circuitsOf(target).some((name) => this.board.state(name).status !== 'closed'))
      await this.report(target, undefined);
  }

  /** For health and metrics: every circuit that is not closed, as last seen. */
  broken(): { circuit: string; status: 'open' | 'half_open'; reason: string }[] {
    return this.board
      .all()
      .flatMap(([circuit, state]) =>
        state.status === 'closed' ? [] : [{ circuit, status: state.status, reason: state.reason }],
      );
  }

  /** The circuits of each target in use; of a process that has not asked yet, each that is broken. */
  private ways(now: number): string[][] {
    for (const [key, { at }] of this.inUse) if (now - at > IN_USE_MS) this.inUse.delete(key);
    if (this.inUse.size > 0) return [...this.inUse.values()].map(({ target }) => circuitsOf(target));
    return this.broken().map(({ circuit }) => [circuit]);
  }

  private patience(name: string): number {
    return this.board.state(name).status === 'half_open' ? PROBED_MS : Infinity;
  }

  private refusal(name: string, retryAt: number): Permit {
    const state = this.board.state(name);
    const { reason, since } = state.status === 'closed' ? { reason: 'failures', since: Date.now() } : state;
    return { go: false, retryAt, reason, since };
  }

  /** Whoever waits for so long is to be told; that takes a worker. */
  private isLongAway(name: string, now: number): boolean {
    const state = this.board.state(name);
    const most = this.config.outageSeconds * 1_000;
    return most > 0 && state.status !== 'closed' && now - state.since >= most;
  }

  private verdict(name: string, now: number): CircuitAdmission & { name: string } {
    return { name, ...admits(this.board.state(name), now) };
  }

  /** Only the worker whose swap wins may probe. */
  private async take(circuit: string): Promise<Probe | undefined> {
    if (!(await this.board.apply(circuit, { type: 'probe' }))) return undefined;
    const state = this.board.state(circuit);
    return state.status === 'half_open' ? { circuit, until: state.probe_until } : undefined;
  }
}

const circuitsOf = ({ profile, model }: Target): [account: string, model: string] => [
  profile,
  `${profile} ${model}`,
];

const isOfModel = (circuit: string): boolean => circuit.includes(' ');

const isProbe = (state: CircuitState, probe: Probe): boolean =>
  state.status === 'half_open' && state.probe_until === probe.until;

const isQuiet = (state: CircuitState): boolean =>
  state.status === 'closed' && state.consecutive === 0 && state.slices.every(({ bad }) => bad === 0);

const RANK = { all: 0, probe: 1, none: 2 } as const;

function worst<V extends CircuitAdmission>(verdicts: readonly V[]): V {
  return verdicts.reduce((a, b) => (RANK[b.admit] > RANK[a.admit] ? b : a));
}
