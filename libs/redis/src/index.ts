export * from './connect.js';
export * from './durability.js';
export * from './fields.js';
export * from './keys.js';
export * from './redis.module.js';
export * from './script.js';
export * from './state-redis.js';
