// A call of the provider that helps a run's own: reserved, counted and settled like it, and never in its way. What has no room, takes
// too long or fails is done without, and is not tried again for a while.
import { Injectable, Logger } from '@nestjs/common';
import { toUpstreamError } from '#openai';
import { Metrics } from '#telemetry';
import { Limits, type BilledUsage, type Settlement } from '#usage';
import type { Attempt } from '../worker/attempt.js';

export interface HelperAsk {
  /** A finite set: it names the call in metrics and in the ledger. */
  kind: 'embedding' | 'summary';
  model: string;
  /** Estimated. */
  input_tokens: number;
  max_output_tokens: number;
  /** Whether it takes one of the starts per minute. */
  start: boolean;
  /** ms */
  patience: number;
}

export interface Helped<T> {
  value: T;
  usage: BilledUsage;
  /** As the provider names them, where it does. */
  model?: string;
  provider_request_id?: string | undefined;
  response_id?: string | undefined;
}

/** After a failure nobody in this process asks for the same kind of help for so long. */
const REST_MS = 30_000;

@Injectable()
export class HelperCalls {
  private readonly logger = new Logger(HelperCalls.name);
  private readonly restUntil = new Map<HelperAsk['kind'], number>();

  constructor(
    private readonly limits: Limits,
    private readonly metrics: Metrics,
  ) {}

  /**
   * Never rejects.
   * @param call is told how many tokens the answer may have
   * @returns undefined when there is no help
   */
  async make<T>(
    attempt: Attempt,
    ask: HelperAsk,
    call: (signal: AbortSignal, outputTokens: number) => Promise<Helped<T>>,
  ): Promise<T | undefined> {
    const { kind, model } = ask;
    if (attempt.signal.aborted || Date.now() < (this.restUntil.get(kind) ?? 0)) return undefined;
    const outcome = (what: string): void => this.metrics.helperCalls.inc({ call: kind, outcome: what });
    const outputTokens = await this.reserve(attempt, ask).catch(() => undefined);
    if (outputTokens === undefined) {
      outcome('no_room');
      return undefined;
    }
    const patience = AbortSignal.timeout(ask.patience);
    const signal = AbortSignal.any([attempt.signal, patience]);
    try {
      const { value, usage, ...known } = await call(signal, outputTokens);
      outcome('completed');
      void this.settle(attempt, ask, { model, ...known, outcome: 'completed', usage });
      return value;
    } catch (thrown) {
      const error = toUpstreamError(thrown);
      // Nobody knows how far a call came that was not waited for; it counts as reserved.
      void this.settle(attempt, ask, { model, outcome: signal.aborted ? 'unknown' : 'failed' });
      if (attempt.signal.aborted) return undefined;
      outcome('failed');
      this.restUntil.set(kind, Date.now() + REST_MS);
      const why = patience.aborted ? 'timeout' : error.kind;
      this.logger.warn({ call: kind, model, reason: why }, 'a call that helps has failed; done without it');
      return undefined;
    }
  }

  /** @returns undefined when there is no room now: nobody waits for help */
  private async reserve(attempt: Attempt, ask: HelperAsk): Promise<number | undefined> {
    const { tenant, user } = attempt.run;
    const { kind, model, input_tokens, max_output_tokens, start } = ask;
    const id = idOf(attempt, kind);
    const answer = await this.limits.reserve({
      id,
      tenant,
      user,
      model,
      input_tokens,
      max_output_tokens,
      start,
    });
    if (answer.ok) return answer.output_tokens;
    if ('reason' in answer && answer.reason === 'slot') await this.limits.release(id);
    return undefined;
  }

  private async settle(
    attempt: Attempt,
    { kind }: HelperAsk,
    what: Omit<Settlement, 'tenant' | 'user' | 'source' | 'kind' | 'at'>,
  ): Promise<void> {
    const { tenant, user, source } = attempt.run;
    const whose = { tenant, user, source, kind, at: Date.now() };
    await this.limits.settle(idOf(attempt, kind), { ...what, ...whose }).catch(() => undefined);
  }
}

const idOf = ({ run }: Attempt, kind: string): string => `${run.run_id}:${kind}`;
