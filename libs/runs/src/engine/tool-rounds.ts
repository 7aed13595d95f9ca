// A round of the model that ended in tool calls: kept for good, then every call is made or answered from the
// journal, all at once.
import { Injectable } from '@nestjs/common';
import { RunsConfig } from '#config';
import { ParleyError } from '#contracts';
import type { ModelOutcome, ModelToolCall } from '#openai';
import type { Attempt } from '../worker/attempt.js';
import type { Conversation } from './conversation.js';
import { AttemptScripts } from '../scripts/attempt-scripts.js';
import { ToolJournal } from './tool-journal.js';

@Injectable()
export class ToolRounds {
  constructor(
    private readonly scripts: AttemptScripts,
    private readonly journal: ToolJournal,
    private readonly config: RunsConfig,
  ) {}

  /** @throws ParleyError `tool_rounds_exceeded`, `state_unavailable` */
  async perform(attempt: Attempt, conversation: Conversation, outcome: ModelOutcome): Promise<void> {
    if (attempt.round >= this.config.toolRounds)
      throw new ParleyError('tool_rounds_exceeded', `unable to go on; ${attempt.round} rounds of tool calls`);
    // What the next round says is a paragraph of its own.
    if (attempt.text !== '' && !attempt.text.endsWith('\n\n')) attempt.speak('\n\n', outcome.sequence_number);
    await attempt.writer.flushed();
    const { held, textLength } = attempt.writer;
    const kept = await this.scripts.endRound(held, attempt.round, textLength, [
      JSON.stringify(outcome.items),
    ]);
    if (!kept) throw new ParleyError('state_unavailable', 'unable to end the round; the lease is lost');
    attempt.round++;
    conversation.add(outcome.items);
    await this.answer(attempt, conversation, outcome.tool_calls);
  }

  async answer(attempt: Attempt, conversation: Conversation, calls: readonly ModelToolCall[]): Promise<void> {
    // The journal writes its own events: what this attempt has said so far must be in the log before them.
    await attempt.writer.flushed();
    const outputs = await Promise.all(calls.map((call) => this.journal.call(attempt, call)));
    calls.forEach((call, i) => conversation.answer(call.call_id, outputs[i]!));
  }
}
