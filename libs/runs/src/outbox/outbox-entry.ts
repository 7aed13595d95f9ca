// What must leave the system: the end of a run, or the refusal of a message that never became one. Scripts write it, in
// the same step as its cause; here is how they are told the address, and how their entry is read.
import { ParleyError, type ErrorCode, type Frame, type ReplyAddress, type RunEnded } from '#contracts';
import { toEndedFrame } from './ended-frame.js';

interface Leaving {
  /** Of the stream: `<ms>-<sequence>`, rising. */
  id: string;
  /** UTC ms at which it was written. */
  at: number;
  reply: ReplyAddress;
}

export interface EndedEntry extends Leaving {
  run_id: string;
  message_id: string;
  channel: string;
  /** The final frame, in the documented form. */
  frame: Omit<Frame, 'epoch' | 'offset'>;
  end: RunEnded;
}

export interface RefusedEntry extends Leaving {
  refusal: ParleyError;
}

export type OutboxEntry = EndedEntry | RefusedEntry;

/** The way out in front, so that each has a stream of its own. The same address must give the same text. */
export const toAddress = (reply: ReplyAddress): string => `${reply.kind} ${JSON.stringify(reply)}`;

interface Written {
  at: number;
  reply: ReplyAddress;
  channel: string;
  end: RunEnded;
  refusal?: { code: ErrorCode; details: string[] };
}

/** @param json `{at, reply, channel, end}` or `{at, reply, refusal}` as the scripts put it together */
export function toOutboxEntry(id: string, json: string): OutboxEntry {
  const { at, reply, channel, end, refusal } = JSON.parse(json) as Written;
  if (refusal) {
    const { code, details } = refusal;
    return { id, at, reply, refusal: new ParleyError(code, 'unable to accept message', { details }) };
  }
  const { run_id, message_id } = end;
  return { id, at, reply, run_id, message_id, channel, frame: toEndedFrame(channel, end), end };
}
