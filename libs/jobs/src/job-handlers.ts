// Finds the marked methods of this process and checks them: a queue that is worked on here has exactly one
// handler for each of its jobs, because its worker gets all of them.
import { Injectable } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import type { Job } from 'bullmq';
import { JOB_NAMES, JOBS, QUEUES, type JobName, type QueueName } from './catalog.js';
import { JobMark } from './job-handler.js';

export type AnyJobMethod = (payload: unknown, job: Job) => Promise<unknown>;

@Injectable()
export class JobHandlers {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  /**
   * @returns the handlers by job, and the queues to work on
   * @throws Error naming each job without a handler or with several
   */
  find(): { handlers: ReadonlyMap<JobName, AnyJobMethod>; queues: readonly QueueName[] } {
    const found = this.marked();
    const names = new Set(found.map(({ name }) => name));
    const queues = QUEUES.filter((queue) =>
      JOB_NAMES.some((name) => JOBS[name].queue === queue && names.has(name)),
    );
    const faults = JOB_NAMES.filter((name) => queues.includes(JOBS[name].queue)).flatMap((name) => {
      const places = found.filter((one) => one.name === name).map(({ place }) => place);
      return places.length === 1 ? [] : [`job ${name} has ${places.length} handlers (${places.join(', ')})`];
    });
    if (faults.length > 0) throw new Error(`unable to work on jobs; ${faults.join('; ')}`);
    return { handlers: new Map(found.map(({ name, method }) => [name, method])), queues };
  }

  private marked(): { name: JobName; method: AnyJobMethod; place: string }[] {
    return this.discovery.getProviders().flatMap((wrapper) => {
      const instance: unknown = wrapper.isDependencyTreeStatic() ? wrapper.instance : undefined;
      if (typeof instance !== 'object' || instance === null) return [];
      const prototype = Object.getPrototypeOf(instance) as object | null;
      return this.scanner.getAllMethodNames(prototype).flatMap((key) => {
        const name = this.discovery.getMetadataByDecorator(JobMark, wrapper, key);
        if (name === undefined) return [];
        const method = (instance as Record<string, AnyJobMethod>)[key]!.bind(instance);
        return [{ name, method, place: `${wrapper.name}.${key}` }];
      });
    });
  }
}
