export {
  AnswerCache,
  LEAD_MS,
  type Asker,
  type CachedAnswer,
  type CachePlace,
} from './cache/answer-cache.js';
export * from './cache/similar-answers.js';
export { countTokens } from './context/count-tokens.js';
export { fitContext, newestTurns, type FittedContext } from './context/fit-context.js';
export * from './context/summarise.js';
export * from './images/read-image.js';
export * from './shape/shape-completion.js';
