// Tool calls with their memory: noted before they start and when they are done, so that a finished call is
// never made again and a cut-off one only if the tool says that this is harmless.
import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ParleyError } from '#contracts';
import type { ModelToolCall } from '#openai';
import { Metrics, inSpan } from '#telemetry';
import type { Attempt } from '../worker/attempt.js';
import { AttemptScripts } from '../scripts/attempt-scripts.js';
import { ToolRegistry, ToolRunner } from '../tools/index.js';

/** What the journal holds of one call. */
export interface JournalEntry {
  state: 'started' | 'done';
  /** Of the worker that started it. */
  token: string;
  name: string;
  args_hash: string;
  ok?: boolean;
  output?: string;
}

const OUTCOME_UNKNOWN =
  'The call was started, but whether it took effect is unknown, because the process that made it ended. It was not repeated.';

@Injectable()
export class ToolJournal {
  constructor(
    private readonly scripts: AttemptScripts,
    private readonly registry: ToolRegistry,
    private readonly runner: ToolRunner,
    private readonly metrics: Metrics,
  ) {}

  /**
   * Makes the call, or answers from the journal.
   * @returns what the model gets to read
   * @throws ParleyError `state_unavailable` when the lease is lost
   */
  async call(attempt: Attempt, call: ModelToolCall): Promise<string> {
    const { held } = attempt.writer;
    const entry: JournalEntry = {
      state: 'started',
      token: held.token,
      name: call.name,
      args_hash: createHash('sha256').update(call.arguments).digest('base64url').slice(0, 22),
    };
    const about = { call_id: call.call_id, name: call.name };
    const started = attempt.writer.toJson({ type: 'tool.started', ...about });
    const json = JSON.stringify(entry);
    const standing = await this.scripts.startTool(held, call.call_id, json, started);
    if (standing === undefined) throw lost();
    const known = standing === json ? undefined : (JSON.parse(standing) as JournalEntry);
    if (known?.state === 'done') return known.output ?? '';

    const repeatable = this.registry.get(call.name)?.idempotent === true;
    const result =
      known && !repeatable ? { ok: false, output: OUTCOME_UNKNOWN } : await this.perform(attempt, call);
    if (attempt.stopped) throw lost();
    this.metrics.toolCalls.inc({
      tool: this.registry.get(call.name) ? call.name : 'unknown',
      outcome: result.ok ? 'ok' : 'error',
    });
    const finished = attempt.writer.toJson({ type: 'tool.finished', ...about, ok: result.ok });
    const done = JSON.stringify({ ...entry, state: 'done', ...result } satisfies JournalEntry);
    if (!(await this.scripts.endTool(held, call.call_id, done, finished))) throw lost();
    return result.output;
  }

  private perform(attempt: Attempt, call: ModelToolCall): Promise<{ ok: boolean; output: string }> {
    const { run_id, channel } = attempt.run;
    return inSpan(`execute_tool ${call.name}`, { attributes: { 'gen_ai.tool.name': call.name } }, () =>
      this.runner.run(call, {
        signal: attempt.signal,
        idempotency_key: `${run_id}:${call.call_id}`,
        run_id,
        channel,
      }),
    );
  }
}

const lost = (): ParleyError =>
  new ParleyError('state_unavailable', 'unable to call the tool; the run was taken from this worker');
