// Every background job of the system: its queue, payload, options and schedule, in one place. Payloads carry ids
// only; the truth is in Redis' own structures, a job is a doorbell or a broom.
import type { JobsOptions, RepeatOptions } from 'bullmq';

/** Payload of each job by its name. */
export interface JobPayloads {
  /** A waiting channel's retry is due: makes it claimable at that moment. A lost one is made up for by the sweep. */
  'run-retry': { run_id: string; chk: string; shard: number };
  /** Deletes what a provider keeps of threads that nobody used for the expiry time. */
  'expired-threads': Record<string, never>;
  /** Removes dead letters that nobody looked after for `DEAD_LETTER_SECONDS`. */
  'expired-dead-letters': Record<string, never>;
  /** Refreshes what the assistant manager looks after, where the interval has passed. */
  'assistant-refresh': Record<string, never>;
  /** Settles reservations that nobody came back for, and removes old rows of the usage ledger. */
  'usage-upkeep': Record<string, never>;
  /** Sends requests that wait for a batch, where they have waited for long enough. */
  'batch-collect': Record<string, never>;
  /** Asks how far batches are, and brings their results back. */
  'batch-poll': Record<string, never>;
  /** Shortens the lists of what is kept of people by what is not kept any more. */
  'owners-upkeep': Record<string, never>;
  /** Erases what is kept of a user or a channel; the id names the erasure, the subject is not in the job. */
  erasure: { id: string };
  /** Looks once how far a vector store is with a vCon; `look` counts, and a lost one is made up for by the upkeep. */
  'vcon-index': { tenant: string; profile: string; uuid: string; look: number };
  /** Takes up saves that were cut off and removals that are not done. */
  'vcon-upkeep': Record<string, never>;
  /** Puts files into vector stores that are being made, and takes up removals that are not done. */
  'stores-upkeep': Record<string, never>;
  /** Removes vector stores that were not used for their time. */
  'expired-stores': Record<string, never>;
  /** Takes up removals of files that are not done, and uploads that were cut off. */
  'files-upkeep': Record<string, never>;
  /** Looks for files without a vCon and vCons without their files. */
  'vcon-sweep': Record<string, never>;
  /** Writes a recording down. */
  transcription: { id: string };
  /** Makes a plan, changes or judges one. */
  plan: { id: string };
  /** Rings again for documents that nobody is at. */
  'documents-upkeep': Record<string, never>;
  /** Sends dead letters back to where they came in; `id` is one letter's, or `all`. */
  'dead-letter-replay': { source: 'runs' | 'rabbitmq'; id: string };
}

export type JobName = keyof JobPayloads;

export const QUEUES = [
  'run-retry',
  'batches',
  'maintenance',
  'dead-letter-replay',
  'erasure',
  'knowledge',
  'vcons',
  'documents',
] as const;
export type QueueName = (typeof QUEUES)[number];

interface JobSpec {
  queue: QueueName;
  /** Merged over {@link DEFAULT_OPTIONS}. */
  options?: JobsOptions;
  /** Kept once in Redis, however many replicas declare it. */
  schedule?: Omit<RepeatOptions, 'key'>;
}

export const DEFAULT_OPTIONS = {
  attempts: 8,
  backoff: { type: 'exponential', delay: 1_000, jitter: 0.5 },
  removeOnComplete: { age: 3_600, count: 1_000 },
  removeOnFail: { age: 7 * 24 * 3_600 },
} satisfies JobsOptions;

/** Comes again in a moment, so a failure needs no repeat of its own. */
const EVERY_FEW_SECONDS = {
  options: { attempts: 1, removeOnComplete: { count: 20 } },
  schedule: { pattern: '*/5 * * * * *', tz: 'UTC' },
} as const;

export const JOBS: { readonly [N in JobName]: JobSpec } = {
  'run-retry': { queue: 'run-retry', options: { attempts: 3 } },
  'batch-collect': { queue: 'batches', ...EVERY_FEW_SECONDS },
  'batch-poll': { queue: 'batches', ...EVERY_FEW_SECONDS },
  'expired-threads': { queue: 'maintenance', schedule: { pattern: '17 * * * *', tz: 'UTC' } },
  'expired-dead-letters': { queue: 'maintenance', schedule: { pattern: '23 3 * * *', tz: 'UTC' } },
  'assistant-refresh': {
    queue: 'maintenance',
    options: { attempts: 1, removeOnComplete: { count: 20 } },
    schedule: { pattern: '*/15 * * * * *', tz: 'UTC' },
  },
  'usage-upkeep': {
    queue: 'maintenance',
    options: { removeOnComplete: { count: 20 } },
    schedule: { pattern: '*/5 * * * *', tz: 'UTC' },
  },
  'owners-upkeep': { queue: 'maintenance', schedule: { pattern: '41 * * * *', tz: 'UTC' } },
  // A provider may be away for hours: the last try comes after about six.
  erasure: {
    queue: 'erasure',
    options: { attempts: 12, backoff: { type: 'exponential', delay: 5_000, jitter: 0.5 } },
  },
  'dead-letter-replay': { queue: 'dead-letter-replay' },
  'vcon-index': { queue: 'vcons', options: { removeOnComplete: { count: 20 } } },
  'vcon-upkeep': { queue: 'vcons', ...EVERY_FEW_SECONDS },
  'stores-upkeep': { queue: 'knowledge', ...EVERY_FEW_SECONDS },
  'expired-stores': { queue: 'knowledge', schedule: { pattern: '37 * * * *', tz: 'UTC' } },
  'vcon-sweep': { queue: 'vcons', schedule: { pattern: '53 2 * * *', tz: 'UTC' } },
  // Whether it is tried again is for its record to say.
  transcription: { queue: 'documents', options: { attempts: 1, removeOnComplete: { count: 20 } } },
  plan: { queue: 'documents', options: { attempts: 1, removeOnComplete: { count: 20 } } },
  'documents-upkeep': { queue: 'documents', ...EVERY_FEW_SECONDS },
  'files-upkeep': { queue: 'knowledge', ...EVERY_FEW_SECONDS },
};

export const JOB_NAMES = Object.keys(JOBS) as JobName[];

/** A worker that died is noticed after the lock, not after BullMQ's default minute. */
export const WORKER_OPTIONS = {
  lockDuration: 10_000,
  stalledInterval: 3_000,
  maxStalledCount: 10,
  maxStartedAttempts: 12,
  concurrency: 5,
} as const;
