// The course of an attempt: setting, what earlier attempts left, rounds of the model and its tools, the end;
// and what follows a failure. It writes only through the attempt's pen and RunEnd, and knows no subscribers.
import { Injectable } from '@nestjs/common';
import { userKey, userName, type Usage } from '#contracts';
import type { Thread } from '#threads';
import type { Attempt } from '../worker/attempt.js';
import { AttemptStart } from './attempt-start.js';
import { BilledRound } from './billed-round.js';
import { CompletionCall, type Answer } from './completion-call.js';
import type { Conversation } from './conversation.js';
import { FailurePolicy } from './failure-policy.js';
import { ModelRound } from './model-round.js';
import { RunEnd, type Ending } from './run-end.js';
import { RunSettings } from './run-setting.js';
import type { RunSetting } from './setting.js';
import { ToolRounds } from './tool-rounds.js';
import { addUsage, NO_USAGE } from './usage.js';

/** What the worker does with the channel after an attempt. */
export type Verdict =
  | { next: 'done' }
  /** Another worker has the channel, or will take it when the lease runs out. */
  | { next: 'lost' }
  | { next: 'release'; delayMs: number; burn: 0 | 1; reason: string; refused?: 1; quiet?: true };

@Injectable()
export class RunEngine {
  constructor(
    private readonly settings: RunSettings,
    private readonly start: AttemptStart,
    private readonly rounds: ModelRound,
    private readonly completions: CompletionCall,
    private readonly billed: BilledRound,
    private readonly tools: ToolRounds,
    private readonly end: RunEnd,
    private readonly failures: FailurePolicy,
  ) {}

  /** Never throws: whatever happens becomes a verdict. */
  async execute(attempt: Attempt, maxDeaths: number): Promise<Verdict> {
    let thread: Thread | undefined;
    try {
      if (attempt.run.deaths >= maxDeaths)
        return await this.finish(attempt, thread, {
          status: 'failed',
          code: 'worker_crash_loop',
          detail: `${attempt.run.deaths} workers died`,
        });
      attempt.signal.throwIfAborted();
      const setting = await this.settings.find(attempt);
      thread = setting.thread;
      attempt.assistant = setting.assistant;
      const { conversation } = setting;
      const { pending, recovered } = await this.start.begin(attempt, setting);
      if (pending.length > 0) await this.tools.answer(attempt, conversation, pending);

      let usage: Usage = NO_USAGE;
      let outcome = recovered ?? (await this.ask(attempt, setting));
      for (;;) {
        usage = addUsage(usage, outcome.usage);
        if (outcome.tool_calls.length === 0) break;
        await this.tools.perform(attempt, conversation, outcome);
        outcome = await this.ask(attempt, setting);
      }
      conversation.add(outcome.items);
      return await this.finish(attempt, thread, this.completion(attempt, conversation, outcome, usage));
    } catch (error) {
      return this.afterFailure(attempt, thread, error);
    }
  }

  private async ask(attempt: Attempt, { request, conversation }: RunSetting): Promise<Answer> {
    attempt.signal.throwIfAborted();
    const whole = { ...request, ...(await conversation.input()) };
    return attempt.run.request ? this.completions.ask(attempt, whole) : this.billed.counted(attempt, whole);
  }

  private completion(attempt: Attempt, conversation: Conversation, outcome: Answer, usage: Usage): Ending {
    if (outcome.refusal && attempt.text === '')
      return {
        status: 'failed',
        code: 'content_refused',
        detail: 'refused by the model',
        model: outcome.model,
        usage,
      };
    const { run_id, message_id, tenant, user } = attempt.run;
    const by = userKey(tenant, userName(user));
    const turn = {
      run_id,
      message_id,
      at: Date.now(),
      ...(by !== '' && { by }),
      input: [conversation.user],
      output: conversation.added,
    };
    const incomplete = outcome.status === 'incomplete' ? (outcome.incomplete_reason ?? 'unknown') : undefined;
    return {
      status: 'completed',
      turn,
      usage,
      model: outcome.model,
      ...(incomplete !== undefined && { incomplete }),
      ...(outcome.cached && { cached: true }),
    };
  }

  private async afterFailure(attempt: Attempt, thread: Thread | undefined, error: unknown): Promise<Verdict> {
    try {
      switch (attempt.stopped) {
        case 'lost':
          return { next: 'lost' };
        case 'handover':
          await attempt.writer.flushed();
          return { next: 'release', delayMs: 0, burn: 0, reason: 'handover' };
        case 'cancelled':
          await this.rounds.abandon(attempt);
          return await this.finish(attempt, thread, { status: 'cancelled' });
        case 'timeout':
          await this.rounds.abandon(attempt);
          return await this.finish(attempt, thread, {
            status: 'failed',
            code: 'run_timeout',
            detail: 'overall limit',
          });
        case 'deadline':
          await this.rounds.abandon(attempt);
          return await this.finish(attempt, thread, {
            status: 'failed',
            code: 'deadline_exceeded',
            detail: "the asker's own limit",
          });
        case undefined:
          break;
        default:
          return attempt.stopped satisfies never;
      }
      const failure = this.failures.judge(attempt, error);
      if (failure.next !== 'fail') {
        if (failure.next === 'release') await attempt.writer.flushed();
        return failure;
      }
      return await this.finish(attempt, thread, {
        status: 'failed',
        code: failure.code,
        detail: failure.detail,
      });
    } catch {
      // The end or the hand-over could not be written: the lease runs out and another worker goes on from the log.
      return { next: 'lost' };
    }
  }

  private async finish(attempt: Attempt, thread: Thread | undefined, ending: Ending): Promise<Verdict> {
    return { next: (await this.end.write(attempt, thread, ending)) ? 'done' : 'lost' };
  }
}
