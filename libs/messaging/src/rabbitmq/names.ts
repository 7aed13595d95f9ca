// Every name that this side of the broker writes itself: pattern, derived queues, headers.
import type { RabbitConfig } from '#config';

/** Pattern of the one handler for incoming messages; bodies are bare JSON and carry no pattern of their own. */
export const COSMO_MESSAGE = 'cosmo.message';

export const deadExchange = (config: RabbitConfig): string => `${config.exchange}_dlx`;
export const failedQueueName = (config: RabbitConfig): string => `${config.queue}_failed`;

/** Headers of a message in the failed queue. */
export const FAILED_HEADERS = {
  /** Finite error code, see `ERRORS`. */
  reason: 'x-parley-reason',
  /** One line for operators: property paths and rules, never content. */
  error: 'x-parley-error',
  /** ISO 8601, UTC. */
  at: 'x-parley-at',
  /** `exchange/routing key` that the message came by. */
  source: 'x-parley-source',
  /** How often it was replayed before. */
  replays: 'x-parley-replays',
} as const;

/** W3C trace context, the same name as in HTTP. */
export const TRACEPARENT = 'traceparent';
