// The face of the runs lib: runs from acceptance to their end.
export * from './dead-letter.js';
export * from './dead-letter-store.js';
export * from './ended-frame.js';
export * from './intake.js';
export * from './notices.js';
export * from './outbox-entry.js';
export * from './outbox.module.js';
export * from './provider-gate.js';
export * from './run-record.js';
export * from './run-scripts.js';
export * from './run-store.js';
export * from './runs.module.js';
export * from './worker.js';
export * from './workers.module.js';
