export * from './thread.js';
export { THREAD_TOUCH_LUA } from './thread.lua.js';
export * from './thread-store.js';
export * from './transcript-store.js';
