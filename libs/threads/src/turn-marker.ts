// What is kept here of a turn whose content the provider keeps: whose it was, and with which item it ended.
import type { Turn } from './transcript-store.js';

export interface TurnMarker {
  run_id: string;
  message_id: string;
  /** UTC milliseconds. */
  at: number;
  /** Key of the user whose turn it is. */
  by?: string;
  /** The conversation that holds the turn. */
  conversation: string;
  /** Id of the turn's last item; absent until the provider was asked, '' when it kept nothing. */
  until?: string;
}

/** Nothing for a turn without an answer: what the provider holds of it is removed. */
export function toMarker(
  { run_id, message_id, at, by, output }: Turn,
  conversation: string | undefined,
): string[] {
  if (conversation === undefined || output.length === 0) return [];
  return [JSON.stringify({ run_id, message_id, at, ...(by && { by }), conversation } satisfies TurnMarker)];
}

/** The markers of one conversation; rows of other stores and of conversations before are left out. */
export function markersOf(rows: readonly string[], conversation: string): TurnMarker[] {
  return rows
    .map((row) => JSON.parse(row) as TurnMarker)
    .filter((marker) => marker.conversation === conversation);
}
