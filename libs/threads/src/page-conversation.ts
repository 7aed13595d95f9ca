// Reads the provider's transcript page by page, and puts each message to the run it belongs to by the markers.
import { ParleyError } from '#contracts';
import type { ConversationItem, ConversationsClient } from '#openai';
import type { TranscriptMessage, TranscriptPage, TranscriptQuery } from './transcript-store.js';
import type { TurnMarker } from './turn-marker.js';
import { roleOf, textOf } from './turn-rows.js';

/** Beyond the newest marker is the turn under way: it is not shown before it has ended. */
export async function pageConversation(
  client: ConversationsClient,
  conversation: string,
  markers: readonly TurnMarker[],
  { after, limit, order }: TranscriptQuery,
): Promise<TranscriptPage> {
  const items: TranscriptMessage[] = [];
  const from = after === undefined ? undefined : readCursor(after);
  for await (const [item, turn] of walk(client, conversation, markers, order, from)) {
    const role = roleOf(item);
    if (role === undefined) continue;
    if (items.length === limit) return { items, next: items.at(-1)!.id };
    const { run_id, message_id, at } = markers[turn]!;
    const created_at = new Date(at).toISOString();
    items.push({ id: `${item.id}.${turn}`, role, text: textOf(item), message_id, run_id, created_at });
  }
  return { items };
}

interface Place {
  item: string;
  /** Index of the item's marker. */
  turn: number;
}

async function* walk(
  client: ConversationsClient,
  conversation: string,
  markers: readonly TurnMarker[],
  order: 'asc' | 'desc',
  from: Place | undefined,
): AsyncGenerator<[ConversationItem, turn: number]> {
  const endOf = (turn: number): string | undefined => markers[turn]?.until;
  if (order === 'asc') {
    let turn = from === undefined ? 0 : from.turn + Number(endOf(from.turn) === from.item);
    for await (const item of client.listItems(conversation, from?.item)) {
      if (turn >= markers.length) return;
      yield [item, turn];
      if (item.id === endOf(turn)) turn += 1;
    }
    return;
  }
  let turn = from?.turn ?? markers.length;
  let begun = from === undefined;
  // The newest turn's end may not be known yet; then everything newest is its own.
  if (begun && markers.length > 0 && endOf(markers.length - 1) === undefined) turn = markers.length - 1;
  for await (const item of client.listNewestItems(conversation)) {
    if (!begun) {
      begun = item.id === from!.item;
      continue;
    }
    if (turn > 0 && item.id === endOf(turn - 1)) turn -= 1;
    if (turn < markers.length) yield [item, turn];
  }
}

function readCursor(text: string): Place {
  const match = /^([\w-]{1,128})\.(\d{1,9})$/.exec(text);
  if (match === null)
    throw new ParleyError('invalid_cursor', 'unable to read the transcript; not a cursor of it');
  return { item: match[1]!, turn: Number(match[2]) };
}
