// Puts jobs into their queues. Fails fast when Redis is away: whoever adds a job has a truth elsewhere.
import type { JobsOptions, Queue } from 'bullmq';
import { ParleyError } from '#contracts';
import { JOBS, type JobName, type JobPayloads, type QueueName } from './catalog.js';

export interface AddOptions {
  /** Of two jobs with the same id the second is ignored. No colon. */
  id?: string;
  delayMs?: number;
}

/** How long adding a job may take. */
const ADD_MS = 2_000;

export class JobQueue {
  /** @param queues all queues of the catalog, in its order; the board shows them in that order too */
  constructor(readonly queues: readonly Queue[]) {
    // Without a listener BullMQ prints each lost connection; every call reports its own failure.
    for (const queue of queues) queue.on('error', () => undefined);
  }

  queue(name: QueueName): Queue {
    return this.queues.find((queue) => queue.name === name)!;
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
