// How a run ends: the terminal event and everything that goes with it, in one step.
import { Injectable, Logger } from '@nestjs/common';
import { AssistantSource } from '#assistants';
import { ERRORS, type ErrorCode, type RunEnded, type Usage } from '#contracts';
import { Metrics } from '#telemetry';
import { TranscriptStore, type Thread, type Turn } from '#threads';
import { OwnWork } from '../own-work.js';
import type { Attempt } from '../worker/attempt.js';
import type { DeadLetter } from '../dead-letters/dead-letter.js';
import { AttemptScripts } from '../scripts/attempt-scripts.js';
import type { Said } from '../worker/run-writer.js';

export type Ending =
  | { status: 'completed'; turn: Turn; usage: Usage; model: string; incomplete?: string; cached?: true }
  | { status: 'failed'; code: ErrorCode; detail: string; model?: string; usage?: Usage }
  | { status: 'cancelled' };

/** Ends that the sender brought about need no operator. */
const NOT_DEAD: ReadonlySet<ErrorCode> = new Set([
  'content_refused',
  'context_too_long',
  'run_timeout',
  'deadline_exceeded',
  'token_limit_reached',
  'budget_exhausted',
]);

/** Failures that tell something of the assistant; the others would have met any. */
const BLAMED: ReadonlySet<string> = new Set<ErrorCode>([
  'upstream_rejected',
  'upstream_not_found',
  'content_refused',
  'context_too_long',
  'tool_rounds_exceeded',
  'run_timeout',
]);

@Injectable()
export class RunEnd {
  private readonly logger = new Logger(RunEnd.name);

  constructor(
    private readonly scripts: AttemptScripts,
    private readonly transcripts: TranscriptStore,
    private readonly metrics: Metrics,
    private readonly assistants: AssistantSource,
    private readonly own: OwnWork,
  ) {}

  /**
   * Writes what is left to say and the end. A cancel request that came first turns a completion into a
   * cancellation. @returns false when the lease was lost and another worker will end the run
   */
  async write(attempt: Attempt, thread: Thread | undefined, ending: Ending): Promise<boolean> {
    const rest = await attempt.writer.end();
    const json = attempt.writer.toJson(this.event(attempt, thread, ending));
    const event = JSON.parse(json) as RunEnded;
    const reply = await this.scripts.finish({
      ...attempt.writer.held,
      ref: attempt.ref,
      seen_to: this.own.ending(this.scripts.shard(attempt.writer.held.chk).index),
      status: ending.status,
      events: [...rest, json],
      result: json,
      dead: ending.status === 'failed' && !NOT_DEAD.has(ending.code) ? this.deadLetter(attempt, ending) : '',
      thread_id: thread?.id ?? '',
      rows: ending.status === 'completed' && thread ? this.transcripts.rows(thread, ending.turn) : [],
      ...(ending.status === 'completed' && { usage: ending.usage }),
    });
    if (reply.outcome === 'cancelled') return this.write(attempt, thread, { status: 'cancelled' });
    if (reply.outcome === 'fenced') return false;
    this.report(attempt, event, reply.turns);
    await this.judge(attempt, event);
    return true;
  }

  private event(attempt: Attempt, thread: Thread | undefined, ending: Ending): Said<RunEnded> {
    switch (ending.status) {
      case 'completed':
        return {
          type: 'run.completed',
          thread_id: thread?.id ?? null,
          text: attempt.text,
          usage: ending.usage,
          model: ending.model,
          took_ms: Date.now() - attempt.run.created,
          ...(ending.incomplete !== undefined && { incomplete: ending.incomplete }),
          ...(ending.cached && { cached: true as const }),
        };
      case 'failed':
        return {
          type: 'run.failed',
          thread_id: thread?.id ?? null,
          code: ending.code,
          error: ERRORS[ending.code].text,
          ...(ending.model !== undefined && { model: ending.model }),
          ...(ending.usage !== undefined && { usage: ending.usage }),
          took_ms: Date.now() - attempt.run.created,
        };
      case 'cancelled':
        return {
          type: 'run.cancelled',
          thread_id: thread?.id ?? null,
          code: 'run_cancelled',
          error: ERRORS.run_cancelled.text,
        };
      default:
        return ending satisfies never;
    }
  }

  private deadLetter({ run }: Attempt, { code, detail }: { code: ErrorCode; detail: string }): string {
    const { run_id, tenant, channel, message_id, message, user, request, source, attempt, generation } = run;
    const letter: Omit<DeadLetter, 'id' | 'replies'> = {
      run_id,
      tenant,
      channel,
      message_id,
      message,
      ...(user !== undefined && { user }),
      ...(request && { request }),
      generation,
      source,
      reason: code,
      detail,
      attempts: attempt,
      at: Date.now(),
    };
    this.metrics.deadLetters.inc({ reason: code });
    return JSON.stringify(letter);
  }

  private async judge({ run, assistant }: Attempt, event: RunEnded): Promise<void> {
    const failed = event.type === 'run.failed' && BLAMED.has(event.code);
    if (assistant?.on_trial !== true || (event.type !== 'run.completed' && !failed)) return;
    const { tenant, run_id } = run;
    const { id: assistant_id, version, model } = assistant;
    const usage = event.type === 'run.completed' && event.usage;
    await this.assistants.ended({
      tenant,
      run_id,
      assistant_id,
      version,
      failed,
      model,
      ...(usage && { usage }),
    });
  }

  private report({ run, ...attempt }: Attempt, event: RunEnded, turns: number | undefined): void {
    const outcome = event.type.slice('run.'.length);
    const code = event.type === 'run.completed' ? 'none' : event.code;
    this.metrics.runsEnded.inc({ outcome, code });
    this.metrics.runDuration.observe({ outcome }, (event.at - run.created) / 1000);
    this.metrics.requestKinds.inc({ kind: run.request?.images ? 'vision' : 'text', source: run.source });
    if (turns !== undefined) this.metrics.turns.observe(turns);
    this.logger.log({ outcome, code, attempt: run.attempt, round: attempt.round }, 'run ended');
  }
}
