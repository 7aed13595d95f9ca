// Run record → its public form. Times become ISO 8601, operators' details stay inside.
import type { RunEnded } from '#contracts';
import type { RunRecord } from '#runs';
import type { RunResultView, RunView } from './run.views.js';

const iso = (ms: number): string => new Date(ms).toISOString();

export function toRunView(run: RunRecord): RunView {
  return {
    run_id: run.run_id,
    channel: run.channel,
    message_id: run.message_id,
    status: run.status,
    attempt: run.attempt,
    source: run.source,
    created_at: iso(run.created_at),
    ...(run.started_at !== undefined && { started_at: iso(run.started_at) }),
    ...(run.finished_at !== undefined && { finished_at: iso(run.finished_at) }),
    ...(run.thread_id !== undefined && { thread_id: run.thread_id }),
    ...(run.assistant_id !== undefined && { assistant_id: run.assistant_id }),
    ...(run.assistant_version !== undefined && { assistant_version: run.assistant_version }),
    ...(run.result && { result: toRunResult(run.result) }),
  };
}

export function toRunResult(end: RunEnded): RunResultView {
  switch (end.type) {
    case 'run.completed':
      return {
        text: end.text,
        ...(end.incomplete !== undefined && { incomplete: end.incomplete }),
        ...(end.usage && { usage: end.usage }),
      };
    case 'run.failed':
    case 'run.cancelled':
      return { error: { code: end.code, message: end.error } };
    default:
      return end satisfies never;
  }
}
