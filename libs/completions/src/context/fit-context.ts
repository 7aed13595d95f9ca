// Which of the earlier turns go along with a request. The newest matter most: older ones are left out whole, and of one that
// is too long by itself its end stays. The model's window never decides by an error.
import type { ContextTurn } from '#contracts';
import type { ResponseInputItem } from '#openai';
import { countTokens, mostTokens, newestTokens } from './count-tokens.js';

export interface FittedContext {
  /** Oldest first. */
  items: ResponseInputItem[];
  /** Something was left out. */
  trimmed: boolean;
  /** Of the items, at most. */
  tokens: number;
}

/** What a role and its delimiters cost beside the text. */
const TURN_TOKENS = 4;

/** @param budget tokens that the turns may have together */
export async function fitContext(turns: readonly ContextTurn[], budget: number): Promise<FittedContext> {
  const items: ResponseInputItem[] = [];
  let left = budget;
  for (const { role, content } of turns.toReversed()) {
    const room = left - TURN_TOKENS;
    const kept = room > 0 ? await newestTokens(content, room) : '';
    if (kept !== '') items.unshift({ role, content: kept });
    if (kept.length < content.length) return { items, trimmed: true, tokens: budget };
    left = room - (await tokensOf(content, room));
  }
  return { items, trimmed: false, tokens: budget - left };
}

/** Counting costs; where there is plenty of room the bound will do. */
async function tokensOf(text: string, room: number): Promise<number> {
  const most = mostTokens(text);
  return most * PLENTY <= room ? most : countTokens(text);
}

const PLENTY = 8;

/** The newest turns of a thread, each from a user's message on. */
export async function newestTurns(
  items: readonly ResponseInputItem[],
  most: { turns: number; tokens: number },
): Promise<FittedContext> {
  const starts = items.flatMap((item, i) => ('role' in item && item.role === 'user' ? [i] : []));
  let from = items.length;
  let left = most.tokens;
  for (const start of starts.toReversed().slice(0, most.turns)) {
    const tokens = await countTokens(items.slice(start, from).map(textOf).join('\n'));
    if (tokens > left) break;
    left -= tokens;
    from = start;
  }
  return { items: items.slice(from), trimmed: from > 0, tokens: most.tokens - left };
}

export function textOf(item: ResponseInputItem): string {
  if (!('content' in item) || item.content === undefined || item.content === null)
    return JSON.stringify(item);
  if (typeof item.content === 'string') return item.content;
  return (item.content as { text?: string }[]).map((part) => part.text ?? '').join('');
}
