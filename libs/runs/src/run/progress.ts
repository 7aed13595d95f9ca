// How far the writers of a run have got, as one word: Redis compares it and keeps it, only workers read it.

export interface Progress {
  /** UTF-16 units of text in the log that stand. */
  text_length: number;
  /** The provider's number of the newest event that was used. */
  sequence: number;
}

/** @param batch names the batch after which this holds, unlike every other batch of the run */
export const formatProgress = (batch: string, { sequence, text_length }: Progress): string =>
  `${batch}/${sequence}/${text_length}`;

/** Of a run that nobody has written for yet: nothing. */
export function parseProgress(word: string): Progress {
  const [, sequence = '0', text_length = '0'] = word.split('/');
  return { sequence: Number(sequence), text_length: Number(text_length) };
}
