// The end of a run, or a refusal, as a record of `gpt-response`: `{"key", "value"}` inside the record's value.
import type { Frame, KafkaReplyAddress, ParleyError } from '#contracts';
import type { OutgoingRecord } from '#messaging';
import { GPT_RESPONSE } from '../topics.js';

type EndedFrame = Pick<Frame, 'message' | 'timestamp' | 'status' | 'error_details'>;

export function toGptResponse({ topic, key }: KafkaReplyAddress, frame: EndedFrame): OutgoingRecord {
  const failed = frame.status === 'error';
  return envelope(topic, key, {
    response: frame.message,
    finish_reason: failed ? 'error' : 'stop',
    timestamp: new Date(frame.timestamp * 1000).toISOString(),
    ...(failed && { error: frame.error_details ?? 'internal' }),
  });
}

export function toErrorResponse(key: string, fault: ParleyError): OutgoingRecord {
  return envelope(GPT_RESPONSE, key, {
    response: fault.publicText,
    finish_reason: 'error',
    timestamp: new Date().toISOString(),
    error: fault.code,
    ...(fault.details.length > 0 && { details: fault.details }),
  });
}

const envelope = (topic: string, key: string, value: object): OutgoingRecord => ({
  topic,
  key: Buffer.from(key),
  value: Buffer.from(JSON.stringify({ key, value })),
});
