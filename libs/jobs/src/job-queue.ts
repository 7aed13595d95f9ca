// Puts jobs into their queues. Fails fast when Redis is away: whoever adds a job has a truth elsewhere.
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Queue, type JobsOptions } from 'bullmq';
import type { Redis } from 'ioredis';
import { RedisConfig } from '#config';
import { ParleyError } from '#contracts';
import { connect } from '#redis';
import { DEFAULT_OPTIONS, JOBS, QUEUES, type JobName, type JobPayloads, type QueueName } from './catalog.js';

export interface AddOptions {
  /** Of two jobs with the same id the second is ignored. No colon. */
  id?: string;
  delayMs?: number;
}

/** How long adding a job may take. */
const ADD_MS = 2_000;

/** All of BullMQ's keys share one hash slot. */
export const jobsPrefix = (config: RedisConfig): string => `${config.prefix}{jobs}`;

@Injectable()
export class JobQueue implements OnApplicationShutdown {
  private connection: Redis | undefined;
  private opened: ReadonlyMap<QueueName, Queue> | undefined;

  constructor(private readonly config: RedisConfig) {}

  /** All queues, for the board. */
  get queues(): readonly Queue[] {
    return [...this.open().values()];
  }

  queue(name: QueueName): Queue {
    return this.open().get(name)!;
  }

  /** @throws ParleyError `state_unavailable` */
  async add<N extends JobName>(
    name: N,
    payload: JobPayloads[N],
    { id, delayMs }: AddOptions = {},
  ): Promise<void> {
    const options: JobsOptions = {
      ...JOBS[name].options,
      ...(id !== undefined && { jobId: id }),
      ...(delayMs !== undefined && { delay: delayMs }),
    };
    await inTime(this.queue(JOBS[name].queue).add(name, payload, options));
  }

  async onApplicationShutdown(): Promise<void> {
    const queues = [...(this.opened?.values() ?? [])];
    // A connection that never came up would be waited for in close().
    if (this.connection?.status !== 'ready') this.connection?.disconnect();
    await inTime(Promise.all(queues.map((queue) => queue.close()))).catch(() => undefined);
    this.connection?.disconnect();
  }

  private open(): ReadonlyMap<QueueName, Queue> {
    this.opened ??= this.connectQueues();
    return this.opened;
  }

  private connectQueues(): ReadonlyMap<QueueName, Queue> {
    const connection = connect(this.config, {
      maxRetriesPerRequest: 1,
      commandTimeout: this.config.commandTimeoutMs,
    });
    this.connection = connection;
    return new Map(
      QUEUES.map((name) => {
        const queue = new Queue(name, {
          connection,
          prefix: jobsPrefix(this.config),
          defaultJobOptions: DEFAULT_OPTIONS,
        });
        // Without a listener Node would end the process; every call reports its own failure.
        queue.on('error', () => undefined);
        return [name, queue];
      }),
    );
  }
}

async function inTime<T>(adding: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${ADD_MS} ms`)), ADD_MS);
  });
  try {
    return await Promise.race([adding, late]);
  } catch (cause) {
    throw new ParleyError('state_unavailable', 'unable to add job; Redis did not take it', { cause });
  } finally {
    clearTimeout(timer);
  }
}
