// Requests over Kafka from the topic to the topic, beside a bare loop of consume, ask and produce: what durability, one
// answer each, limits and accounts cost. The provider answers at once, so that no model time is in the figures.
import { startKafka } from '#testing';
import { KafkaLoad } from '../load/kafka-load.js';
import { awaitQuiet } from '../measure/machine.js';
import { median, quantile, sortedOf } from '../measure/percentiles.js';
import { rssKiB, watchCpu } from '../measure/processes.js';
import type { Figure } from '../report.js';
import { Rig, type Program } from '../rig/rig.js';
import type { Case } from './case.js';

const PER_SECOND = 500;
const OVERHEAD_MS = { p50: 5, p99: 20 };
const THROUGHPUT_SHARE = 0.5;
const MOST_MIB = 300;

const WAYS = ['loop', 'lane', 'parley'] as const;
type Way = (typeof WAYS)[number];
interface Round {
  p50: number;
  p99: number;
  rate: number;
  /** CPU ms of the answering process per request. */
  cpu: number;
}

const TOPICS = {
  loop: { requests: 'floor-send', answers: 'floor-response' },
  lane: { requests: 'lane-send', answers: 'lane-response' },
  parley: { requests: 'gpt-send', answers: 'gpt-response' },
} as const;

export const kafka: Case = {
  name: 'kafka',
  async run(settings) {
    const { rounds, quick, note, fsync } = settings;
    const rig = await Rig.open(settings, fsync);
    const broker = await startKafka();
    try {
      await fetch(`${rig.emulator.url}/_emulator/defaults`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ttft_ms: 0, tokens_per_second: 0 }),
      });
      const results = new Map<Way, Round[]>(WAYS.map((way) => [way, []]));
      let rss = 0;
      for (const way of WAYS) {
        const load = await KafkaLoad.open(broker.url, TOPICS[way]);
        const program = await start(way, rig, broker.url);
        const [seconds, waiting] = quick ? [4, 2_000] : [10, 5_000];
        // The first requests meet code that is not compiled yet.
        await load.paced(100, 3);
        for (let i = 0; i < rounds; i++) {
          await awaitQuiet(settings);
          const cpu = watchCpu({ program: program.pid });
          const took = sortedOf(await load.paced(PER_SECOND, seconds));
          const spent = cpu().program / took.length;
          const rate = await load.backlog(waiting);
          const round = { p50: quantile(took, 0.5), p99: quantile(took, 0.99), rate, cpu: spent };
          results.get(way)!.push(round);
          note(
            `${way.padEnd(8)} p50 ${round.p50.toFixed(1)} ms, p99 ${round.p99.toFixed(1)} ms, ${Math.round(rate)} answers/s, ${spent.toFixed(2)} ms CPU`,
          );
        }
        if (way === 'parley') rss = rssKiB(program.pid) / 1024;
        await load.close();
        await program.stop();
      }
      return toFigures(results, rss);
    } finally {
      await broker.stop();
      await rig.close();
    }
  },
};

function start(way: Way, rig: Rig, broker: string): Promise<Program> {
  const env = { BOOTSTRAP_SERVER: broker };
  if (way !== 'parley') {
    const { requests: TOPIC_IN, answers: TOPIC_OUT } = TOPICS[way];
    const more = {
      TOPIC_IN,
      TOPIC_OUT,
      UPSTREAM: rig.emulator.url,
      GROUP: way,
      ...(way === 'lane' && { LANE: 'lane' }),
    };
    return rig.spawn('bench/floors/kafka-loop.js', { ready: '/', env: { ...env, ...more } });
  }
  return rig.spawn('apps/gpt-worker/src/main.js', {
    ready: '/health/ready',
    flags: ['--max-old-space-size=256', '--max-semi-space-size=24'],
    env: {
      ...env,
      NODE_ENV: 'development',
      LOG_LEVEL: 'warn',
      REDIS_URL: rig.redis.url,
      OPENAI_API_KEY: 'bench',
      OPENAI_BASE_URL: `${rig.emulator.url}/v1`,
      REQUESTS_PER_MINUTE: '0',
      DAILY_TOKEN_LIMIT: '0',
    },
  });
}

function toFigures(results: ReadonlyMap<Way, Round[]>, rss: number): Figure[] {
  const of = (way: Way, what: keyof Round): number[] => results.get(way)!.map((round) => round[what]);
  const least = (way: Way, what: keyof Round): number => Math.min(...of(way, what));
  const most = (way: Way, what: keyof Round): number => Math.max(...of(way, what));
  const overhead = (what: 'p50' | 'p99'): Figure => ({
    id: `kafka.overhead.${what}`,
    what: `Kafka, ${PER_SECOND} requests/s: ${what} beyond the bare loop`,
    unit: 'ms',
    value: Math.max(0, least('parley', what) - least('loop', what)),
    median: Math.max(0, median(of('parley', what)) - median(of('loop', what))),
    target: { most: OVERHEAD_MS[what] },
  });
  return [
    ...(['p50', 'p99'] as const).map((what) => ({
      id: `kafka.latency.${what}`,
      what: `Kafka, ${PER_SECOND} requests/s: topic to topic, ${what}`,
      unit: 'ms',
      value: least('parley', what),
      median: median(of('parley', what)),
      floor: least('loop', what),
    })),
    overhead('p50'),
    overhead('p99'),
    {
      id: 'kafka.rate',
      what: 'Kafka: answers/s of a backlog',
      unit: '/s',
      value: most('parley', 'rate'),
      median: median(of('parley', 'rate')),
      floor: most('loop', 'rate'),
      target: { least: most('loop', 'rate') * THROUGHPUT_SHARE },
    },
    {
      id: 'kafka.cpu',
      what: "Kafka: the worker's CPU per request",
      unit: 'ms',
      value: least('parley', 'cpu'),
      median: median(of('parley', 'cpu')),
      floor: least('loop', 'cpu'),
    },
    {
      id: 'kafka.rss',
      what: 'Kafka: resident set of the worker',
      unit: 'MiB',
      value: rss,
      target: { most: MOST_MIB },
    },
  ];
}
