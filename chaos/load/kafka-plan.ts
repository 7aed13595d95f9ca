// What is sent by Kafka in a run of the rig, drawn from its seed: requests alone and in conversations of the other
// doors, under keys of every kind, repeats by their client, and records that are no requests. Pure.
import type { ExpectedMessage } from '../history/history.js';
import type { Random } from '../random.js';
import { CANARY_WORD } from '../rig/canaries.js';

/** One record of a request as it is sent; `id` goes along as a header and tells the records apart. */
export interface PlannedRecord {
  id: string;
  body: string;
  /** ms after the first record of its request was confirmed; that one has 0. */
  delay: number;
}

export interface PlannedRequest extends ExpectedMessage {
  n: number;
  /** ms after the start. */
  after: number;
  /** Only in the envelope; the record itself has none. */
  withoutRecordKey: boolean;
  conversation?: string;
  records: readonly PlannedRecord[];
  cancelAfter?: number;
}

/** A record that is no request. */
export interface BadRecord {
  id: string;
  after: number;
  key: string | undefined;
  value: Buffer | undefined;
  /** `refused`: its asker is known and told; `dead`: it goes to the dead-letter topic. */
  fate: 'refused' | 'dead';
}

export interface KafkaPlan {
  requests: readonly PlannedRequest[];
  bad: readonly BadRecord[];
}

/** @param channels of the other doors, some of which requests name as their conversation */
export function planKafka(
  random: Random,
  counts: { requests: number; spanMs: number },
  channels: readonly string[],
): KafkaPlan {
  const requests = Array.from({ length: counts.requests }, (_, n) =>
    planRequest(random, n, (n / counts.requests) * counts.spanMs, channels),
  );
  const bad = Array.from({ length: Math.ceil(counts.requests / 12) }, (_, n) => ({
    ...badRecord(random, n),
    after: random.int(0, counts.spanMs),
  }));
  return { requests, bad };
}

function planRequest(random: Random, n: number, after: number, channels: readonly string[]): PlannedRequest {
  // A key may be any text; such a one gets a channel by its digest only where no channel may be called so.
  const key = random.chance(0.1) ? `{"k${n}` : `k${n}`;
  const conversation = random.chance(0.3) ? random.pick(channels) : undefined;
  const text = [`${key}:`, ...Array.from({ length: random.int(3, 25) }, () => random.pick(WORDS))].join(' ');
  const fails = random.chance(0.03) ? ('upstream_rejected' as const) : undefined;
  const fault = fails ? '[[fail 400]]' : random.chance(0.1) ? `[[${random.pick(FAULTS)} times=1]]` : '';
  const body = `${CANARY_WORD} ${key} ${fault} [[say ${text}]] [[rate ${random.int(40, 200)}]]`;
  const repeats = random.chance(0.15)
    ? Array.from({ length: random.int(1, 3) }, (_, i) => ({
        id: `k${n}/${i + 1}`,
        body: random.chance(0.15) ? `${body} other` : body,
        // Some while it runs, some after its end.
        delay: random.int(0, 6_000),
      }))
    : [];
  return {
    n,
    after,
    channel: conversation ?? `gpt:${key}`,
    message_id: key,
    body,
    text,
    ...(fails && { fails }),
    cities: [],
    reply: false,
    withoutRecordKey: random.chance(0.05),
    ...(conversation !== undefined && { conversation }),
    records: [{ id: `k${n}/0`, body, delay: 0 }, ...repeats],
    ...(random.chance(0.04) && { cancelAfter: random.int(0, 1_500) }),
  };
}

const FAULTS = ['fail 500', 'fail 429 retry-after-ms=200', 'cut after 2', 'fin after 2', 'hang after 2'];
const WORDS = ['river', 'stone', 'über', 'cloud', '日本', 'paper', '🙂', 'quiet'];

function badRecord(random: Random, n: number): Omit<BadRecord, 'after'> {
  const id = `bad${n}`;
  const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
  const dead = (value: Buffer | undefined, key: string | undefined = id) => ({
    id,
    key,
    value,
    fate: 'dead' as const,
  });
  const refused = (value: object) => ({
    id,
    key: id,
    value: json({ key: id, value }),
    fate: 'refused' as const,
  });
  return random.pick([
    () => dead(Buffer.alloc(0)),
    () => dead(undefined),
    () => dead(Buffer.from(`{"key":"${id}"`)),
    () => dead(json([id])),
    () => dead(json({ message: 'no envelope' })),
    () => dead(Buffer.from([0x22, 0xff, 0x22])),
    () => dead(json({ key: id, value: { message: 'hi' } }), `${id}${'k'.repeat(600)}`),
    () => ({ ...dead(Buffer.from('{')), key: undefined }),
    () => refused({ message: 7, temperature: 'hot' }),
    () => refused({}),
    () => refused({ message: 'hi', max_tokens: -1 }),
  ])();
}
