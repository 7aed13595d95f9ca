// The rows of a transcript kept in Redis: one JSON document per item, in the order in which it was said.
import type { ResponseInputItem, ResponseOutputItem } from '#openai';
import type { Turn } from './transcript-store.js';

export type Item = ResponseInputItem | ResponseOutputItem;

export interface TurnRow {
  run_id: string;
  message_id: string;
  /** UTC milliseconds. */
  at: number;
  /** Key of the user whose turn it is. */
  by?: string;
  /** Of messages that people see; absent on tool traffic and reasoning. */
  role?: 'user' | 'assistant';
  item: ResponseInputItem;
}

export function toRows({ run_id, message_id, at, by, input, output }: Turn): string[] {
  return [...input, ...output].map((item) => {
    const role = roleOf(item);
    return JSON.stringify({ run_id, message_id, at, ...(by && { by }), ...(role && { role }), item });
  });
}

/** Undefined for rows of another kind of store. */
export function parseRow(text: string): TurnRow | undefined {
  const row = JSON.parse(text) as Partial<TurnRow>;
  return row.item === undefined ? undefined : (row as TurnRow);
}

export function roleOf(item: object): 'user' | 'assistant' | undefined {
  const { type, role } = item as { type?: string; role?: string };
  if (type !== undefined && type !== 'message') return undefined;
  return role === 'user' || role === 'assistant' ? role : undefined;
}

/** What a person reads of a message item: its text parts and refusals. */
export function textOf(item: object): string {
  const { content } = item as { content?: string | { text?: string; refusal?: string }[] };
  if (typeof content === 'string') return content;
  return (content ?? []).map((part) => part.text ?? part.refusal ?? '').join('');
}
