// What must leave the system because a run ended. Scripts write it, in the same step as the end or as a later
// repeat that asks for it; here is how they are told the address, and how their entry is read.
import type { Frame, ReplyAddress, RunEnded } from '#contracts';
import { toEndedFrame } from './ended-frame.js';

export interface OutboxEntry {
  /** UTC ms at which it was written. */
  at: number;
  run_id: string;
  message_id: string;
  channel: string;
  reply: ReplyAddress;
  /** The final frame, in the documented form. */
  frame: Omit<Frame, 'epoch' | 'offset'>;
  end: RunEnded;
}

/** A way out. `send` resolves when the other side has confirmed; it may be called again with the same entry. */
export interface OutboxSender {
  readonly kind: ReplyAddress['kind'];
  send(entry: OutboxEntry): Promise<void>;
}

/** The way out in front, so that each has a stream of its own. The same address must give the same text. */
export const toAddress = (reply: ReplyAddress): string => `${reply.kind} ${JSON.stringify(reply)}`;

/** @param json `{at, channel, reply, end}` as the scripts put it together */
export function toOutboxEntry(json: string): OutboxEntry {
  const { at, channel, reply, end } = JSON.parse(json) as {
    at: number;
    channel: string;
    reply: ReplyAddress;
    end: RunEnded;
  };
  const { run_id, message_id } = end;
  return { at, run_id, message_id, channel, reply, frame: toEndedFrame(channel, end), end };
}
