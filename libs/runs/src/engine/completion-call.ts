// The one call to a model that a one-shot request needs: an answer that a batch has brought, that is known already, or that
// an equal request is getting just now, or that answers a similar one; else the model, and where that fails another.
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { AnswerCache, LEAD_MS, type CachedAnswer, type CachePlace } from '#completions';
import { decideRetry, UpstreamError, type ModelOutcome, type ModelRequest } from '#openai';
import { Metrics } from '#telemetry';
import { BatchCall, goneAt } from '../batch/batch-call.js';
import type { Attempt } from '../worker/attempt.js';
import { BilledRound } from './billed-round.js';
import { CompletionRoutes, requestOn, type CompletionRoute } from './completion-routes.js';
import { CircuitOpen } from './postponed.js';
import { SimilarRequests, type Likeness } from './similar-requests.js';

/** What a model said, or had said before. */
export type Answer = ModelOutcome & { cached?: true };

/** How often those that wait for another's answer look for it. */
const LOOK_MS = 50;

@Injectable()
export class CompletionCall {
  private readonly logger = new Logger(CompletionCall.name);

  constructor(
    private readonly cache: AnswerCache,
    private readonly similar: SimilarRequests,
    private readonly routes: CompletionRoutes,
    private readonly rounds: BilledRound,
    private readonly batches: BatchCall,
    private readonly metrics: Metrics,
  ) {}

  /** @throws UpstreamError; Postponed while it cannot be asked for */
  async ask(attempt: Attempt, request: ModelRequest): Promise<Answer> {
    const { tenant, user, request: asked } = attempt.run;
    const place =
      asked?.no_cache || asked?.in_thread ? undefined : this.cache.place({ tenant, user }, request);
    const brought = await this.batches.answer(attempt, request);
    if (!brought) return place ? this.once(attempt, request, place) : this.call(attempt, request);
    await this.rounds.broughtByBatch(attempt, brought);
    attempt.speak(brought.text, brought.sequence_number);
    await this.keep(place, brought);
    return brought;
  }

  private async keep(place: CachePlace | undefined, answer: Answer, likeness?: Likeness): Promise<void> {
    const { text, model, usage, status, refusal } = answer;
    if (!place || status !== 'completed' || refusal) return;
    await this.cache.put(place, { text, model, usage });
    if (likeness) await this.similar.keep(likeness, place);
  }

  private repeat(attempt: Attempt, known: CachedAnswer): Answer {
    attempt.speak(known.text, 0);
    return toAnswer(known);
  }

  /** Of equal requests in flight one asks; the others wait for its answer, and for nothing longer. */
  private async once(attempt: Attempt, request: ModelRequest, place: CachePlace): Promise<Answer> {
    const owner = attempt.run.run_id;
    for (;;) {
      const known = await this.cache.get(place);
      this.metrics.cache.inc({ outcome: known ? 'hit' : 'miss' });
      if (known) return this.repeat(attempt, known);
      if (await this.cache.lead(place, owner)) break;
      await delay(LOOK_MS, undefined, { signal: attempt.signal });
    }
    const leading = setInterval(() => void this.cache.lead(place, owner).catch(() => undefined), LEAD_MS);
    try {
      const likeness = await this.similar.look(attempt, request, place);
      if (likeness?.found) return this.repeat(attempt, likeness.found.answer);
      const answer = await this.call(attempt, request);
      await this.keep(place, answer, likeness);
      return answer;
    } finally {
      clearInterval(leading);
      await this.cache.giveUp(place).catch(() => undefined);
    }
  }

  private async call(attempt: Attempt, request: ModelRequest): Promise<Answer> {
    if (this.batches.takes(attempt)) {
      const outputTokens = await this.rounds.batched(attempt, request, goneAt(attempt.run));
      return this.batches.enlist(attempt, request, outputTokens);
    }
    const routes = this.routes.of(request.model);
    for (const [i, route] of routes.entries()) {
      try {
        return await this.rounds.limited(attempt, requestOn(route, request), route.profile);
      } catch (error) {
        if (i === routes.length - 1 || !isWorthAnother(attempt, error)) throw error;
        this.tell(route, error);
      }
    }
    throw new Error('unable to ask; no route');
  }

  private tell({ model, profile }: CompletionRoute, error: unknown): void {
    const reason = error instanceof UpstreamError ? error.kind : (error as CircuitOpen).reason;
    this.metrics.fallbacks.inc({ reason });
    this.logger.warn({ model, profile, reason }, 'the fallback model is asked instead');
  }
}

/** Another model may do better, and nobody has heard anything of this one yet. */
function isWorthAnother(attempt: Attempt, error: unknown): boolean {
  if (attempt.signal.aborted || attempt.text.length > attempt.run.keep) return false;
  if (error instanceof CircuitOpen) return true;
  return error instanceof UpstreamError && decideRetry(error, { burn: 0, max_retries: 1 }).action !== 'fail';
}

function toAnswer({ text, model, usage }: CachedAnswer): Answer {
  return {
    status: 'completed',
    model,
    text,
    items: [],
    tool_calls: [],
    usage,
    sequence_number: 0,
    cached: true,
  };
}
