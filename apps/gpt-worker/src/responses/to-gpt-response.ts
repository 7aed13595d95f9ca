// The end of a run, or a refusal, as a record of the answers' topic: `{"key", "value"}` inside the record's value.
// The documented members are always there, so that a consumer need not ask which kind of answer it has.
import { ERRORS, type KafkaReplyAddress, type ParleyError, type RunEnded, type Usage } from '#contracts';
import type { OutgoingRecord } from '#messaging';
import { PHOTO_RESPONSE } from '../topics.js';

interface GptResponse {
  response: string;
  /** The model that answered; null when none did. */
  model: string | null;
  usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number };
  finish_reason: 'stop' | 'length' | 'content_filter' | 'error';
  /** ISO 8601, UTC. */
  timestamp: string;
  /** Seconds from the request's acceptance to its end. */
  processing_time: number;
  /** It was answered before, and nothing was billed again. */
  cached?: true;
  /** Finite code, only with `finish_reason: error`. */
  error?: string;
  /** Faults of the request itself. */
  details?: readonly string[];
}

export function toGptResponse(reply: KafkaReplyAddress, end: RunEnded): OutgoingRecord {
  const common = { timestamp: new Date(end.at).toISOString() };
  if (end.type !== 'run.completed')
    return envelope(reply, {
      ...failure(ERRORS[end.code].text, end.code),
      ...common,
      // A refusal is an answer, too, and was billed.
      ...(end.type === 'run.failed' && { model: end.model ?? null, usage: toUsage(end.usage) }),
      processing_time: end.type === 'run.failed' ? seconds(end.took_ms) : 0,
    });
  return envelope(reply, {
    response: end.text,
    model: end.model ?? null,
    usage: toUsage(end.usage),
    finish_reason: toFinishReason(end.incomplete),
    ...common,
    processing_time: seconds(end.took_ms),
    ...(end.cached && { cached: true }),
  });
}

/** @param at UTC ms */
export function toErrorResponse(reply: KafkaReplyAddress, fault: ParleyError, at: number): OutgoingRecord {
  return envelope(reply, {
    ...failure(fault.publicText, fault.code),
    timestamp: new Date(at).toISOString(),
    processing_time: 0,
    ...(fault.details.length > 0 && { details: fault.details }),
  });
}

const failure = (text: string, error: string) => ({
  response: text,
  model: null,
  usage: toUsage(undefined),
  finish_reason: 'error' as const,
  error,
});

function toUsage(usage: Usage | undefined): GptResponse['usage'] {
  const { input_tokens = 0, output_tokens = 0, total_tokens = 0 } = usage ?? {};
  return { prompt_tokens: input_tokens, completion_tokens: output_tokens, total_tokens };
}

/** @param incomplete in the provider's words */
function toFinishReason(incomplete: string | undefined): GptResponse['finish_reason'] {
  if (incomplete === undefined) return 'stop';
  return incomplete === 'content_filter' ? 'content_filter' : 'length';
}

const seconds = (ms = 0): number => ms / 1_000;

function envelope({ topic, key, echo }: KafkaReplyAddress, said: GptResponse): OutgoingRecord {
  // The other flow's consumers look for the text under another name.
  const value = topic === PHOTO_RESPONSE ? { analysis: said.response, ...said } : said;
  return {
    topic,
    key: Buffer.from(key),
    value: Buffer.from(JSON.stringify({ key, value: { ...value, ...echo } })),
  };
}
