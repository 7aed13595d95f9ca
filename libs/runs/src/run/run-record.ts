// A run as Redis holds it and as the outside may see it.
import type { MessageSource, RunEnded, RunRequest, RunStatus } from '#contracts';
import { parseProgress } from './progress.js';

/** What doors and the command line show of a run. */
export interface RunRecord {
  run_id: string;
  tenant: string;
  channel: string;
  message_id: string;
  status: RunStatus;
  /** How often a worker took it up. */
  attempt: number;
  source: MessageSource;
  /** UTC ms, as the next two. */
  created_at: number;
  started_at?: number;
  finished_at?: number;
  thread_id?: string;
  assistant_id?: string;
  assistant_version?: number;
  /** Offset of `run.started` in the channel's log. */
  start_offset?: number;
  result?: RunEnded;
}

/** A run in the hands of a worker: everything an attempt needs to begin or to go on. */
export interface ClaimedRun {
  chk: string;
  token: string;
  run_id: string;
  tenant: string;
  channel: string;
  message_id: string;
  message: string;
  /** UTF-8 bytes of the message and the request. */
  bytes: number;
  source: MessageSource;
  attempt: number;
  /** Failures that counted against MAX_RETRIES. */
  burn: number;
  /** Times that the provider took this very run's request for too much, or its account for closed. */
  refused: number;
  /** Workers that died on it. */
  deaths: number;
  created: number;
  started: number;
  cancelled: boolean;
  /** The writer's progress as it stands in Redis, for the guard of APPEND. */
  progress: string;
  /** Finished rounds of the model. */
  round: number;
  /** UTF-16 units of text in the log that stand. */
  text_length: number;
  /** Of those, how many belong to finished rounds. */
  keep: number;
  /** Counts replays of the same message. */
  generation: number;
  /** ms that earlier attempts have worked on it. */
  worked: number;
  thread_id: string | undefined;
  assistant_id: string | undefined;
  assistant_version: number | undefined;
  start_offset: number | undefined;
  /** The provider's response that was under way, and how far it was read. */
  response: { id: string; sequence: number; at: number } | undefined;
  /** Whose it is, as the asker calls them. */
  user: string | undefined;
  /** Present for a one-shot request. */
  request: RunRequest | undefined;
  /** UTC ms after which nobody needs the answer any more. */
  deadline: number | undefined;
  /** It was handed to the batches. */
  batched: boolean;
  /** Since when it does not wait for a batch any more, UTC ms. */
  direct_since: number | undefined;
  traceparent: string | undefined;
  request_id: string | undefined;
}

/** Names a run in a worker's hands for every guarded step. */
export type Held = Pick<ClaimedRun, 'chk' | 'token' | 'run_id'>;

export type RunFields = Record<string, string>;

const number = (text: string | undefined): number => Number(text ?? 0);

export function toRunRecord(run_id: string, f: RunFields): RunRecord {
  return {
    run_id,
    tenant: f['tenant']!,
    channel: f['channel']!,
    message_id: f['mid']!,
    status: f['state'] as RunStatus,
    attempt: number(f['attempt']),
    source: f['src'] as MessageSource,
    created_at: number(f['created']),
    ...(f['started'] && { started_at: number(f['started']) }),
    ...(f['finished'] && { finished_at: number(f['finished']) }),
    ...(f['thread'] && { thread_id: f['thread'] }),
    ...(f['assistant'] && { assistant_id: f['assistant'] }),
    ...(f['assistant_version'] && { assistant_version: number(f['assistant_version']) }),
    ...(f['start_off'] && { start_offset: number(f['start_off']) }),
    ...(f['result'] && { result: JSON.parse(f['result']) as RunEnded }),
  };
}

export function toClaimedRun(
  chk: string,
  token: string,
  run_id: string,
  f: RunFields,
  progress: string,
): ClaimedRun {
  const { sequence, text_length } = parseProgress(progress);
  return {
    chk,
    token,
    run_id,
    tenant: f['tenant']!,
    channel: f['channel']!,
    message_id: f['mid']!,
    message: f['body'] ?? '',
    bytes: number(f['bytes']),
    source: f['src'] as MessageSource,
    attempt: number(f['attempt']),
    burn: number(f['burn']),
    refused: number(f['refused']),
    deaths: number(f['deaths']),
    created: number(f['created']),
    started: number(f['started']),
    cancelled: f['cancel'] !== undefined,
    progress,
    round: number(f['round']),
    text_length,
    keep: number(f['keep']),
    generation: number(f['gen']),
    worked: number(f['worked']),
    thread_id: f['thread'],
    assistant_id: f['assistant'],
    assistant_version: f['assistant_version'] ? number(f['assistant_version']) : undefined,
    start_offset: f['start_off'] ? number(f['start_off']) : undefined,
    response: f['resp_id'] ? { id: f['resp_id'], sequence, at: number(f['resp_at']) } : undefined,
    user: f['usr'],
    request: f['req'] ? (JSON.parse(f['req']) as RunRequest) : undefined,
    deadline: f['until'] ? number(f['until']) : undefined,
    batched: f['batched'] !== undefined,
    direct_since: f['direct'] ? number(f['direct']) : undefined,
    traceparent: f['tp'],
    request_id: f['rq'],
  };
}
