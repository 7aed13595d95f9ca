// Runs this process' job handlers on the queues that they belong to, and keeps the schedules of those queues.
import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { UnrecoverableError, Worker, type Job } from 'bullmq';
import type { Redis } from 'ioredis';
import { RedisConfig } from '#config';
import { ParleyError } from '#contracts';
import { bullConnection } from '#redis';
import { JOB_NAMES, JOBS, WORKER_OPTIONS, type JobName, type QueueName } from './catalog.js';
import { JobHandlers, type AnyJobMethod } from './job-handlers.js';
import { JobQueue } from './job-queue.js';
import { jobsPrefix } from './queues.module.js';

const CLOSE_MS = 5_000;

@Injectable()
export class JobWorkers implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(JobWorkers.name);
  private workers: readonly Worker[] = [];
  private connection: Redis | undefined;

  constructor(
    private readonly handlers: JobHandlers,
    private readonly queue: JobQueue,
    private readonly config: RedisConfig,
  ) {}

  /** @throws Error when a queue of this process lacks a handler, or has two for a job */
  onApplicationBootstrap(): void {
    const { handlers, queues } = this.handlers.find();
    if (queues.length === 0) return;
    const connection = bullConnection(this.config);
    this.connection = connection;
    this.workers = queues.map((queue) => this.work(queue, handlers, connection));
    // Waits for Redis as long as it takes; the app starts without.
    void this.keepSchedules(queues);
  }

  async beforeApplicationShutdown(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise((resolve) => (timer = setTimeout(resolve, CLOSE_MS)));
    // A job that is cut off stalls and is done again by another process; without Redis its end could not be noted.
    const force = this.connection?.status !== 'ready';
    await Promise.race([Promise.allSettled(this.workers.map((worker) => worker.close(force))), enough]);
    clearTimeout(timer);
    this.connection?.disconnect();
  }

  private work(queue: QueueName, handlers: ReadonlyMap<JobName, AnyJobMethod>, connection: Redis): Worker {
    const worker = new Worker(queue, (job) => perform(handlers, job), {
      ...WORKER_OPTIONS,
      connection,
      prefix: jobsPrefix(this.config),
    });
    worker.on('failed', (job, error) =>
      this.logger.warn(
        { job: job?.name, job_id: job?.id, tries: job?.attemptsMade, err: error },
        'job failed',
      ),
    );
    // Without a listener Node would end the process; Redis' state is watched elsewhere.
    worker.on('error', () => undefined);
    return worker;
  }

  private async keepSchedules(queues: readonly QueueName[]): Promise<void> {
    for (const name of JOB_NAMES) {
      const { queue, schedule, options } = JOBS[name];
      if (!schedule || !queues.includes(queue)) continue;
      try {
        await this.queue.queue(queue).upsertJobScheduler(name, schedule, {
          name,
          data: {},
          ...(options && { opts: options }),
        });
      } catch (error) {
        // The schedule of an earlier start is still in Redis; a first start is tried again by the next replica.
        this.logger.warn({ err: error, job: name }, 'schedule not written');
      }
    }
  }
}

async function perform(handlers: ReadonlyMap<JobName, AnyJobMethod>, job: Job): Promise<unknown> {
  const handler = handlers.get(job.name as JobName);
  if (!handler) throw new UnrecoverableError(`unable to do job; no job is called ${job.name}`);
  try {
    return await handler(job.data, job);
  } catch (error) {
    if (error instanceof ParleyError && error.recovery !== 'retry_later')
      throw new UnrecoverableError(error.message);
    throw error;
  }
}
