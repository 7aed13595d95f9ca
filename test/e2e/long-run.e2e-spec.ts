// A run lasts many times the broker's heartbeat: the connection stays, and the message is delivered once.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startSystem, type ParleySystem } from '../support/system.js';

let parley: ParleySystem;
beforeAll(async () => {
  parley = await startSystem({ gateway: false, env: { RABBITMQ_HEARTBEAT_SECONDS: '1' } });
}, 90_000);
afterAll(() => parley?.stop(), 30_000);

interface Part {
  name: string;
  status: string;
  since: string;
}

async function rabbitmq(): Promise<Part> {
  const response = await fetch(`${parley.delivery.url}/health/ready`);
  const { parts } = (await response.json()) as { parts: Part[] };
  return parts.find(({ name }) => name === 'rabbitmq')!;
}

async function taken(): Promise<string[]> {
  const metrics = await (await fetch(`${parley.delivery.url}/metrics`)).text();
  return metrics.match(/^parley_intake_messages_total\{.*$/gm) ?? [];
}

test('six seconds of answer over a heartbeat of one: no new connection, one delivery, one request', async () => {
  const before = await rabbitmq();
  const watcher = await parley.subscribe('long');
  const begun = Date.now();
  await parley.publish('long', 'm-1', '[[tokens 60]] [[rate 10]]');
  const frames = await watcher.answer('m-1', 30_000);
  // The broker gives a silent connection up after two heartbeats.
  expect(Date.now() - begun).toBeGreaterThan(5_000);
  expect(frames.at(-1)).toMatchObject({ status: 'completed', final_message: true });
  expect(frames.filter(({ status }) => status === 'started')).toHaveLength(1);

  expect(await rabbitmq()).toEqual(before);
  const lines = parley.delivery.log().split('\n');
  expect(lines.filter((line) => line.includes('RabbitMQ intake: consuming'))).toHaveLength(1);
  expect(lines.filter((line) => /RabbitMQ intake: connecting \(/.test(line))).toEqual([]);
  expect(await taken()).toEqual([expect.stringMatching(/source="rabbitmq",outcome="\w+"\} 1$/)]);
  expect(await parley.journal()).toHaveLength(1);
}, 60_000);
