export * from './access-policy.js';
export * from './admin-guard.js';
export * from './auth.module.js';
export { bearerToken } from './secrets.js';
