// A subscriber's place in a channel's log: `epoch:offset`. Offsets are dense inside an epoch, from 1.
import { ParleyError } from './error.js';

export interface Cursor {
  epoch: string;
  /** The last offset seen; 0 = from the beginning. */
  offset: number;
}

const CURSOR = /^([A-Za-z0-9_.-]{1,64}):(\d{1,15})$/;

/** @throws ParleyError `invalid_cursor` */
export function parseCursor(text: string): Cursor {
  const match = CURSOR.exec(text);
  if (!match) throw new ParleyError('invalid_cursor', 'unable to read cursor; expected epoch:offset');
  return { epoch: match[1]!, offset: Number(match[2]) };
}

export const formatCursor = (cursor: Cursor): string => `${cursor.epoch}:${cursor.offset}`;
