// One trace from the producer's publish to the subscriber's last frame, over two processes; ids, codes and counts in it, no texts.
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startSystem, type ParleySystem } from '../support/system.js';

interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  attributes: { key: string; value: Record<string, unknown> }[];
}

const spans: Span[] = [];
const bodies: string[] = [];
let collector: Server;
let parley: ParleySystem;
beforeAll(async () => {
  collector = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      bodies.push(text);
      for (const { scopeSpans } of (
        JSON.parse(text) as { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] }
      ).resourceSpans)
        for (const scope of scopeSpans) spans.push(...scope.spans);
      response.setHeader('content-type', 'application/json').end('{}');
    });
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  const { port } = collector.address() as { port: number };
  parley = await startSystem({
    streams: ['ingress,delivery', 'worker'],
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` },
  });
}, 90_000);
afterAll(async () => {
  await parley?.stop();
  collector.close();
}, 30_000);

async function trace(id: string, names: string[]): Promise<Span[]> {
  for (let tries = 0; tries < 200; tries++) {
    const mine = spans.filter(({ traceId }) => traceId === id);
    if (names.every((name) => mine.some((span) => span.name.startsWith(name)))) return mine;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`spans of ${id}: ${spans.map(({ traceId, name }) => `${traceId} ${name}`).join(', ')}`);
}

test.each([
  ['RabbitMQ', 'rabbitmq receive'],
  ['REST', 'intake'],
])('from %s', async (door, first) => {
  const traceId = door === 'REST' ? 'a'.repeat(32) : 'b'.repeat(32);
  const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;
  const watcher = await parley.subscribe(door);
  const message = 'a private question about the weather in Berlin [[tool get_weather {"city":"Berlin"}]]';
  if (door === 'REST')
    await parley.rest('POST', `/channels/${door}/messages`, { message, message_id: 'm-1' }, { traceparent });
  else await parley.publish(door, 'm-1', message, { headers: { traceparent } });
  await watcher.answer('m-1');
  const mine = await trace(traceId, [first, 'run', 'chat', 'execute_tool get_weather', 'deliver last frame']);
  const of = (name: string): Span => mine.find((span) => span.name.startsWith(name))!;
  expect(of(first).parentSpanId).toBe('00f067aa0ba902b7');
  expect(of('run').parentSpanId).toBe(of(first).spanId);
  expect(of('chat').attributes.map(({ key }) => key)).toEqual(
    expect.arrayContaining([
      'gen_ai.request.model',
      'gen_ai.usage.input_tokens',
      'gen_ai.usage.output_tokens',
    ]),
  );
  expect(bodies.join()).not.toMatch(/private question|sk-e2e/);
});
