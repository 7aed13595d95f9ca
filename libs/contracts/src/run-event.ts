// The events of a channel's log: what happened to its runs, in order. This is the one truth that delivery
// renders for subscribers. `at` is UTC milliseconds. Unknown types must be ignored by readers.
import type { ErrorCode } from './error.js';
import type { TerminalStatus } from './run-status.js';

interface Of<T extends string> {
  type: T;
  run_id: string;
  message_id: string;
  /** Counts the workers' tries of this run from 1; 0 before the first. */
  attempt: number;
}

interface Timed {
  at: number;
}

interface Worked {
  /** From its acceptance to its end. */
  took_ms?: number;
}

/** Accepted and durable; waits for its turn in the channel. */
export type RunQueued = Of<'run.queued'> & Timed;
/** The first worker took it up. Once per run. */
export type RunStarted = Of<'run.started'> &
  Timed & {
    /** Null for a request that stands alone. */
    thread_id: string | null;
    /** Null where a model answers without an assistant. */
    assistant_id: string | null;
  };
/** Another worker goes on after the same text. */
export type RunResumed = Of<'run.resumed'> & Timed;
/** A new attempt supersedes: of the text so far only the first `keep` UTF-16 units stand. */
export type RunReset = Of<'run.reset'> & Timed & { keep: number };
export type ToolStarted = Of<'tool.started'> & Timed & { call_id: string; name: string };
export type ToolFinished = Of<'tool.finished'> & Timed & { call_id: string; name: string; ok: boolean };
/** The next piece of the answer. */
export type OutputTextDelta = Of<'output_text.delta'> & { delta: string };
export type RunCompleted = Of<'run.completed'> &
  Timed &
  Worked & {
    thread_id: string | null;
    text: string;
    usage?: Usage;
    /** Why the answer stops early, in the provider's words; `budget` when ours was used up. */
    incomplete?: string;
    /** The model that answered, as the provider names it. */
    model?: string;
    /** An equal request had been answered before: nothing was asked, and `usage` was not billed again. */
    cached?: true;
  };
export type RunFailed = Of<'run.failed'> &
  Timed &
  Worked & {
    thread_id: string | null;
    code: ErrorCode;
    error: string;
    /** Of a model that answered by refusing, and what that cost. */
    model?: string;
    usage?: Usage;
  };
export type RunCancelled = Of<'run.cancelled'> &
  Timed & { thread_id: string | null; code: 'run_cancelled'; error: string };

export type RunEnded = RunCompleted | RunFailed | RunCancelled;
export type RunEvent =
  RunQueued | RunStarted | RunResumed | RunReset | ToolStarted | ToolFinished | OutputTextDelta | RunEnded;

/** Tokens as the provider billed them. */
export interface Usage {
  input_tokens: number;
  output_tokens: number;
  total_tokens: number;
  cached_tokens?: number;
  reasoning_tokens?: number;
}

const ENDS = { 'run.completed': 'completed', 'run.failed': 'failed', 'run.cancelled': 'cancelled' } as const;

export function isRunEnded(event: RunEvent): event is RunEnded {
  return event.type in ENDS;
}

export function terminalStatus(event: RunEnded): TerminalStatus {
  return ENDS[event.type];
}
