// The port behind which a thread's content is kept: our own Redis, or OpenAI Conversations. Knows the
// provider's item shapes; knows nothing of runs beyond their ids.
import type { ResponseInputItem, ResponseOutputItem } from '#openai';
import type { Thread } from './thread.js';

/** What one run adds to its thread. */
export interface Turn {
  run_id: string;
  message_id: string;
  /** End of the run, UTC milliseconds. */
  at: number;
  /** Key of the user whose turn it is, where one was named. */
  by?: string;
  /** The user's message. */
  input: ResponseInputItem[];
  /** All that followed, tool calls and their outputs included; empty when the run ended without an answer. */
  output: (ResponseOutputItem | ResponseInputItem)[];
}

export interface TranscriptMessage {
  /** Names the message in this transcript, and the place after it for `after`. */
  id: string;
  role: 'user' | 'assistant';
  text: string;
  /** Empty where only the provider's copy is known. */
  message_id: string;
  run_id: string;
  /** ISO 8601, end of the run. */
  created_at: string;
}

export interface TranscriptQuery {
  /** Id of the last message seen. */
  after?: string;
  /** Messages per page. */
  limit: number;
  order: 'asc' | 'desc';
}

export interface TranscriptPage {
  items: TranscriptMessage[];
  /** The `after` of the following page; absent on the last one. */
  next?: string;
}

/** What one run has added, as far as it goes along. */
export interface PastTurn {
  run_id: string;
  items: ResponseInputItem[];
}

export interface Context {
  /** Sent before the new message, oldest first. */
  history: ResponseInputItem[];
  /** The same by turns, where the transcript is kept here. */
  turns?: PastTurn[];
  /** Transcript at the provider that holds the past instead. */
  conversation?: string;
}

export abstract class TranscriptStore {
  abstract readonly kind: 'redis' | 'openai';

  /**
   * What a request must carry so that the model sees the past. Only the owner of the channel may call it, and only
   * before a request that starts an attempt anew: what unfinished attempts left at a provider is removed here.
   * Sets `thread.conversation_id` where the provider holds the transcript.
   */
  abstract context(thread: Thread): Promise<Context>;

  /** Rows that the script which ends the run appends to the thread's list (see `settle_thread`). */
  abstract rows(thread: Thread, turn: Turn): string[];

  /**
   * What a thread that is yet to be made is given of turns from elsewhere, oldest first.
   * @returns rows for its list, and the transcript at the provider where one was made for them
   */
  abstract prepare(
    threadId: string,
    turns: readonly Turn[],
  ): Promise<{ rows: string[]; conversation?: string }>;

  /**
   * Messages of the user and the assistant; tool traffic is left out.
   * @throws ParleyError `invalid_cursor` when `after` is not of this thread
   */
  abstract page(thread: Thread, query: TranscriptQuery): Promise<TranscriptPage>;

  /** Deletes the content. Safe to repeat; what is gone already counts as deleted. */
  abstract erase(threadId: string, conversationId?: string): Promise<void>;
}
