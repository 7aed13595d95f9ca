// Which of a conversation's earlier turns go along with a request, and the summary that stands for those before them. It is made when
// they do not fit any more, of half of them at once, so that most requests need none; where it cannot be had they are left out.
import { Injectable } from '@nestjs/common';
import { countTokens, newestTurns, toSummaryItem, toSummaryRequest, type FittedContext } from '#completions';
import { CompletionsConfig } from '#config';
import { COMPLETIONS_PROFILE, ModelCatalogue, ModelClients, UpstreamError, type ModelSink } from '#openai';
import { ThreadSummaries, type Context, type KeptSummary, type PastTurn, type Thread } from '#threads';
import type { Attempt } from '../worker/attempt.js';
import { HelperCalls } from './helper-call.js';
import { LiveModels } from './live-models.js';
import { Masking } from './masking.js';
import { sizeOfRequest } from './request-size.js';

/** A request waits for it, ms. */
const PATIENCE_MS = 20_000;
/** A model that thinks first needs room for that, too. */
const THOUGHT_TOKENS = 1_000;

const SILENT: ModelSink = {
  created: () => undefined,
  text: () => undefined,
  progress: () => undefined,
  ready: () => undefined,
};

@Injectable()
export class EarlierTurns {
  constructor(
    private readonly config: CompletionsConfig,
    private readonly summaries: ThreadSummaries,
    private readonly calls: HelperCalls,
    private readonly clients: ModelClients,
    private readonly catalogue: ModelCatalogue,
    private readonly models: LiveModels,
    private readonly masking: Masking,
  ) {}

  /** @param read the thread's past; read after the summary, which tells then whether something was erased since */
  async of(attempt: Attempt, thread: Thread, read: () => Promise<Context>): Promise<Context & FittedContext> {
    const on = this.config.conversationSummaryModel !== '';
    const kept = on ? await this.summaries.read(thread) : { erased: 0 };
    const context = await read();
    const fitted =
      on && context.turns !== undefined
        ? await this.summedUp(attempt, thread, kept, context.turns)
        : await this.fit(context.history);
    return { ...context, ...fitted };
  }

  private async summedUp(
    attempt: Attempt,
    thread: Thread,
    kept: KeptSummary,
    turns: readonly PastTurn[],
  ): Promise<FittedContext> {
    const { summary } = kept;
    // Where its last turn is not among these they all came after it.
    const since = turns.slice(turns.findLastIndex(({ run_id }) => run_id === summary?.through) + 1);
    const whole = await this.fit(itemsOf(since), 1, summary?.text);
    if (!whole.trimmed) return whole;
    const half = await this.fit(itemsOf(since), 2, summary?.text);
    const older = olderThan(since, half.items.length - (summary ? 1 : 0));
    const through = older.at(-1)?.run_id;
    const text = through && (await this.sumUp(attempt, summary?.text, itemsOf(older)));
    if (!text || !(await this.summaries.keep(thread, kept, { text, through }))) return whole;
    return this.fit(itemsOf(since.slice(older.length)), 1, text);
  }

  /** The newest of them. @param part of the bounds, as 1/part */
  private async fit(items: Context['history'], part = 1, summary?: string): Promise<FittedContext> {
    const { conversationTurns, conversationTokens } = this.config;
    const before = summary === undefined ? [] : [toSummaryItem(summary)];
    const taken = summary === undefined ? 0 : await countTokens(summary);
    const most = {
      turns: Math.floor(conversationTurns / part),
      tokens: Math.max(0, Math.floor(conversationTokens / part) - taken),
    };
    const fitted = await newestTurns(items, most);
    return { ...fitted, items: [...before, ...fitted.items], tokens: fitted.tokens + taken };
  }

  /** @returns undefined when there is none to be had */
  private async sumUp(
    attempt: Attempt,
    before: string | undefined,
    items: Context['history'],
  ): Promise<string | undefined> {
    const model = this.models.of(this.config.conversationSummaryModel);
    const tokens = this.config.conversationSummaryTokens;
    const request = await toSummaryRequest(before, items, { model, tokens });
    const thought = this.catalogue.capabilities(model).reasoning ? THOUGHT_TOKENS : 0;
    const size = { input_tokens: sizeOfRequest(request), max_output_tokens: tokens + thought };
    const ask = { kind: 'summary', model, ...size, start: true, patience: PATIENCE_MS } as const;
    return this.calls.make(attempt, ask, async (signal, max_output_tokens) => {
      const mask = this.masking.of(attempt, request);
      const asked = { ...request, max_output_tokens };
      const client = this.clients.get(undefined, COMPLETIONS_PROFILE);
      const told = await client.stream(mask ? mask.request(asked) : asked, SILENT, signal);
      const outcome = mask ? mask.outcome(told, () => undefined) : told;
      const { text, usage, response_id } = outcome;
      if (text.trim() === '' || outcome.refusal)
        throw new UpstreamError('server', 'the provider sent no summary');
      return { value: text.trim(), usage, model: outcome.model, response_id };
    });
  }
}

const itemsOf = (turns: readonly PastTurn[]): Context['history'] => turns.flatMap(({ items }) => items);

/** The turns before the newest items; one that is cut by them stays with those. */
function olderThan(turns: readonly PastTurn[], newest: number): PastTurn[] {
  let left = itemsOf(turns).length - newest;
  return turns.filter(({ items }) => {
    left -= items.length;
    return left >= 0;
  });
}
