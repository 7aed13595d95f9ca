// What a one-shot request works with: the model and the bounds that it asked for, and of the past as much as its
// model's window holds.
import { Injectable, Logger } from '@nestjs/common';
import {
  countTokens,
  fitContext,
  newestTurns,
  roomForContext,
  shapeCompletion,
  toUserItem,
  type ShapedCompletion,
} from '#completions';
import { CompletionsConfig } from '#config';
import { digest, type RunRequest } from '#contracts';
import { ModelCatalogue } from '#openai';
import { ThreadStore, TranscriptStore, type Context, type Thread } from '#threads';
import type { ClaimedRun } from '../run/run-record.js';
import { AttemptScripts } from '../scripts/attempt-scripts.js';
import { Conversation } from './conversation.js';
import { LiveModels } from './live-models.js';
import type { RunSetting } from './run-setting.js';

@Injectable()
export class CompletionSettings {
  private readonly logger = new Logger(CompletionSettings.name);

  constructor(
    private readonly config: CompletionsConfig,
    private readonly catalogue: ModelCatalogue,
    private readonly models: LiveModels,
    private readonly threads: ThreadStore,
    private readonly transcripts: TranscriptStore,
    private readonly scripts: AttemptScripts,
  ) {}

  async find(run: ClaimedRun, asked: RunRequest): Promise<RunSetting> {
    const thread = asked.in_thread ? await this.thread(run) : undefined;
    const shaped = shapeCompletion(asked, this.config, run.deadline, Date.now());
    const request = {
      ...shaped,
      model: this.models.of(shaped.model),
      safety_identifier: digest(`${run.tenant}\0${run.user ?? run.channel}`),
      ...(thread && { prompt_cache_key: thread.id }),
    };
    const conversation = new Conversation(
      () => this.past(run.message, asked, request, thread),
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
    message: string,
    { context = [], images = [], system_prompt = '' }: RunRequest,
    shaped: ShapedCompletion,
    thread: Thread | undefined,
  ): Promise<Context> {
    const kept: Context = thread ? await this.transcripts.context(thread) : { history: [] };
    if (context.length === 0 && kept.history.length === 0) return kept;
    const { conversationTurns: turns, conversationTokens: tokens } = this.config;
    const history = await newestTurns(kept.history, { turns, tokens });
    const words = await countTokens(`${system_prompt}\n${message}`);
    const room = roomForContext(this.catalogue, shaped, { message: words, images: images.length });
    const brought = await fitContext(context, Math.max(0, room - history.tokens));
    if (history.trimmed || brought.trimmed)
      this.logger.log({ trimmed: true }, 'the context was trimmed to the window');
    return { ...kept, history: [...history.items, ...brought.items] };
  }
}
