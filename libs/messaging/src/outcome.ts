// What a handler of broker messages answers with; it decides about the acknowledgement or the commit.
import type { ErrorCode } from '#contracts';

/**
 * - `ack`: done, the broker may forget it
 * - `leave`: not decided; it stays unacknowledged and comes again on the next connection, in its old place
 * - `dead`: it can never work; it is set aside with this reason, then acknowledged (RabbitMQ: a body beyond the limit
 *   is refused instead, and the broker moves it)
 */
export type Outcome = 'ack' | 'leave' | { dead: ErrorCode; error: string };
