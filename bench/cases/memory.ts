// Whether a process that has worked for long holds more than one that has just begun: short runs through the WebSocket
// door, with the heap and the resident set after a collection every so many of them. The heap tells of leaks; the resident
// set also holds what V8 keeps ready of its busiest moment.
import { setTimeout as delay } from 'node:timers/promises';
import { rssKiB } from '../measure/processes.js';
import { StreamClient } from '../load/stream-client.js';
import { Rig, type Program } from '../rig/rig.js';
import type { Case } from './case.js';

const SAMPLES = 10;
const AT_ONCE = 32;
/** The heap finds its size during the first of these many samples. */
const WARM = 3;
/** Growth from then to the end that counts as flat: a tenth of a process of 150 MiB. */
const MOST_GROWTH_KIB = 15 * 1_024;
const MOST_HEAP_GROWTH_KIB = 5 * 1_024;
const SETTLE_MS = 1_000;

export const memory: Case = {
  name: 'memory',
  async run({ note, ...settings }) {
    const runs = settings.quick ? 5_000 : 50_000;
    const rig = await Rig.open(settings, 'everysec');
    try {
      const app = await rig.app('worker,delivery', { REDIS_PREFIX: 'memory:' }, true);
      const rss: number[] = [];
      const heap: number[] = [];
      const started = performance.now();
      for (let i = 0; i < SAMPLES; i++) {
        await work(app, `memory-${i}`, runs / SAMPLES);
        rss.push(await settledRss(app));
        heap.push(await heapKiB(app));
        const [all, used] = [rss[i]!, heap[i]!].map((kib) => (kib / 1_024).toFixed(1));
        note(`${((i + 1) * runs) / SAMPLES} runs: ${all} MiB, of which ${used} in use on the heap`);
      }
      const perSecond = runs / ((performance.now() - started - SAMPLES * 2 * SETTLE_MS) / 1_000);
      const perRun = slope(rss.slice(WARM)) / (runs / SAMPLES);
      return [
        {
          id: 'memory.heap',
          what: `heap in use after ${runs} runs beside after ${(WARM * runs) / SAMPLES}`,
          unit: 'KiB',
          value: heap.at(-1)! - heap[WARM - 1]!,
          target: { most: MOST_HEAP_GROWTH_KIB },
        },
        {
          id: 'memory.growth',
          what: `resident set after ${runs} runs beside after ${(WARM * runs) / SAMPLES}`,
          unit: 'KiB',
          value: rss.at(-1)! - rss[WARM - 1]!,
          target: { most: MOST_GROWTH_KIB },
        },
        { id: 'memory.slope', what: 'its slope over these runs', unit: 'bytes/run', value: perRun * 1_024 },
        { id: 'memory.rss', what: 'resident set at the end', unit: 'KiB', value: rss.at(-1)! },
        { id: 'memory.rate', what: `whole short runs, ${AT_ONCE} at a time`, unit: '/s', value: perSecond },
      ];
    } finally {
      await rig.close();
    }
  },
};

async function work(app: Program, name: string, runs: number): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < runs) await one(app, `${name}-${next++}`);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

/** A new subscriber, channel, thread and run each time, so that everything that could be left behind is. */
async function one(app: Program, channel: string): Promise<void> {
  const client = await StreamClient.open(`ws://127.0.0.1:${app.port}/ws`, channel, () => undefined);
  client.send(`${channel} [[stamp]] [[tokens 5]]`);
  const end = await client.ended;
  client.close();
  if (end !== 'run.completed') throw new Error(`unable to measure; a run ended with ${end}`);
}

async function settledRss(app: Program): Promise<number> {
  for (let i = 0; i < 2; i++) {
    app.collect();
    await delay(SETTLE_MS);
  }
  return rssKiB(app.pid);
}

async function heapKiB({ url }: Program): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const bytes = /^\w*nodejs_heap_size_used_bytes(?:\{[^}]*\})? (\S+)/m.exec(text)?.[1];
  if (bytes === undefined) throw new Error('unable to measure; the app does not tell its heap');
  return Number(bytes) / 1_024;
}

/** Least squares, per step. */
function slope(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  let [up, across] = [0, 0];
  for (const [i, value] of values.entries()) {
    up += (i - middle) * (value - mean);
    across += (i - middle) ** 2;
  }
  return up / across;
}
