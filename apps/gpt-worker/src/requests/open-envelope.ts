// A record → the id of its request and what was asked, as JSON. Pure.
import { isPlainObject, JSON_LIMITS, LIMITS, ParleyError, parseJson } from '#contracts';
import type { KafkaRecord } from '#messaging';

export interface Envelope {
  /** The request's id; the answer's record has the same key. */
  key: string;
  value: Record<string, unknown>;
}

/** Records up to the broker's limit, because images travel in them. */
const RECORD_LIMITS = { ...JSON_LIMITS, bytes: 10 * 1024 * 1024 };

/** @throws ParleyError when nobody can be answered */
export function openEnvelope(record: KafkaRecord): Envelope {
  if (!record.value || record.value.length === 0) throw invalid('no value');
  const envelope = parseJson(record.value, RECORD_LIMITS);
  if (!isPlainObject(envelope)) throw invalid('not an object');
  const { value } = envelope;
  if (!isPlainObject(value)) throw invalid('the envelope has no value');
  return { key: keyOf(record, envelope['key']), value };
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
