export * from './emit.lua.js';
export * from './live-hint.js';
