// The broker goes away in the middle of it: the worker says so, keeps trying, and in the end each request has been
// answered once. And what a burst of large images makes of its memory. Skipped where the broker's jars were never brought.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { AppProcess } from '../support/app-process.js';
import { KafkaClient, until } from '../support/kafka-client.js';
import { kafkaJars, startKafka, type ServiceHandle } from '../support/services.js';
import { startSystem, type ParleySystem } from '../support/system.js';

const withJars = kafkaJars() === undefined ? describe.skip : describe;

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
);

interface Container {
  args: string[];
  env: { name: string; value?: string }[];
  resources: { limits: { memory: string } };
}

/** What the image tells the C library about memory. */
const malloc = (): Record<string, string> =>
  Object.fromEntries(
    [...readFileSync('deploy/Dockerfile', 'utf8').matchAll(/(MALLOC_\w+)=(\d+)/g)].map(([, name, value]) => [
      name!,
      value!,
    ]),
  );

/** The worker as deploy/kubernetes runs it. */
function deployment(): Container {
  const { spec } = parse(readFileSync('deploy/kubernetes/deployment.yaml', 'utf8')) as {
    spec: { template: { spec: { containers: Container[] } } };
  };
  return spec.template.spec.containers[0]!;
}

/** Largest resident set so far; 0 where the kernel does not tell. */
function peakMiB(pid: number): number {
  const file = `/proc/${pid}/status`;
  if (!existsSync(file)) return 0;
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(file, 'utf8'))![1]) / 1024;
}

withJars('a worker and a broker of its own', () => {
  const names = { send: 'gpt-send', response: 'gpt-response' };
  let parley: ParleySystem;
  let broker: ServiceHandle;
  let worker: AppProcess;
  let kafka: KafkaClient;

  beforeAll(async () => {
    [parley, broker] = await Promise.all([startSystem({ streams: [], gateway: false }), startKafka()]);
    const env = {
      ...parley.env,
      BOOTSTRAP_SERVER: broker.url,
      CONSUMER_GROUP: 'a-Literal.group_1',
      REQUESTS_PER_MINUTE: '0',
    };
    worker = await AppProcess.start({ app: 'gpt-worker', env, readyPath: '/health/ready' });
    kafka = await KafkaClient.open([broker.url], names, 'story');
  }, 180_000);
  afterAll(async () => {
    await kafka?.close();
    await worker?.stop();
    await parley?.stop();
    await broker?.stop();
  }, 60_000);

  const part = async (): Promise<string | undefined> => {
    const response = await fetch(`${worker.url}/health/ready`);
    const { parts } = (await response.json()) as { parts: { name: string; status: string }[] };
    return parts.find(({ name }) => name === 'kafka_broker')?.status;
  };

  test('nothing is lost and nothing answered twice over two crashes of it', async () => {
    const keys = Array.from({ length: 120 }, (_, i) => `k-${i}`);
    const ask = (from: number, to: number): Promise<void> =>
      kafka.askAll(
        keys.slice(from, to).map((key) => [key, { message: `(${key}) [[tokens 20]] [[rate 20]]` }]),
      );
    for (const [from, to] of [
      [0, 60],
      [60, 120],
    ] as const) {
      await ask(from, to);
      // Some are answered, some are being answered.
      await until(() => keys.slice(from, to).some((key) => kafka.answers(key).length > 0), 30_000);
      await broker.kill9();
      await until(async () => (await part()) === 'down', 60_000);
      await broker.restart();
      await until(async () => (await part()) === 'up', 60_000);
      await until(() => keys.slice(from, to).every((key) => kafka.answers(key).length > 0), 60_000);
    }
    await kafka.ask('last', { message: 'hello' });
    await until(() => kafka.answers('last').length === 1);
    expect(keys.filter((key) => kafka.answers(key).length !== 1)).toEqual([]);
    expect([...(await kafka.admin.listGroups()).keys()]).toContain('a-Literal.group_1');
  }, 240_000);

  test('a burst of large images stays within the memory that the Deployment has', async () => {
    await worker.stop();
    const { args, env, resources } = deployment();
    const flags = ['--max-semi-space-size=8', ...args.filter((arg) => arg.startsWith('--'))];
    const limits = env.filter(({ name }) => ['HIGH_WATER_BYTES', 'WORKER_CONCURRENCY'].includes(name));
    worker = await AppProcess.start({
      ...worker.spec,
      env: {
        ...worker.spec.env,
        ...Object.fromEntries(limits.map(({ name, value }) => [name, value!])),
        ...malloc(),
        NODE_OPTIONS: flags.join(' '),
      },
    });
    const image = Buffer.concat([PNG, Buffer.alloc(6 * 1024 * 1024)]).toString('base64');
    const keys = Array.from({ length: 24 }, (_, i) => `image-${i}`);
    // Beyond Latin-1 all of the request takes twice the memory.
    for (const key of keys)
      await kafka.ask(key, { message: `Что это? (${key}) [[ttft 300]]`, images: [image] });
    await until(() => !worker.alive || keys.every((key) => kafka.answers(key).length > 0), 120_000);
    expect(keys.map((key) => kafka.answers(key)[0]?.value.finish_reason)).toEqual(keys.map(() => 'stop'));
    expect(resources.limits.memory).toBe('512Mi');
    expect(peakMiB(worker.pid)).toBeLessThan(512);
  }, 180_000);
});
