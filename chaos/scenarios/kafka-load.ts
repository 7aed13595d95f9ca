// Requests by Kafka while a replica of gpt-worker is killed every few seconds and the broker crashes once: a reader of
// committed records must see one answer to each. Kafka only, so that the figures are its own.
import { join } from 'node:path';
import { rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { check, type Verdict } from '../checker/check.js';
import type { View } from '../checker/view.js';
import { HealthWatch } from '../faults/health-watch.js';
import { Injector } from '../faults/injector.js';
import type { FaultKind } from '../faults/plan.js';
import { Recorder } from '../history/recorder.js';
import type { KafkaPlan } from '../load/kafka-plan.js';
import { KafkaTraffic } from '../load/kafka-traffic.js';
import { Random } from '../random.js';
import { collect, untilAtRest } from '../rig/collect.js';
import { Rig, type RigOptions } from '../rig/rig.js';

export interface KafkaLoadResult extends Verdict {
  seconds: number;
  kills: number;
  /** Times that a run was taken over, because its worker was killed with it in hand. */
  takenOver: number;
  requests: number;
  answers: number;
  /** Calls of the provider beyond the first one, by the text of the request. */
  doubles: number;
  /** Tokens that those cost, as far as the provider keeps responses (it does in the background). */
  wasted: number;
  rest: boolean;
}

const KILL_EVERY_MS = 5_000;
/** Requests a second. */
const RATE = 40;
/** Part of the sending after which the broker crashes. */
const CRASH_AT = 0.4;
const AWAY_MS = 1_000;
const REST_MS = 180_000;

export async function runKafkaLoad(options: RigOptions, count: number): Promise<KafkaLoadResult> {
  rmSync(options.dir, { recursive: true, force: true });
  const rig = await Rig.start({ ...options, kafkaOnly: true });
  if (!rig.kafka) {
    await rig.stop();
    throw new Error('unable to load Kafka; there is none');
  }
  const recorder = new Recorder(join(options.dir, 'history'), 'faults');
  const plan = planOf(count);
  const traffic = new KafkaTraffic(rig.kafka, plan, options.dir, () => Promise.resolve());
  const health = new HealthWatch(rig, recorder);
  try {
    await rig.emulator.keepBodies();
    const started = performance.now();
    await underFire(rig, recorder, new Random(options.seed), traffic.run(), (count / RATE) * 1_000);
    await rig.mend();
    const rest = await untilAtRest(rig, undefined, REST_MS);
    const seconds = (performance.now() - started) / 1_000;
    recorder.flush();
    traffic.flush();
    const history = await collect(rig, { channels: [], messages: plan.requests, replies: [], failed: [] });
    writeFileSync(join(options.dir, 'history.json'), JSON.stringify(history));
    const calls = [...(await rig.emulator.asked(/load-\d+/)).values()];
    const lost = calls.flatMap((ids) => ids.slice(0, -1));
    const wasted = await Promise.all(lost.map((id) => rig.emulator.billed(id)));
    const verdict = check(history);
    return {
      ...verdict,
      seconds,
      rest,
      kills: verdict.view.faults.filter(({ kind }) => kind === 'gpt-kill').length,
      takenOver: takeovers(verdict.view),
      requests: history.kafka?.requests.length ?? 0,
      answers: history.kafka?.answers.length ?? 0,
      doubles: lost.length,
      wasted: wasted.reduce((sum, tokens) => sum + tokens, 0),
    };
  } finally {
    health.stop();
    await traffic.stop();
    recorder.close();
    await rig.stop();
  }
}

/** By the logs: each attempt after the first says so, and nothing but a kill makes one here. */
function takeovers({ runs }: View): number {
  let sum = 0;
  for (const { events } of runs.values()) sum += Math.max(0, ...events.map(({ event }) => event.attempt - 1));
  return sum;
}

function planOf(count: number): KafkaPlan {
  const requests = Array.from({ length: count }, (_, n) => {
    const key = `load-${n}`;
    const text = `${key}: one two three`;
    const body = `[[say ${text}]] [[rate 20]]`;
    return {
      n,
      after: (n / RATE) * 1_000,
      channel: `gpt:${key}`,
      message_id: key,
      body,
      text,
      cities: [],
      reply: false,
      withoutRecordKey: false,
      records: [{ id: `k${n}/0`, body, delay: 0 }],
    };
  });
  return { requests, bad: [] };
}

/** Kills go on until everything is sent; the broker's crash does not wait for one of them. */
async function underFire(
  rig: Rig,
  recorder: Recorder,
  random: Random,
  sending: Promise<void>,
  spanMs: number,
): Promise<void> {
  const injector = new Injector(rig, [], recorder);
  let n = 0;
  const strike = (kind: FaultKind, ms: number): Promise<void> =>
    injector.strike({ n: n++, kind, after: 0, target: random.int(0, rig.gptWorkers.length), ms });
  const striking: Promise<void>[] = [];
  const stop = new AbortController();
  const kills = (async () => {
    while (!stop.signal.aborted) {
      // Ends early when everything is sent.
      await delay(KILL_EVERY_MS, undefined, { signal: stop.signal }).catch(() => undefined);
      if (!stop.signal.aborted) striking.push(strike('gpt-kill', 0));
    }
  })();
  const crash = delay(spanMs * CRASH_AT).then(() => strike('kafka-kill', 2 * AWAY_MS));
  await Promise.all([sending, crash]);
  stop.abort();
  await kills;
  await Promise.all(striking);
  await injector.settled();
}
