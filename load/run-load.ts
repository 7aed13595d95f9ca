// The course of a load: so many requests in flight, each by a key of its own, until all are answered or given up; then a little longer, to
// see whether answers come twice.
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { LoadArguments } from './arguments.js';
import type { KafkaConfig } from '#config';
import { KafkaWire } from './kafka-wire.js';
import { Slots } from './slots.js';
import { Tally } from './tally.js';

/** How long doubles are waited for after the last answer. */
const AFTER_MS = 2_000;
const LOOK_MS = 250;

export interface LoadOutcome {
  tally: Tally;
  /** From the first request to the last answer. */
  ms: number;
}

/** @throws Error when the brokers cannot be used */
export async function runLoad(
  args: LoadArguments,
  kafka: KafkaConfig,
  onProgress: (tally: Tally) => void,
): Promise<LoadOutcome> {
  const { requests, rate, users, message, timeoutMs } = args;
  const id = `load-${randomBytes(6).toString('hex')}`;
  const tally = new Tally();
  const slots = new Slots(args.concurrent);
  let last = 0;
  const wire = await KafkaWire.open({ ...args, kafka, id }, (key, value) => {
    last = performance.now();
    if (tally.answer(key, value, last)) slots.free();
    onProgress(tally);
  });
  // Who is given up makes room, so that one lost answer does not stop the load.
  const clock = setInterval(() => {
    const late = tally.giveUp(performance.now() - timeoutMs);
    if (late > 0) slots.free(late);
  }, LOOK_MS);
  const begun = performance.now();
  const faults: unknown[] = [];
  try {
    for (let i = 0; i < requests && faults.length === 0; i++) {
      const due = rate === 0 ? 0 : begun + (i * 1_000) / rate - performance.now();
      if (due > 0) await delay(due);
      await slots.take();
      const key = `${id}-${i}`;
      tally.start(key, performance.now());
      const value = { message, user_email: `load-${i % users}@example.com` };
      wire.ask(key, value).catch((error: unknown) => faults.push(error));
    }
    if (faults.length === 0) await slots.empty();
    await delay(AFTER_MS);
  } finally {
    clearInterval(clock);
    await wire.close();
  }
  if (faults.length > 0) throw new Error('a request could not be sent', { cause: faults[0] });
  return { tally, ms: last > 0 ? last - begun : performance.now() - begun };
}
