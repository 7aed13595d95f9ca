// One seed from start to verdict: rig up, load and faults together, mend, rest, collect, check.
import { join } from 'node:path';
import { rmSync, writeFileSync } from 'node:fs';
import { check, type Verdict } from './checker/check.js';
import { HealthWatch } from './faults/health-watch.js';
import { Injector } from './faults/injector.js';
import { planFaults, type Fault } from './faults/plan.js';
import { Recorder } from './history/recorder.js';
import { planLoad } from './load/plan.js';
import { Traffic } from './load/traffic.js';
import { Random } from './random.js';
import { collect, untilQuiet } from './rig/collect.js';
import { kafkaIsAbsent } from './rig/committed-records.js';
import { Rig, type RigOptions } from './rig/rig.js';

export interface SeedOptions extends RigOptions {
  faults: number;
  /** Over which load and faults are spread. */
  spanMs: number;
  messages: number;
  channels: number;
  /** By Kafka, where there is one. */
  requests: number;
}

export interface SeedResult extends Verdict {
  faults: Fault[];
}

/** @param then what else is to be done with the rig while it stands */
export async function runSeed(
  options: SeedOptions,
  then: (rig: Rig) => Promise<void> = () => Promise.resolve(),
): Promise<SeedResult> {
  rmSync(options.dir, { recursive: true, force: true });
  const random = new Random(options.seed);
  const withKafka = kafkaIsAbsent() === undefined;
  const plan = planLoad(random.fork(), { ...options, requests: withKafka ? options.requests : 0 });
  const faults = planFaults(random.fork(), { ...options, withKafka });
  const rig = await Rig.start(options);
  try {
    const result = await underFire(rig, plan, faults);
    await then(rig);
    return { ...result, faults };
  } finally {
    await rig.stop();
  }
}

async function underFire(rig: Rig, plan: ReturnType<typeof planLoad>, faults: Fault[]): Promise<Verdict> {
  const { dir } = rig.options;
  const recorder = new Recorder(join(dir, 'history'), 'faults');
  const traffic = new Traffic(rig, plan);
  const health = new HealthWatch(rig, recorder);
  try {
    const sending = traffic.run();
    await new Injector(rig, traffic.subscribers, recorder).play(faults);
    await rig.mend();
    await sending;
    await untilQuiet(rig, traffic);
    recorder.flush();
    const failed = await traffic.failedQueue();
    traffic.flush();
    const messages = [...plan.messages, ...plan.kafka.requests];
    const { replies } = traffic;
    const history = await collect(rig, { channels: plan.channels, messages, replies, failed });
    writeFileSync(join(dir, 'history.json'), JSON.stringify(history));
    return check(history);
  } finally {
    health.stop();
    await traffic.stop();
    recorder.close();
  }
}
