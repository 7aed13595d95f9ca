export * from './catalog.js';
export { JobHandler, type JobMethod } from './job-handler.js';
export { JobQueue, type AddOptions } from './job-queue.js';
export * from './jobs.module.js';
