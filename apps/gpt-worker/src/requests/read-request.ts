// A record of `gpt-send` → the command for intake; or an error for the asker; or poison. Pure.
import {
  DEFAULT_TENANT,
  isPlainObject,
  JSON_LIMITS,
  LIMITS,
  ParleyError,
  parseJson,
  toParleyError,
  validate,
  type SubmitMessage,
} from '#contracts';
import type { KafkaRecord } from '#messaging';
import { GPT_RESPONSE } from '../topics.js';
import { GptRequestDto } from './gpt-request.dto.js';

export type ReadRequest =
  | { command: SubmitMessage & { reply: { kind: 'kafka'; topic: string; key: string } } }
  /** Who asked is known: they get an error response under their key. */
  | { refused: ParleyError; key: string }
  /** Nobody can be answered: it goes to the dead-letter topic. */
  | { poison: ParleyError };

/** Records up to the broker's limit; images will travel in them. */
const RECORD_LIMITS = { ...JSON_LIMITS, bytes: 10 * 1024 * 1024 };

export function readRequest(record: KafkaRecord): ReadRequest {
  let envelope: unknown;
  let key: string;
  try {
    if (!record.value || record.value.length === 0) throw invalid('no value');
    envelope = parseJson(record.value, RECORD_LIMITS);
    if (!isPlainObject(envelope)) throw invalid('not an object');
    if (!isPlainObject(envelope['value'])) throw invalid('the envelope has no value');
    key = keyOf(record, envelope['key']);
  } catch (error) {
    return { poison: toParleyError(error) };
  }
  try {
    const { message, question, conversation_id } = validate(GptRequestDto, envelope['value']);
    return {
      command: {
        tenant: DEFAULT_TENANT,
        channel: conversation_id ?? `gpt:${key}`,
        message_id: key,
        message: message ?? question ?? '',
        source: 'kafka',
        reply: { kind: 'kafka', topic: GPT_RESPONSE, key },
        request_id: key.slice(0, 200),
        ...(record.traceparent !== undefined && { traceparent: record.traceparent }),
      },
    };
  } catch (error) {
    return { refused: toParleyError(error), key };
  }
}

/** The record's key; else the envelope's; else one that the same record always gets. */
function keyOf({ key, topic, partition, offset }: KafkaRecord, inEnvelope: unknown): string {
  const bytes = key && key.length > 0 ? key.toString('utf8') : undefined;
  // A key that is not UTF-8 could not be repeated byte for byte.
  if (bytes !== undefined && !Buffer.from(bytes).equals(key!)) throw invalid('the key is not UTF-8');
  const text = bytes ?? (typeof inEnvelope === 'string' && inEnvelope !== '' ? inEnvelope : undefined);
  // Room for the prefix of a channel of its own.
  if (text !== undefined && text.length > LIMITS.message_id_chars - 4) throw invalid('the key is too long');
  if (text !== undefined && (!text.isWellFormed() || text.includes('\0')))
    throw invalid('the key is not text');
  return text ?? `${topic}-${partition}-${offset}`;
}

const invalid = (why: string): ParleyError =>
  new ParleyError('invalid_request', `unable to read request; ${why}`);
