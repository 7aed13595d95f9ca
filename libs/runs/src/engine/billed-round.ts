// What a round of the model costs: every call is settled once in the ledger, and for a one-shot request tokens, money and a
// start are reserved before it. A stream that spends more than was reserved is cut off cleanly.
import { Injectable } from '@nestjs/common';
import { ParleyError } from '#contracts';
import { toUpstreamError, type ModelOutcome, type ModelRequest } from '#openai';
import {
  Limits,
  meter,
  type Ask,
  type BilledUsage,
  type Meter,
  type ReserveAnswer,
  type Settlement,
} from '#usage';
import { batchCallId } from '../batch/batch-store.js';
import type { Attempt } from '../worker/attempt.js';
import { ModelRound } from './model-round.js';
import { Postponed } from './postponed.js';
import { sizeOfRequest } from './request-size.js';
import { billed } from './usage.js';

@Injectable()
export class BilledRound {
  constructor(
    private readonly rounds: ModelRound,
    private readonly limits: Limits,
  ) {}

  /** For a message to an assistant: counted, not limited. @throws UpstreamError, Postponed */
  async counted(attempt: Attempt, request: ModelRequest): Promise<ModelOutcome> {
    return this.call(attempt, request, meter(Infinity), undefined);
  }

  /**
   * For a one-shot request.
   * @throws ParleyError `token_limit_reached`, `budget_exhausted`; UpstreamError; Postponed also until a start is due
   */
  async limited(attempt: Attempt, request: ModelRequest, profile?: string): Promise<ModelOutcome> {
    const answer = await this.reserve(attempt, request, { id: callId(attempt) });
    if (!answer.ok) throw new Postponed(answer.wait_ms, `limit ${answer.reason}`);
    const bounded = { ...request, max_output_tokens: answer.output_tokens };
    return this.call(attempt, bounded, meter(answer.output_tokens), profile);
  }

  /**
   * For a one-shot request that a batch is to answer: what it may cost counts as used until the batch has told, or until then. It
   * needs no start of its own.
   * @param until UTC ms
   * @returns how many tokens its answer may have
   * @throws ParleyError `token_limit_reached`, `budget_exhausted`; Postponed while others hold what it needs
   */
  async batched(attempt: Attempt, request: ModelRequest, until: number): Promise<number> {
    const id = batchCallId(attempt.run.run_id);
    const how = { id, start: false, hold_ms: until - Date.now(), service_tier: 'batch' };
    const answer = await this.reserve(attempt, request, how);
    if (!answer.ok) throw new Postponed(answer.wait_ms, `limit ${answer.reason}`);
    return answer.output_tokens;
  }

  /** The answer comes from a call of an attempt that was cut off. */
  brought(attempt: Attempt, outcome: ModelOutcome): Promise<void> {
    return this.settle(attempt, outcome.model, { outcome: 'completed', ...billed(outcome) });
  }

  /** The answer comes from a batch. */
  broughtByBatch(attempt: Attempt, outcome: ModelOutcome): Promise<void> {
    const id = batchCallId(attempt.run.run_id);
    return this.settle(attempt, outcome.model, { outcome: 'completed', ...billed(outcome) }, id);
  }

  /** @throws ParleyError `token_limit_reached`, `budget_exhausted` */
  private async reserve(
    attempt: Attempt,
    request: ModelRequest,
    how: Pick<Ask, 'id' | 'start' | 'hold_ms' | 'service_tier'>,
  ): Promise<Exclude<ReserveAnswer, { code: string }>> {
    const { tenant, user } = attempt.run;
    const { model, max_output_tokens = 0 } = request;
    const size = { input_tokens: sizeOfRequest(request), max_output_tokens };
    const answer = await this.limits.reserve({ ...how, tenant, user, model, ...size });
    if (answer.ok || 'wait_ms' in answer) return answer;
    const wait = answer.resets_at === undefined ? {} : { retryAfterMs: answer.resets_at - Date.now() };
    throw new ParleyError(answer.code, 'unable to ask; a limit is reached', wait);
  }

  private async call(
    attempt: Attempt,
    request: ModelRequest,
    spent: Meter,
    profile: string | undefined,
  ): Promise<ModelOutcome> {
    const cut = new AbortController();
    const heard = (delta: string): void => {
      if (spent.add(delta)) cut.abort();
    };
    const before = attempt.text.length;
    try {
      const outcome = await this.rounds.fresh(attempt, request, { profile, heard, cut: cut.signal });
      void this.settle(attempt, outcome.model, { outcome: 'completed', ...billed(outcome) });
      return outcome;
    } catch (error) {
      const usage = estimated(request, spent);
      if (cut.signal.aborted && !attempt.signal.aborted) {
        // In the background it would go on without us.
        await this.rounds.abandon(attempt).catch(() => undefined);
        await this.settle(attempt, request.model, { outcome: 'cancelled', usage });
        return cutOff(attempt.text.slice(before), request.model, usage);
      }
      await this.settleFailure(attempt, request, spent, error);
      throw error;
    }
  }

  /** What nobody waits for any more was used all the same; what was refused at once was not. */
  private async settleFailure(
    attempt: Attempt,
    request: ModelRequest,
    spent: Meter,
    error: unknown,
  ): Promise<void> {
    if (error instanceof Postponed) return this.limits.release(callId(attempt));
    const usage = estimated(request, spent);
    const { kind, request_id } = toUpstreamError(error);
    // At the provider it goes on, and whoever takes it up settles it.
    if (attempt.stopped === 'handover' && attempt.responseId !== undefined) return;
    const outcome = attempt.signal.aborted ? 'cancelled' : spent.tokens > 0 ? 'unknown' : 'failed';
    const known = { provider_request_id: request_id };
    // An answer that never began may still have been billed for its question when nobody said no.
    const begun = outcome !== 'failed' || kind === 'timeout_idle' || kind === 'timeout_first_output';
    await this.settle(attempt, request.model, { outcome, ...known, ...(begun && { usage }) });
  }

  private async settle(
    attempt: Attempt,
    model: string,
    what: Pick<Settlement, 'outcome' | 'usage' | 'response_id' | 'service_tier' | 'provider_request_id'>,
    id = callId(attempt),
  ): Promise<void> {
    const { tenant, user, source, request } = attempt.run;
    // What could not be told to Redis is told later; anything else must not cost the answer.
    await this.limits
      .settle(id, {
        ...what,
        model,
        tenant,
        user,
        source,
        assistant: attempt.assistant?.id,
        kind: request?.images ? 'vision' : 'text',
        at: Date.now(),
      })
      .catch(() => undefined);
  }
}

/** The same over crashes and takeovers. */
const callId = ({ run, round }: Attempt): string => `${run.run_id}:${round}`;

function estimated(request: ModelRequest, spent: Meter): BilledUsage {
  const [input_tokens, output_tokens] = [sizeOfRequest(request), spent.tokens];
  return { input_tokens, output_tokens, total_tokens: input_tokens + output_tokens };
}

function cutOff(text: string, model: string, usage: BilledUsage): ModelOutcome {
  const none = { cached_tokens: 0, cache_write_tokens: 0, reasoning_tokens: 0 };
  return {
    status: 'incomplete',
    incomplete_reason: 'budget',
    model,
    text,
    items: [{ role: 'assistant', content: text }],
    tool_calls: [],
    usage: { ...usage, ...none },
    sequence_number: 0,
  };
}
