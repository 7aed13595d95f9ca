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
function keyOf(record: KafkaRecord, inEnvelope: unknown): string {
  const { topic, partition, offset } = record;
  const key = keyOfRecord(record);
  if (key !== undefined) return key;
  if (typeof inEnvelope === 'string' && inEnvelope !== '') return checked(inEnvelope);
  return `${topic}-${partition}-${offset}`;
}

/**
 * What is known of who asks before the value is read; undefined when the record has no key.
 * @throws ParleyError when nobody can be answered under it
 */
export function keyOfRecord({ key }: KafkaRecord): string | undefined {
  if (!key || key.length === 0) return undefined;
  const text = key.toString('utf8');
  // A key that is not UTF-8 could not be repeated byte for byte.
  if (!Buffer.from(text).equals(key)) throw invalid('the key is not UTF-8');
  return checked(text);
}

function checked(key: string): string {
  // Room for the prefix of a channel of its own.
  if (key.length > LIMITS.message_id_chars - 4) throw invalid('the key is too long');
  if (!key.isWellFormed() || key.includes('\0')) throw invalid('the key is not text');
  return key;
}

const invalid = (why: string): ParleyError =>
  new ParleyError('invalid_request', `unable to read request; ${why}`);
