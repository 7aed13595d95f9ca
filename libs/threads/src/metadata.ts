// The documented metadata of a channel: JSON {created_at, message_count, last_message_at}, in epoch seconds,
// which other systems write with fractions.

export interface ThreadMetadata {
  /** UTC milliseconds. */
  created_at: number;
  message_count: number;
  /** UTC milliseconds; the creation where there was no message yet. */
  last_message_at: number;
}

/** Undefined when the text is not such a document. */
export function parseMetadata(text: string): ThreadMetadata | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Written by other hands; whoever asks is told that the age is unknown.
    return undefined;
  }
  const { created_at, message_count, last_message_at } = (value ?? {}) as Record<string, unknown>;
  const created = milliseconds(created_at) ?? milliseconds(last_message_at);
  if (created === undefined) return undefined;
  return {
    created_at: created,
    message_count: typeof message_count === 'number' && message_count >= 0 ? message_count : 0,
    last_message_at: milliseconds(last_message_at) ?? created,
  };
}

const milliseconds = (seconds: unknown): number | undefined =>
  typeof seconds === 'number' && Number.isFinite(seconds) ? Math.round(seconds * 1_000) : undefined;
