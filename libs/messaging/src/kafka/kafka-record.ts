// A Kafka record as handlers get it, and the headers of those that were set aside.
import { createHash } from 'node:crypto';
import type { Message, MessageToProduce } from '@platformatic/kafka';
import type { ErrorCode } from '#contracts';

export interface OutgoingRecord {
  topic: string;
  key: Buffer | undefined;
  value: Buffer | undefined;
  headers?: Record<string, string>;
}

export interface KafkaRecord {
  topic: string;
  partition: number;
  offset: bigint;
  /** UTC ms of the record; with its place it names the record, also after the topic was made anew. */
  timestamp: bigint;
  /** Undefined for records without a key. */
  key: Buffer | undefined;
  /** Undefined for a tombstone. */
  value: Buffer | undefined;
  traceparent?: string;
  /** Header of that name: overrules what the request itself says. */
  priority?: string;
  /** Aborted when this consumer stops: what has not been decided by then is answered with 'leave'. */
  signal: AbortSignal;
}

export const deadTopic = (topic: string): string => `${topic}.dlq`;

/** Headers of a record in the dead-letter topic. */
export const DEAD_HEADERS = {
  /** Finite error code, see `ERRORS`. */
  reason: 'x-parley-reason',
  /** One line for operators, never content. */
  error: 'x-parley-error',
  topic: 'x-parley-topic',
  partition: 'x-parley-partition',
  offset: 'x-parley-offset',
  /** SHA-256 of the value, hex. */
  sha256: 'x-parley-sha256',
  /** Bytes of a value that the dead-letter topic does not take; then it is left out. */
  omitted: 'x-parley-omitted',
} as const;

/** Header of a record that an operator has sent again: `<partition>:<offset>` in the dead-letter topic. */
export const REPLAYED_HEADER = 'x-parley-replayed';

/** The same for each delivery of a record, different for every other record. */
export const deliveryOf = ({ topic, partition, offset, timestamp }: KafkaRecord): string =>
  `${topic}:${partition}:${offset}@${timestamp}`;

/** As the driver takes it; without acks and the like, which belong to the call. */
export function toProduced(record: OutgoingRecord): MessageToProduce<Buffer, Buffer, Buffer, Buffer> {
  const { topic, key, value, headers = {} } = record;
  const pairs = Object.entries(headers).map(
    ([name, text]) => [Buffer.from(name), Buffer.from(text)] as const,
  );
  return { topic, ...(key && { key }), ...(value && { value }), headers: new Map(pairs) };
}

export function toRecord(
  message: Message<Buffer | undefined, Buffer | undefined, Buffer, Buffer>,
  signal: AbortSignal,
): KafkaRecord {
  const { topic, partition, offset, timestamp, key, value, headers } = message;
  const header = (wanted: string): string | undefined =>
    [...headers].find(([name]) => name.toString() === wanted)?.[1]?.toString();
  const [traceparent, priority] = [header('traceparent'), header('priority')];
  return {
    topic,
    partition,
    offset,
    timestamp,
    key: key ?? undefined,
    value: value ?? undefined,
    ...(traceparent !== undefined && { traceparent }),
    ...(priority !== undefined && { priority }),
    signal,
  };
}

const ERROR_CHARS = 1_000;

/** The same key and value under `<topic>.dlq`, with where it came from and why it is there. */
export function toDeadRecord(
  { topic, partition, offset, key, value }: KafkaRecord,
  reason: ErrorCode,
  error: string,
): OutgoingRecord {
  const headers = {
    [DEAD_HEADERS.reason]: reason,
    [DEAD_HEADERS.error]: error.slice(0, ERROR_CHARS),
    [DEAD_HEADERS.topic]: topic,
    [DEAD_HEADERS.partition]: String(partition),
    [DEAD_HEADERS.offset]: String(offset),
    [DEAD_HEADERS.sha256]: createHash('sha256')
      .update(value ?? '')
      .digest('hex'),
  };
  return { topic: deadTopic(topic), key, value, headers };
}

/** A dead record for a topic that does not take it whole: its headers alone tell what it was. */
export function withoutValue(record: OutgoingRecord): OutgoingRecord {
  const headers = { ...record.headers, [DEAD_HEADERS.omitted]: String(record.value?.length ?? 0) };
  return { ...record, value: undefined, headers };
}
