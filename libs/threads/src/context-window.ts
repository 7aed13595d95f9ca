// Which of the newest items go along as context. The provider refuses a tool output without its call, a call
// without its output, and reasoning without what it led to: a turn goes along whole, or as its plain messages.
import type { ResponseInputItem } from '#openai';
import type { PastTurn } from './transcript-store.js';
import { textOf, type TurnRow } from './turn-rows.js';

export interface WindowLimits {
  items: number;
  /** Of the items' JSON. */
  bytes: number;
}

/**
 * @param rows newest first, one more than `limits.items` if there are that many
 * @param more whether there are older ones than these
 * @returns oldest first
 */
export function contextWindow(rows: readonly TurnRow[], limits: WindowLimits, more: boolean): PastTurn[] {
  // Where older rows were not read, the last one read only tells whether its turn is cut.
  const inside = rows.slice(0, Math.min(limits.items, rows.length - Number(more)));
  const beyond = rows[inside.length]?.run_id;
  const turns: PastTurn[] = [];
  let bytes = 0;
  for (let at = 0; at < inside.length;) {
    const { run_id } = inside[at]!;
    let end = at;
    while (inside[end]?.run_id === run_id) end += 1;
    const turn = inside.slice(at, end).toReversed();
    const cut = end === inside.length && beyond === run_id;
    const whole = turn.map(({ item }) => item);
    const plain = plainMessages(turn);
    const fitting = [...(cut || !isClosed(whole) ? [] : [whole]), plain].find(
      (items) => bytes + sizeOf(items) <= limits.bytes,
    );
    if (fitting === undefined) break;
    bytes += sizeOf(fitting);
    turns.push({ run_id, items: fitting });
    at = end;
  }
  return turns.toReversed();
}

/** Every call has its output, every output its call before it, and nothing ends in mere reasoning. */
function isClosed(items: readonly ResponseInputItem[]): boolean {
  const open = new Set<string>();
  for (const item of items) {
    const { type, call_id } = item as { type?: string; call_id?: string };
    if (call_id === undefined) continue;
    if (type?.endsWith('_call')) open.add(call_id);
    else if (type?.endsWith('_call_output') && !open.delete(call_id)) return false;
  }
  return open.size === 0 && items.at(-1)?.type !== 'reasoning';
}

/** Without the provider's ids, which would tie a message to reasoning that is left out. */
function plainMessages(turn: readonly TurnRow[]): ResponseInputItem[] {
  return turn.flatMap(({ role, item }) => {
    if (role === 'user') return [item];
    const text = role === 'assistant' ? textOf(item) : '';
    return text === '' ? [] : [{ role: 'assistant' as const, content: text }];
  });
}

const sizeOf = (items: readonly ResponseInputItem[]): number => Buffer.byteLength(JSON.stringify(items));
