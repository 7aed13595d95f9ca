// The face of the runs lib: runs from acceptance to their end.
export * from './dead-letters/dead-letter.js';
export * from './dead-letters/dead-letter-store.js';
export * from './outbox/ended-frame.js';
export * from './intake/intake.js';
export * from './intake/notices.js';
export * from './outbox/outbox-entry.js';
export * from './outbox/outbox.module.js';
export * from './worker/provider-gate.js';
export * from './run/run-record.js';
export * from './scripts/attempt-scripts.js';
export * from './scripts/door-scripts.js';
export * from './scripts/lease-scripts.js';
export * from './run/run-store.js';
export * from './runs.module.js';
export * from './worker/worker.js';
export * from './workers.module.js';
