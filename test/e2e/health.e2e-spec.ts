// A broker goes away: the apps live, say what is missing and since when, and recover by themselves.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { AppProcess } from '../support/app-process.js';
import { startRabbit, startRedis, type ServiceHandle } from '../support/services.js';
import { startSystem, type ParleySystem } from '../support/system.js';

let redis: ServiceHandle;
let rabbit: ServiceHandle;
let parley: ParleySystem;
beforeAll(async () => {
  [redis, rabbit] = await Promise.all([startRedis(), startRabbit()]);
  parley = await startSystem({ redisUrl: redis.url, rabbitUrl: rabbit.url });
}, 90_000);
afterAll(async () => {
  await parley?.stop();
  await Promise.all([redis?.stop(), rabbit?.stop()]);
}, 60_000);

interface Ready {
  http: number;
  status: string;
  parts: { name: string; status: string; cause?: string; since: string }[];
}

async function ready(app: AppProcess): Promise<Ready> {
  const response = await fetch(`${app.url}/health/ready`);
  return { http: response.status, ...((await response.json()) as Omit<Ready, 'http'>) };
}

/** Asks until it is so, for at most `ms`. */
async function becomes(app: AppProcess, http: number, ms = 5_000): Promise<Ready> {
  const deadline = Date.now() + ms;
  let report = await ready(app);
  while (report.http !== http && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    report = await ready(app);
  }
  expect(report.http).toBe(http);
  return report;
}

const part = (report: Ready, name: string) => report.parts.find((one) => one.name === name);
const alive = async (app: AppProcess): Promise<number> => (await fetch(`${app.url}/health/live`)).status;

test('all is well: every part is up', async () => {
  for (const app of [parley.gateway!, parley.delivery]) {
    const report = await ready(app);
    expect(report).toMatchObject({ http: 200, status: 'up' });
    expect(part(report, 'redis')).toMatchObject({ status: 'up', since: expect.stringMatching(/Z$/) });
  }
}, 90_000);

test('RabbitMQ away: ingress is not ready and says why; REST still takes messages; it comes back by itself', async () => {
  await rabbit.kill9();
  const report = await becomes(parley.delivery, 503);
  expect(part(report, 'rabbitmq')).toMatchObject({ status: 'down', cause: expect.any(String) });
  expect(part(report, 'redis')).toMatchObject({ status: 'up' });
  expect(await alive(parley.delivery)).toBe(200);
  expect((await ready(parley.gateway!)).http).toBe(200);
  const watcher = await parley.subscribe('rest-only');
  await parley.rest('POST', '/channels/rest-only/messages', { message: 'hello', message_id: 'm-1' });
  expect((await watcher.answer('m-1')).at(-1)).toMatchObject({ status: 'completed' });
  await rabbit.restart();
  await becomes(parley.delivery, 200, 20_000);
}, 60_000);

test('Redis away: nothing is ready, REST says so at once, and what was accepted is answered afterwards', async () => {
  const watcher = await parley.subscribe('patient');
  await parley.rest('POST', '/channels/patient/messages', {
    message: '[[tokens 60]] [[rate 20]]',
    message_id: 'm-1',
  });
  await watcher.next(({ status }) => status === 'in_progress');
  await redis.kill9();
  for (const app of [parley.gateway!, parley.delivery]) {
    const report = await becomes(app, 503);
    expect(part(report, 'redis')).toMatchObject({ status: 'down', cause: expect.any(String) });
    expect(await alive(app)).toBe(200);
  }
  await redis.restart();
  for (const app of [parley.gateway!, parley.delivery]) await becomes(app, 200, 10_000);
  expect((await watcher.answer('m-1', 30_000)).at(-1)).toMatchObject({ final_message: true });
  const state = parley.delivery
    .log()
    .split('\n')
    .filter((line) => line.includes('"part":"redis"'));
  expect(state.length).toBeLessThanOrEqual(6);
}, 60_000);

test('the provider away: degraded with the cause, but ready', async () => {
  await parley.emulator.kill9();
  const deadline = Date.now() + 40_000;
  let report = await ready(parley.delivery);
  while (part(report, 'openai')?.status === 'up' && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    report = await ready(parley.delivery);
  }
  expect(report).toMatchObject({ http: 200, status: 'degraded' });
  expect(part(report, 'openai')).toMatchObject({ status: 'degraded', cause: expect.any(String) });
}, 60_000);
