export * from './cache/answer-cache.js';
export { countTokens } from './context/count-tokens.js';
export * from './context/fit-context.js';
export * from './images/read-image.js';
export * from './shape/shape-completion.js';
