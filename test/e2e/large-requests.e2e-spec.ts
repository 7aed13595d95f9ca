// A burst of requests with large images, to a worker with the heap that its image has: all are answered, and the resident set
// stays below what a pod may have. On a broker of its own, whose topics nobody else reads; skipped where its jars are missing.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AppProcess } from '../support/app-process.js';
import { KafkaClient, until } from '../support/kafka-client.js';
import { kafkaJars, startKafka, type ServiceHandle } from '../support/services.js';
import { startSystem, type ParleySystem } from '../support/system.js';

const withBroker = kafkaJars() !== undefined ? describe : describe.skip;
const COUNT = 24;
/** Of one image; a third more as base64. */
const IMAGE_BYTES = 6_000_000;
/** `deploy/kubernetes`. */
const POD_MIB = 512;
/** `deploy/Dockerfile`. */
const HEAP = '--max-old-space-size=256 --max-semi-space-size=24';
const PNG_HEAD = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ', 'base64');

/** The most that a process has had resident so far, in MiB. */
const peakMiB = (pid: number): number =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1_024;

withBroker('requests with large images', () => {
  const names = { send: 'gpt-send', response: 'gpt-response' };
  let parley: ParleySystem;
  let broker: ServiceHandle;
  let worker: AppProcess;
  let kafka: KafkaClient;

  beforeAll(async () => {
    [parley, broker] = await Promise.all([startSystem({ streams: [], gateway: false }), startKafka()]);
    // Their bodies are not looked at, and are large.
    await parley.control('POST', 'defaults', { journal_bodies: false });
    worker = await AppProcess.start({
      app: 'gpt-worker',
      env: { ...parley.env, BOOTSTRAP_SERVER: broker.url, REQUESTS_PER_MINUTE: '0', NODE_OPTIONS: HEAP },
      readyPath: '/health/ready',
    });
    kafka = await KafkaClient.open([broker.url], names, 'large');
  }, 180_000);
  afterAll(async () => {
    await kafka?.close();
    await worker?.stop();
    await parley?.stop();
    await broker?.stop();
  }, 60_000);

  test('come in a burst, are answered, and leave room in the pod', async () => {
    const keys = Array.from({ length: COUNT }, (_, i) => `large-${i}`);
    for (const key of keys) {
      const image = Buffer.concat([PNG_HEAD, randomBytes(IMAGE_BYTES - PNG_HEAD.length)]);
      // Letters beyond Latin-1 make V8 hold all of the request in twice the memory.
      await kafka.ask(key, { message: 'Что это? [[ttft 500]]', images: [image.toString('base64')] });
    }
    const isAnswered = (key: string): boolean => kafka.answers(key).length > 0;
    await until(() => !worker.alive || keys.every(isAnswered), 150_000);
    expect(worker.alive).toBe(true);
    expect(keys.map((key) => kafka.answers(key).map(({ value }) => value.finish_reason))).toEqual(
      keys.map(() => ['stop']),
    );
    expect(peakMiB(worker.pid)).toBeLessThan(POD_MIB);
  }, 180_000);
});
