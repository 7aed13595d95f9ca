// Where an attempt begins: at the very start, or in the middle of what an earlier worker left behind.
import { Injectable } from '@nestjs/common';
import { Metrics } from '#telemetry';
import type { ModelOutcome, ModelToolCall } from '#openai';
import type { Attempt } from '../worker/attempt.js';
import { BilledRound } from './billed-round.js';
import { ModelRound } from './model-round.js';
import { AttemptScripts } from '../scripts/attempt-scripts.js';
import type { RunSetting } from './setting.js';
import { RunText } from './run-text.js';

export interface Beginning {
  /** Calls of the last finished round that nobody has answered yet. */
  pending: ModelToolCall[];
  /** The end of the round that was under way, found again at the provider. */
  recovered?: ModelOutcome;
}

@Injectable()
export class AttemptStart {
  constructor(
    private readonly scripts: AttemptScripts,
    private readonly texts: RunText,
    private readonly rounds: ModelRound,
    private readonly billed: BilledRound,
    private readonly metrics: Metrics,
  ) {}

  /** @throws UpstreamError when the provider's response cannot be taken up again just now */
  async begin(attempt: Attempt, setting: RunSetting): Promise<Beginning> {
    const { run, writer } = attempt;
    const { conversation } = setting;
    if (run.start_offset === undefined) {
      const { thread, assistant } = setting;
      writer.say({
        type: 'run.started',
        thread_id: thread?.id ?? null,
        assistant_id: assistant?.id ?? null,
      });
      return { pending: [] };
    }
    attempt.text = await this.texts.read(run);
    const { rounds, journal } = await this.scripts.history(run);
    const pending = conversation.restore(rounds, journal);
    if (run.response) {
      const said = attempt.text.slice(run.keep);
      const recovered = await this.rounds.recover(attempt, said, setting.request.model);
      if (recovered) {
        void this.billed.brought(attempt, recovered);
        const conversation_id = setting.thread?.conversation_id;
        if (conversation_id !== undefined) conversation.goesOnIn(conversation_id);
        return { pending, recovered };
      }
    }
    this.supersede(attempt);
    return { pending };
  }

  /** The text of the round that was cut off is void; finished rounds stand. */
  private supersede(attempt: Attempt): void {
    const { run, writer } = attempt;
    const kept = attempt.text.slice(0, run.keep);
    const changed = attempt.text.length !== kept.length || run.text_length !== kept.length;
    writer.say(changed ? { type: 'run.reset', keep: kept.length } : { type: 'run.resumed' });
    attempt.text = kept;
    this.metrics.takeovers.inc({ how: changed ? 'supersede' : 'handover' });
  }
}
