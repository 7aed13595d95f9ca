// Marks the one method that does a job.
import { DiscoveryService } from '@nestjs/core';
import type { Job } from 'bullmq';
import type { JobName, JobPayloads } from './catalog.js';

/**
 * What a marked method looks like. A rejection repeats the job with its back-off; a `ParleyError` that trying
 * again cannot help ends it at once.
 */
export type JobMethod<N extends JobName> = (payload: JobPayloads[N], job: Job) => Promise<unknown>;

export const JobMark = DiscoveryService.createDecorator<JobName>();

/** The compiler checks that the method takes the payload of that job. */
export function JobHandler<N extends JobName>(
  name: N,
): <M extends JobMethod<N>>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<M>,
) => void {
  return (target, key, descriptor) => JobMark(name)(target, key, descriptor);
}
