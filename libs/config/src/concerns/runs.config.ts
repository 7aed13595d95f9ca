import { IsIn, IsInt, Max, Min } from 'class-validator';
import { Env } from '../env.js';

export class RunsConfig {
  @Env('WORKER_CONCURRENCY', 'Runs that one process works on at a time.')
  @IsInt()
  @Min(1)
  @Max(10_000)
  concurrency: number = 512;

  @Env(
    'WORKER_BYTES',
    'Bytes of large messages and requests (more than 64 KiB) that one process works on at a time; what is larger by itself is worked on while no other large one is. 0 = a thirtieth of the heap that V8 may use, at most 64 MiB.',
  )
  @IsInt()
  @Min(0)
  workerBytes: number = 0;

  @Env(
    'WORKER_UNNAMED_CALLS',
    'With `OPENAI_RESUME=background`: calls that one process has under way before the provider has named the response; each of them is made twice when the process dies. After 250 ms without a name a call counts no more, so that a slow provider gets 32 a second. 0 = no bound.',
  )
  @IsInt()
  @Min(0)
  unnamedCalls: number = 8;

  @Env(
    'RUN_LEASE_MS',
    'How long a worker owns a channel without renewing; bounds the takeover after a crash.',
  )
  @IsInt()
  @Min(300)
  leaseMs: number = 6_000;

  @Env('RUN_FIRST_OUTPUT_TIMEOUT_MS', 'From the request to the first sign of an answer.')
  @IsInt()
  @Min(1)
  firstOutputMs: number = 45_000;

  @Env('RUN_IDLE_TIMEOUT_MS', 'Longest silence inside an answer.')
  @IsInt()
  @Min(1)
  idleMs: number = 60_000;

  @Env('RUN_TIMEOUT_MS', 'Longest time that a worker spends on one attempt of a run, tools included.')
  @IsInt()
  @Min(1)
  runMs: number = 90_000;

  @Env(
    'RUN_DEADLINE_MS',
    'A run that keeps failing is given up this long after its first start. Waiting for a limited or closed provider does not count as failing.',
  )
  @IsInt()
  @Min(1)
  deadlineMs: number = 900_000;

  @Env('MAX_RETRIES', 'Repeats of a request after a transient failure, over all layers together.')
  @IsInt()
  @Min(0)
  @Max(100)
  maxRetries: number = 3;

  @Env('RUN_MAX_DEATHS', 'A run during which this many workers died is set aside.')
  @IsInt()
  @Min(1)
  maxDeaths: number = 3;

  @Env('TOOL_MAX_ROUNDS', 'Rounds of tool calls in one run.')
  @IsInt()
  @Min(1)
  toolRounds: number = 8;

  @Env('TOOL_TIMEOUT_MS', 'Longest time of one tool call.')
  @IsInt()
  @Min(1)
  toolMs: number = 20_000;

  @Env('CHANNEL_BACKLOG', 'Messages that may wait in one channel.')
  @IsInt()
  @Min(1)
  channelBacklog: number = 1_000;

  @Env('HIGH_WATER_RUNS', 'Unfinished runs in the system beyond which the doors push back.')
  @IsInt()
  @Min(1)
  highWaterRuns: number = 10_000;

  @Env('QUEUE_DEPTH_MAX', 'Unfinished runs beyond which the health of gpt-worker says that too much waits.')
  @IsInt()
  @Min(1)
  queueDepthMax: number = 1_000;

  @Env('HIGH_WATER_BYTES', 'Bytes of unfinished messages beyond which the doors push back.')
  @IsInt()
  @Min(1)
  highWaterBytes: number = 512 * 1024 * 1024;

  @Env('DEDUPLICATION_SECONDS', 'How long a message_id is remembered, and the result of its run with it.')
  @IsInt()
  @Min(60)
  deduplicationSeconds: number = 7 * 24 * 3600;

  @Env('EVENT_LOG_SECONDS', "How long a channel's events can be replayed after its last activity.")
  @IsInt()
  @Min(60)
  eventLogSeconds: number = 24 * 3600;

  @Env('EVENT_LOG_EVENTS', "How many of a channel's events are kept once its runs have ended.")
  @IsInt()
  @Min(100)
  eventLogEvents: number = 5_000;

  @Env('DEAD_LETTER_SECONDS', 'How long dead letters wait for somebody to replay or remove them.')
  @IsInt()
  @Min(60)
  deadLetterSeconds: number = 30 * 24 * 3600;

  @Env('TRANSCRIPT_STORE', '`redis` keeps conversations here; `openai` keeps them in OpenAI Conversations.')
  @IsIn(['redis', 'openai'])
  transcriptStore: 'redis' | 'openai' = 'redis';

  @Env('CONTEXT_ITEMS', 'Newest items of a thread that are sent along as context.')
  @IsInt()
  @Min(0)
  contextItems: number = 200;
}
