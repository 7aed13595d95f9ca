// Between a channel's conversation and a vCon: what was said as text dialogs, and text dialogs as turns that a model can be given. Pure.
import { createHash } from 'node:crypto';
import { textOf } from './text-of.js';
import type { Vcon, VconDialog, VconParty } from './vcon.js';

export interface ConversationMessage {
  role: 'user' | 'assistant';
  text: string;
  /** RFC 3339. */
  at: string;
  message_id?: string;
}

export interface Conversation {
  thread_id: string;
  /** UTC milliseconds. */
  created_at: number;
  /** UTC milliseconds. */
  updated_at: number;
  /** Oldest first. */
  messages: readonly ConversationMessage[];
}

export interface VconTurn {
  role: 'user' | 'assistant';
  text: string;
  /** UTC milliseconds; absent where the dialog has no start. */
  at?: number;
  /** Index into `dialog`. */
  dialog: number;
}

/** What a model's context takes at most. */
export interface TurnLimits {
  turns: number;
  /** Of their texts together. */
  bytes: number;
}

export interface NewestTurns {
  taken: VconTurn[];
  /** Older ones. */
  left_out: number;
  /** Dialog of the newest one, where not even that fits. */
  too_long?: number;
}

const ASSISTANT = /\b(?:agent|assistant|bot|ai|chair|support)\b/i;

/** The same thread always has the same uuid, so that saving a later state replaces the earlier one. */
export function toVcon({ thread_id, created_at, updated_at, messages }: Conversation): Vcon {
  return {
    vcon: '0.4.0',
    uuid: uuidOf(thread_id, created_at),
    created_at: new Date(created_at).toISOString(),
    updated_at: new Date(updated_at).toISOString(),
    parties: [
      { name: 'user', type: 'person', role: 'user' },
      { name: 'assistant', type: 'bot', role: 'assistant' },
    ],
    dialog: messages.map(({ role, text, at, message_id }) => ({
      type: 'text',
      start: at,
      parties: role === 'user' ? 0 : 1,
      mediatype: 'text/plain',
      body: text,
      encoding: 'none' as const,
      ...(message_id && { message_id }),
    })),
  };
}

/** Version 8 (RFC 9562 §5.8): the time as in version 7, then bits that stand for the thread. */
function uuidOf(threadId: string, createdAt: number): string {
  const bytes = createHash('sha256').update(threadId).digest().subarray(0, 16);
  bytes.writeUIntBE(createdAt, 0, 6);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** What the text dialogs say, in the order of their times. Where several speak for one side, each says its name. */
export function turnsOf(vcon: Vcon): VconTurn[] {
  const { parties = [], dialog = [] } = vcon;
  const roles = rolesOf(parties);
  const spoken = dialog.flatMap((one, index) => {
    if (one.type !== 'text') return [];
    const text = textOf(one).join('\n').trim();
    const start = one.start === undefined ? NaN : Date.parse(one.start);
    const party = speakerOf(one);
    return text === '' ? [] : [{ index, party, text, role: roles[party ?? 0] ?? ('user' as const), start }];
  });
  const speakers = new Map<string, Set<number | undefined>>();
  for (const { role, party } of spoken) speakers.set(role, (speakers.get(role) ?? new Set()).add(party));
  return inOrder(spoken).map(({ index, party, text, role, start }) => {
    const name = party === undefined ? undefined : parties[party]?.name;
    const named = speakers.get(role)!.size > 1 && typeof name === 'string' && name !== '';
    return {
      role,
      text: named ? `${name}: ${text}` : text,
      ...(Number.isFinite(start) && { at: start }),
      dialog: index,
    };
  });
}

export function newestTurns(vcon: Vcon, limits: TurnLimits): NewestTurns {
  const turns = turnsOf(vcon);
  let bytes = 0;
  let from = turns.length;
  while (from > 0 && turns.length - from < limits.turns) {
    bytes += Buffer.byteLength(turns[from - 1]!.text);
    if (bytes > limits.bytes) break;
    from--;
  }
  const last = from === turns.length ? turns.at(-1) : undefined;
  return { taken: turns.slice(from), left_out: from, ...(last && { too_long: last.dialog }) };
}

/** Dialogs without a start stay behind the one that they follow. */
function inOrder<T extends { start: number }>(spoken: readonly T[]): T[] {
  let last = -Infinity;
  return spoken
    .map((one) => ({ one, at: (last = Number.isFinite(one.start) ? one.start : last) }))
    .sort((a, b) => (a.at === b.at ? 0 : a.at - b.at))
    .map(({ one }) => one);
}

/** By what is said of a party; where nothing is, the first one asks and the others answer. */
function rolesOf(parties: readonly VconParty[]): ('user' | 'assistant')[] {
  const marked = parties.map(
    ({ role, type, name }) =>
      type === 'bot' || ASSISTANT.test(role || (typeof name === 'string' ? name : '')),
  );
  const known = marked.some(Boolean) && !marked.every(Boolean);
  return parties.map((_, i) => ((known ? marked[i] : i > 0) ? 'assistant' : 'user'));
}

function speakerOf({ originator, parties }: VconDialog): number | undefined {
  if (originator !== undefined) return originator;
  const first = Array.isArray(parties) ? parties[0] : parties;
  return Array.isArray(first) ? first[0] : (first ?? undefined);
}
