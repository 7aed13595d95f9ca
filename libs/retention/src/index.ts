export * from './expired-threads.js';
export * from './retention.module.js';
