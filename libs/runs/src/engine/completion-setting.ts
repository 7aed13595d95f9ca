// What a one-shot request works with: the model and the bounds that it asked for, and of the past as much as its
// model's window holds.
import { Injectable, Logger } from '@nestjs/common';
import {
  countTokens,
  fitContext,
  roomForContext,
  shapeCompletion,
  toUserItem,
  type FittedContext,
  type ShapedCompletion,
} from '#completions';
import { CompletionsConfig } from '#config';
import { digest, type RunRequest } from '#contracts';
import { ModelCatalogue } from '#openai';
import { ThreadStore, TranscriptStore, type Context, type Thread } from '#threads';
import type { ClaimedRun } from '../run/run-record.js';
import type { Attempt } from '../worker/attempt.js';
import { AttemptScripts } from '../scripts/attempt-scripts.js';
import { Conversation } from './conversation.js';
import { EarlierTurns } from './earlier-turns.js';
import { LiveModels } from './live-models.js';
import type { RunSetting } from './setting.js';

const NOTHING: Context & FittedContext = { history: [], items: [], trimmed: false, tokens: 0 };

@Injectable()
export class CompletionSettings {
  private readonly logger = new Logger(CompletionSettings.name);

  constructor(
    private readonly config: CompletionsConfig,
    private readonly catalogue: ModelCatalogue,
    private readonly models: LiveModels,
    private readonly threads: ThreadStore,
    private readonly transcripts: TranscriptStore,
    private readonly earlier: EarlierTurns,
    private readonly scripts: AttemptScripts,
  ) {}

  async find(attempt: Attempt, asked: RunRequest): Promise<RunSetting> {
    const { run } = attempt;
    const thread = asked.in_thread ? await this.thread(run) : undefined;
    const shaped = shapeCompletion(asked, this.config, run.deadline, Date.now());
    const request = {
      ...shaped,
      model: this.models.of(shaped.model),
      safety_identifier: digest(`${run.tenant}\0${run.user ?? run.channel}`),
      ...(thread && { prompt_cache_key: thread.id }),
    };
    const conversation = new Conversation(
      () => this.past(attempt, asked, request, thread),
      toUserItem(asked.images ? `${run.message}\n[${asked.images.length} images]` : run.message),
      toUserItem(run.message, asked.images),
    );
    return { request, conversation, ...(thread && { thread }) };
  }

  private async thread(run: ClaimedRun): Promise<Thread> {
    const thread = await this.threads.open({ tenant: run.tenant, channel: run.channel });
    if (run.thread_id !== thread.id) await this.scripts.bind(run, { thread: thread.id });
    return thread;
  }

  /** The thread's newest turns, then what the asker brought along. */
  private async past(
    attempt: Attempt,
    { context = [], images = [], system_prompt = '' }: RunRequest,
    shaped: ShapedCompletion,
    thread: Thread | undefined,
  ): Promise<Context> {
    const history = thread
      ? await this.earlier.of(attempt, thread, () => this.transcripts.context(thread))
      : NOTHING;
    const { items, trimmed, tokens, turns: _turns, ...kept } = history;
    if (context.length === 0 && items.length === 0) return { ...kept, history: [] };
    const words = await countTokens(`${system_prompt}\n${attempt.run.message}`);
    const room = roomForContext(this.catalogue, shaped, { message: words, images: images.length });
    const brought = await fitContext(context, Math.max(0, room - tokens));
    if (trimmed || brought.trimmed)
      this.logger.log({ trimmed: true }, 'the context was trimmed to the window');
    return { ...kept, history: [...items, ...brought.items] };
  }
}
