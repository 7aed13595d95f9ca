// A message that was accepted but could not be answered: kept with its reason until somebody replays or
// removes it.
import type { ErrorCode, MessageSource, ReplyAddress, RunRequest } from '#contracts';

export interface DeadLetter {
  /** `<shard>-<sequence>`. */
  id: string;
  run_id: string;
  tenant: string;
  channel: string;
  message_id: string;
  message: string;
  user?: string;
  /** Of a one-shot request; its deadline is not repeated. */
  request?: RunRequest;
  /** Counts replays of this message. */
  generation: number;
  source: MessageSource;
  /** Where its end was sent, and where that of a replay will be. */
  replies: ReplyAddress[];
  reason: ErrorCode;
  /** For operators: sanitised, without content. */
  detail: string;
  attempts: number;
  /** UTC ms. */
  at: number;
}
