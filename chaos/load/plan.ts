// What is sent in a run of the rig, drawn from its seed: messages with the answer that must come, repeats, other
// bodies under the same id, poison, cancels. Pure.
import type { ExpectedMessage } from '../history/history.js';
import type { Door } from '../history/operation.js';
import type { Random } from '../random.js';
import { CANARY_WORD } from '../rig/canaries.js';
import { planKafka, type KafkaPlan } from './kafka-plan.js';

/** Kafka's requests are planned apart. */
export type SocketOrRabbit = Exclude<Door, 'kafka'>;

export interface PlannedMessage extends ExpectedMessage {
  n: number;
  door: SocketOrRabbit;
  source: string;
  /** ms after the start before which it is not sent. */
  after: number;
  priority: number;
  repeats: readonly { door: SocketOrRabbit; delay: number; body: string }[];
  /** ms after it was taken in. */
  cancelAfter?: number;
}

export interface Poison {
  after: number;
  bytes: Buffer;
}

export interface LoadPlan {
  channels: readonly string[];
  messages: readonly PlannedMessage[];
  poison: readonly Poison[];
  /** Nothing in it where there is no Kafka. */
  kafka: KafkaPlan;
}

/** @param counts `spanMs`: over which the sending is spread; `requests`: by Kafka */
export function planLoad(
  random: Random,
  counts: { channels: number; messages: number; requests: number; spanMs: number },
): LoadPlan {
  const channels = Array.from({ length: counts.channels }, (_, i) =>
    i % 5 === 0 ? `chaos:${i}/ä *{s00}` : `chaos-${i}`,
  );
  const doors = channels.map((_, i): SocketOrRabbit => (i % 3 === 2 ? 'websocket' : 'rabbitmq'));
  const messages = Array.from({ length: counts.messages }, (_, n) => {
    const at = random.int(0, channels.length);
    return planMessage(random, n, channels[at]!, doors[at]!, at, (n / counts.messages) * counts.spanMs);
  });
  const poison = Array.from({ length: Math.ceil(counts.messages / 40) }, (_, i) => ({
    after: random.int(0, counts.spanMs),
    bytes: poisonBytes(random, i),
  }));
  return { channels, messages, poison, kafka: planKafka(random.fork(), counts, channels) };
}

function planMessage(
  random: Random,
  n: number,
  channel: string,
  door: SocketOrRabbit,
  at: number,
  after: number,
): PlannedMessage {
  const message_id = `m${n}`;
  const { words, ...answer } = planAnswer(random, message_id);
  const body = `${CANARY_WORD} ${message_id} ${words}`;
  const repeats = random.chance(0.2)
    ? Array.from({ length: random.int(1, 3) }, () => ({
        door: random.pick<SocketOrRabbit>(['rabbitmq', 'websocket']),
        delay: random.int(0, 3_000),
        body: random.chance(0.15) ? `${body} other` : body,
      }))
    : [];
  return {
    n,
    channel,
    message_id,
    body,
    door,
    source: `${door}-${at}`,
    after,
    // One priority per channel: inside the broker's queue a higher one overtakes.
    priority: at % 4 === 1 ? 5 : 0,
    // Also where the first message asks for nothing, so that only a repeat by the other door does.
    reply: door === 'rabbitmq' ? random.chance(0.3) : n % 3 === 0,
    repeats,
    ...answer,
    ...(random.chance(0.06) && { cancelAfter: random.int(0, 1_500) }),
  };
}

type Answer = Pick<ExpectedMessage, 'text' | 'cities' | 'fails'> & { words: string };

function planAnswer(random: Random, id: string): Answer {
  const length = random.int(5, 60);
  const text = [`${id}:`, ...Array.from({ length }, () => random.pick(WORDS))].join(' ');
  const paced = `[[say ${text}]] [[rate ${random.int(40, 200)}]]`;
  const plain = { text, cities: [] };
  if (random.chance(0.1)) {
    const cities = random.chance(0.3) ? [`Ax${id}`, `Bx${id}`] : [`Ax${id}`];
    const calls = cities.map((city) => `[[tool get_weather {"city":"${city}"}]]`).join(' ');
    return { text, cities, words: `${calls} ${paced}` };
  }
  if (random.chance(0.02)) return { ...plain, fails: 'upstream_rejected', words: `[[fail 400]] ${paced}` };
  if (!random.chance(0.12)) return { ...plain, words: paced };
  const after = random.int(1, 6);
  const fault = random.pick([
    'fail 500',
    'fail 503',
    'fail 429 retry-after-ms=200',
    `cut after ${after}`,
    'cut before',
    `fin after ${after}`,
    `hang after ${after}`,
    `malformed after ${after}`,
    `error-event after ${after}`,
    `missing-seq after ${after}`,
    `duplicate-seq after ${after}`,
    'no-blank-line',
    'html-200',
  ]);
  return { ...plain, words: `[[${fault} times=1]] ${paced}` };
}

const WORDS = [
  'river',
  'stone',
  'über',
  'cloud',
  'seven',
  'light',
  '日本',
  'paper',
  'north',
  'salt',
  '🙂',
  'quiet',
];

function poisonBytes(random: Random, i: number): Buffer {
  const tag = `poison ${i} ${random.int(0, 1e9)}`;
  return random.pick([
    () => Buffer.from(`{"channel":"${tag}"`),
    () => Buffer.from(JSON.stringify({ channel: tag, message: 'no id' })),
    () => Buffer.from(JSON.stringify({ channel: tag, message_id: 7, message: {} })),
    () => Buffer.from(JSON.stringify({ channel: tag, message_id: 'big', message: 'x'.repeat(1_100_000) })),
    () => Buffer.concat([Buffer.from(`"${tag}`), Buffer.from([0xff, 0xfe, 0x22])]),
    () => Buffer.from(`${JSON.stringify(tag)}${'['.repeat(2_000)}`),
  ])();
}
