// What must leave the system because a run ended. Written in the same step as the end itself.
import type { Frame, ReplyAddress } from '#contracts';

export interface OutboxEntry {
  run_id: string;
  message_id: string;
  channel: string;
  reply: ReplyAddress;
  /** The final frame, in the documented form. */
  frame: Omit<Frame, 'epoch' | 'offset'>;
}

/** A way out. `send` resolves when the other side has confirmed; it may be called again with the same entry. */
export interface OutboxSender {
  readonly kind: ReplyAddress['kind'];
  send(entry: OutboxEntry): Promise<void>;
}

/** As the scripts take it: the way out in front, so that each has a stream of its own. */
export const toOutbox = (entry: OutboxEntry): string => `${entry.reply.kind} ${JSON.stringify(entry)}`;
