// A Kafka record as handlers get it, and the headers of those that were set aside.
import { createHash } from 'node:crypto';
import type { Message } from '@platformatic/kafka';
import type { ErrorCode } from '#contracts';
import type { OutgoingRecord } from './kafka-publisher.js';

export interface KafkaRecord {
  topic: string;
  partition: number;
  offset: bigint;
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
} as const;

export function toRecord(
  message: Message<Buffer | undefined, Buffer | undefined, Buffer, Buffer>,
  signal: AbortSignal,
): KafkaRecord {
  const { topic, partition, offset, key, value, headers } = message;
  const header = (wanted: string): string | undefined =>
    [...headers].find(([name]) => name.toString() === wanted)?.[1]?.toString();
  const [traceparent, priority] = [header('traceparent'), header('priority')];
  return {
    topic,
    partition,
    offset,
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
