export * from './channel-feed.js';
export * from './channel-hub.js';
export * from './emit.lua.js';
export * from './event-log.js';
export * from './event-log.module.js';
export * from './live-hint.js';
export * from './log-entry.js';
export * from './run-view.js';
