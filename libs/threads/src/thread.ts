// What a thread is: the conversation of one channel, from its first message until it was idle too long.
// Knows nothing of what was said in it; that is the transcript.
import type { ChannelRef } from '#contracts';

export interface Thread {
  /** `thread_` and 32 hexadecimal digits. */
  id: string;
  ref: ChannelRef;
  /** Key of the channel in internal names. */
  chk: string;
  /** UTC milliseconds. */
  created_at: number;
  /** Transcript at the provider (`conv_…`), where one is kept there; set by `TranscriptStore.context`. */
  conversation_id?: string;
}

/** A thread with its counters. */
export interface ThreadInfo extends Thread {
  /** Messages that were answered or otherwise ended. */
  message_count: number;
  /** UTC milliseconds; the creation as long as there was no message. */
  last_message_at: number;
}
