// A thread that begins with what was said elsewhere. Only for a channel that has none: nothing is mixed into a conversation, and no run
// that is under way misses what it should have known.
import { Injectable } from '@nestjs/common';
import { newId, ParleyError, type ChannelRef } from '#contracts';
import type { ThreadInfo } from './thread.js';
import { ThreadStore } from './thread-store.js';
import { TranscriptStore, type Turn } from './transcript-store.js';

export interface ImportedTurn {
  role: 'user' | 'assistant';
  text: string;
  /** UTC milliseconds. */
  at: number;
  /** Names it among all turns, in place of a run. */
  id: string;
}

@Injectable()
export class ThreadImport {
  constructor(
    private readonly threads: ThreadStore,
    private readonly transcript: TranscriptStore,
  ) {}

  /**
   * @param turns oldest first
   * @throws ParleyError `thread_exists`, `state_unavailable`; UpstreamError where the provider keeps transcripts
   */
  async begin(ref: ChannelRef, turns: readonly ImportedTurn[]): Promise<ThreadInfo> {
    if ((await this.threads.find(ref)) !== undefined) throw exists();
    const id = newId('thread');
    const past = await this.transcript.prepare(id, turns.map(toTurn));
    const messages = turns.filter(({ role }) => role === 'user').length;
    const thread = await this.threads.import(ref, id, { ...past, messages });
    if (thread !== undefined) return thread;
    await this.transcript.erase(id, past.conversation);
    throw exists();
  }
}

/** A turn of its own for each, so that a long past can be cut between any two. */
function toTurn({ role, text, at, id }: ImportedTurn): Turn {
  const item = { role, content: text };
  return {
    run_id: id,
    message_id: '',
    at,
    input: role === 'user' ? [item] : [],
    output: role === 'assistant' ? [item] : [],
  };
}

const exists = (): ParleyError =>
  new ParleyError('thread_exists', 'unable to begin thread; the channel has one');
