// Finds what a run works with. A message to an assistant: its channel's thread, the assistant that it is pinned to, a model
// that is alive, and the past that the model must see. A one-shot request says most of that itself.
import { Injectable, Logger } from '@nestjs/common';
import { AssistantSource, type AssistantSnapshot } from '#assistants';
import { digest } from '#contracts';
import { toUserItem } from '#completions';
import { ThreadStore, TranscriptStore, type Thread } from '#threads';
import type { ClaimedRun } from '../run/run-record.js';
import type { Attempt } from '../worker/attempt.js';
import { AttemptScripts } from '../scripts/attempt-scripts.js';
import { CompletionSettings } from './completion-setting.js';
import type { RunSetting } from './setting.js';
import { Conversation } from './conversation.js';
import { Masking } from './masking.js';
import { LiveModels } from './live-models.js';
import { ToolRegistry } from '../tools/index.js';

@Injectable()
export class RunSettings {
  private readonly logger = new Logger(RunSettings.name);
  private readonly warned = new Set<string>();

  constructor(
    private readonly threads: ThreadStore,
    private readonly transcripts: TranscriptStore,
    private readonly assistants: AssistantSource,
    private readonly models: LiveModels,
    private readonly tools: ToolRegistry,
    private readonly scripts: AttemptScripts,
    private readonly completions: CompletionSettings,
    private readonly masking: Masking,
  ) {}

  find(attempt: Attempt): Promise<RunSetting> {
    const { run } = attempt;
    return run.request ? this.completions.find(attempt, run.request) : this.ofAssistant(run);
  }

  /** Pins the run to its thread and assistant the first time. */
  private async ofAssistant(run: ClaimedRun): Promise<RunSetting> {
    const ref = { tenant: run.tenant, channel: run.channel };
    const asker = { ref, run_id: run.run_id };
    const [thread, assistant] = await Promise.all([
      this.threads.open(ref),
      run.assistant_id === undefined
        ? this.assistants.current(asker)
        : this.assistants.resolve(run.assistant_id, run.assistant_version, asker),
    ]);
    const { id, version } = assistant;
    if (run.thread_id !== thread.id || run.assistant_id !== id || run.assistant_version !== version)
      await this.scripts.bind(run, {
        thread: thread.id,
        assistant: id,
        assistant_version: String(version),
      });
    this.warnOfMissing(assistant);
    const conversation = new Conversation(() => this.transcripts.context(thread), toUserItem(run.message));
    return { thread, assistant, request: this.request(run, thread, assistant), conversation };
  }

  private request(run: ClaimedRun, thread: Thread, assistant: AssistantSnapshot): RunSetting['request'] {
    return {
      model: this.models.of(assistant.model),
      instructions: assistant.instructions,
      tools: [...this.tools.definitions(assistant.tools), ...assistant.hosted_tools],
      parallel_tool_calls: true,
      prompt_cache_key: thread.id,
      safety_identifier: digest(`${run.tenant}\0${run.channel}`),
      ...(assistant.temperature !== undefined && { temperature: assistant.temperature }),
      ...(assistant.top_p !== undefined && { top_p: assistant.top_p }),
      ...(assistant.text !== undefined && { text: assistant.text }),
      ...(assistant.max_output_tokens !== undefined && { max_output_tokens: assistant.max_output_tokens }),
      ...(assistant.resume === 'background' && !this.masking.isReversible && { background: true }),
    };
  }

  private warnOfMissing({ id, version, without = [] }: AssistantSnapshot): void {
    const key = `${id}@${version}`;
    if (without.length === 0 || this.warned.has(key)) return;
    this.warned.add(key);
    this.logger.warn({ assistant_id: id }, `left out without a vector store: ${without.join(', ')}`);
  }
}
