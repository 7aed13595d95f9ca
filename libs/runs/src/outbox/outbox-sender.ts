// A way out of the system, as the outbox uses it. Ways differ in one thing: whether they keep, together with what they
// send, how far they have come.
import type { ReplyAddress } from '#contracts';
import type { OutboxEntry } from './outbox-entry.js';

export interface OutboxSender {
  readonly kind: ReplyAddress['kind'];
  /**
   * Called by the process that has just taken the lane, and again after a failure.
   * @param lane number of the shard whose entries come this way
   */
  open(lane: number): Promise<OutboxWay>;
}

export interface OutboxWay {
  /**
   * Id of the newest entry that has left for certain, of a way that writes it down in the same step as the entries: it
   * holds over crashes, and nothing up to it is sent again. Undefined: nothing yet, or a way that keeps no count.
   */
  readonly cursor: string | undefined;
  /**
   * In their order, all or some of them; may be called again with the same entries.
   * @returns the ids of those that the other side has confirmed
   * @throws when it is not known what has left; then the way is closed and opened anew
   */
  send(entries: readonly OutboxEntry[]): Promise<string[]>;
  close(): Promise<void>;
}

/** A way without a count: each entry by itself, at least once. */
export function oneByOne(
  send: (entry: OutboxEntry) => Promise<void>,
  refused: (entry: OutboxEntry, error: unknown) => void,
): OutboxWay {
  const sent = async (entry: OutboxEntry): Promise<string[]> => {
    try {
      await send(entry);
      return [entry.id];
    } catch (error) {
      refused(entry, error);
      return [];
    }
  };
  return {
    cursor: undefined,
    send: async (entries) => (await Promise.all(entries.map(sent))).flat(),
    close: () => Promise.resolve(),
  };
}
