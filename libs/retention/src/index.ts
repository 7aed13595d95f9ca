export * from './expired-dead-letters.js';
export * from './expired-threads.js';
export * from './retention.module.js';
export * from './assistant-refresh.js';
