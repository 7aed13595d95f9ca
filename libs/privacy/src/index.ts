export * from './detect.js';
export type { Finding } from './finding.js';
export * from './mask-json.js';
export * from './personal-data-masker.js';
export * from './placeholder-stream.js';
