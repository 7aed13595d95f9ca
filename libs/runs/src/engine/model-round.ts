// One round of the model inside an attempt: a fresh request, or the same provider response found again after
// another worker lost it. What the provider sends goes straight to the attempt's pen.
import { Injectable } from '@nestjs/common';
import { Metrics, inSpan } from '#telemetry';
import {
  DEFAULT_PROFILE,
  ModelClients,
  toUpstreamError,
  UpstreamError,
  type ModelClient,
  type ModelOutcome,
  type ModelRequest,
  type ModelSink,
  type UpstreamKind,
} from '#openai';
import type { Attempt } from '../worker/attempt.js';
import { ProviderGate, type Target } from '../worker/provider-gate.js';
import { UnnamedCalls } from '../worker/unnamed-calls.js';
import { Masking, type Mask } from './masking.js';
import { CircuitOpen } from './postponed.js';

/** A background response can be streamed again for five minutes; a little is left for the request itself. */
const REATTACH_MS = 4.5 * 60_000;
/** Said inside a stream, by the provider, of the response itself: there is nothing left of it to wait for. */
const ENDS_OF_A_RESPONSE: ReadonlySet<UpstreamKind> = new Set(['server', 'rate_limit', 'overloaded']);

export interface RoundOptions {
  /** Whose account at which provider. */
  profile?: string | undefined;
  /** Hears each piece of the answer as the provider sends it. */
  heard?: ((delta: string) => void) | undefined;
  /** Breaks the answer off, for reasons that are none of the attempt's. */
  cut?: AbortSignal;
}

interface SinkOptions extends Pick<RoundOptions, 'heard'> {
  /** Called when the log has the name of a new answer; given if it can be found again by that. */
  named?: (() => void) | undefined;
  mask?: Mask | undefined;
}

@Injectable()
export class ModelRound {
  constructor(
    private readonly clients: ModelClients,
    private readonly gate: ProviderGate,
    private readonly metrics: Metrics,
    private readonly masking: Masking,
    private readonly unnamed: UnnamedCalls,
  ) {}

  /**
   * @throws UpstreamError; Postponed while the target's circuit is open
   */
  async fresh(
    attempt: Attempt,
    request: ModelRequest,
    { profile = DEFAULT_PROFILE, heard, cut }: RoundOptions = {},
  ): Promise<ModelOutcome> {
    const client = this.clients.get(undefined, profile);
    const target = { profile, model: request.model };
    const permit = await this.gate.permit(target, attempt.probe);
    if (!permit.go) throw new CircuitOpen(permit.retryAt - Date.now(), permit.reason, permit.since);
    const mask = this.masking.of(attempt, request);
    const signal = cut ? AbortSignal.any([attempt.signal, cut]) : attempt.signal;
    const named = reattachable(client, request) ? await this.unnamed.enter(signal) : undefined;
    const sink = this.sink(attempt, target, { named, mask, heard });
    const outcome = await this.observed(client, target, () =>
      client.stream(mask ? mask.request(request) : request, sink, signal),
    ).finally(() => {
      named?.();
      return this.gate.giveBack(permit.probes).catch(() => undefined);
    });
    return mask ? mask.outcome(outcome, (text, sequence) => attempt.speak(text, sequence)) : outcome;
  }

  /**
   * Takes the provider's response of a cut-off attempt up again: the stream from where the log ends, else its
   * final text. @returns undefined when the provider has it no more, or it has failed there; then only a fresh
   * request helps.
   */
  async recover(attempt: Attempt, said: string, model: string): Promise<ModelOutcome | undefined> {
    const response = attempt.run.response!;
    const client = this.clients.get();
    try {
      if (Date.now() - response.at < REATTACH_MS) {
        attempt.writer.say({ type: 'run.resumed' });
        const sink = {
          ...this.sink(attempt, { profile: DEFAULT_PROFILE, model }, {}),
          has_text: said !== '',
        };
        const outcome = await client.resume(response.id, response.sequence, sink, attempt.signal);
        this.metrics.takeovers.inc({ how: 'resume' });
        return outcome;
      }
    } catch (error) {
      if (hasFailed(error)) return undefined;
      if (toUpstreamError(error).kind !== 'not_resumable') throw error;
    }
    try {
      const outcome = await client.poll(response.id, attempt.signal);
      this.metrics.takeovers.inc({ how: 'poll' });
      this.catchUp(attempt, said, outcome);
      return outcome;
    } catch (error) {
      if (hasFailed(error) || toUpstreamError(error).kind === 'not_resumable') return undefined;
      throw error;
    }
  }

  /** Tells the provider that nobody waits any more; only a background response would go on without us. */
  async abandon(attempt: Attempt): Promise<void> {
    if (attempt.responseId !== undefined) await this.clients.get().cancel(attempt.responseId);
  }

  /** The provider's final text may go on from what subscribers have, or contradict it. */
  private catchUp(attempt: Attempt, said: string, outcome: ModelOutcome): void {
    if (outcome.text.startsWith(said)) {
      attempt.speak(outcome.text.slice(said.length), outcome.sequence_number);
      return;
    }
    const kept = attempt.text.slice(0, attempt.run.keep);
    attempt.writer.say({ type: 'run.reset', keep: kept.length });
    attempt.text = kept;
    attempt.speak(outcome.text, outcome.sequence_number);
  }

  private sink(attempt: Attempt, target: Target, { named, mask, heard }: SinkOptions): ModelSink {
    const speak = (text: string, sequence: number): void => attempt.speak(text, sequence);
    const asked = performance.now();
    let silent = true;
    return {
      created: (id, sequence) => {
        if (!named) return;
        attempt.responseId = id;
        attempt.writer.responding(id, sequence);
        void attempt.writer.flushed().then(named, named);
      },
      text: (delta, sequence) => {
        if (silent) {
          silent = false;
          this.metrics.firstToken.observe((performance.now() - asked) / 1000);
          // Out of reach is no matter: the end of the call reports again.
          void this.gate.answers(target).catch(() => undefined);
        }
        this.metrics.deltas.inc();
        heard?.(delta);
        if (mask) mask.text(delta, sequence, speak);
        else speak(delta, sequence);
      },
      progress: () => undefined,
      ready: () => attempt.writer.pressure()?.catch(() => undefined),
    };
  }

  private async observed(
    client: ModelClient,
    target: Target,
    call: () => Promise<ModelOutcome>,
  ): Promise<ModelOutcome> {
    const attributes = {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': target.model,
    };
    return inSpan(`chat ${target.model}`, { kind: 'CLIENT', attributes }, async (span) => {
      let failure: UpstreamError | undefined;
      try {
        const outcome = await call();
        span.setAttributes({
          'gen_ai.response.model': outcome.model,
          'gen_ai.usage.input_tokens': outcome.usage.input_tokens,
          'gen_ai.usage.output_tokens': outcome.usage.output_tokens,
        });
        return outcome;
      } catch (error) {
        failure = toUpstreamError(error);
        throw failure;
      } finally {
        const status = failure?.status;
        this.metrics.upstreamRequests.inc({
          api: client.api,
          class: failure
            ? status
              ? `${Math.floor(status / 100)}xx`
              : failure.kind === 'connection'
                ? 'network'
                : 'stream'
            : '2xx',
          status: status === undefined ? 'none' : String(status),
        });
        await this.gate.report(target, failure).catch(() => undefined);
      }
    });
  }
}

/** The response failed, as opposed to the request that asked for it. */
function hasFailed(error: unknown): boolean {
  const { status, kind } = toUpstreamError(error);
  return status === undefined && ENDS_OF_A_RESPONSE.has(kind);
}

const reattachable = (client: ModelClient, request: ModelRequest): boolean =>
  client.api === 'responses' && request.background === true;
