// A Redis that may evict keys holds promises that it need not keep: said aloud in development, refused when strict.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AppProcess } from '../support/app-process.js';
import { startRedis, type ServiceHandle } from '../support/services.js';
import { startSystem, type ParleySystem } from '../support/system.js';

let redis: ServiceHandle;
let parley: ParleySystem;
beforeAll(async () => {
  redis = await startRedis({ maxmemoryPolicy: 'allkeys-lru' });
  parley = await startSystem({ redisUrl: redis.url });
}, 90_000);
afterAll(async () => {
  await parley?.stop();
  await redis?.stop();
}, 60_000);

async function ready(app: AppProcess): Promise<{ http: number; redis: unknown }> {
  const response = await fetch(`${app.url}/health/ready`);
  const { parts } = (await response.json()) as { parts: { name: string }[] };
  return { http: response.status, redis: parts.find(({ name }) => name === 'redis') };
}

test('by default it works, degraded, with the cause in health and log', async () => {
  for (const app of [parley.gateway!, parley.delivery]) {
    const cause = expect.stringContaining('maxmemory-policy is allkeys-lru');
    expect(await ready(app)).toMatchObject({ http: 200, redis: { status: 'degraded', cause } });
    const warning = app
      .log()
      .split('\n')
      .find((line) => line.includes('redis is degraded'));
    expect(warning).toContain('allkeys-lru');
  }
  const watcher = await parley.subscribe('evictable');
  await parley.publish('evictable', 'm-1', 'hello');
  expect((await watcher.answer('m-1')).at(-1)).toMatchObject({ status: 'completed' });
}, 60_000);

test('with REDIS_STRICT=true nothing is accepted, and health says why', async () => {
  const { spec } = parley.gateway!;
  const strict = await AppProcess.start(
    { ...spec, env: { ...spec.env, REDIS_STRICT: 'true' } },
    { ready: false },
  );
  try {
    const cause = expect.stringMatching(/refused: .*allkeys-lru/);
    // Until it has looked, it is not connected yet.
    for (let i = 0; i < 100 && !JSON.stringify(await ready(strict)).includes('refused'); i++)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await ready(strict)).toMatchObject({ http: 503, redis: { status: 'down', cause } });
    const answer = await fetch(`${strict.url}/channels/strict/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ message: 'hello' }),
    });
    expect(answer.status).toBe(503);
    const inboxes = await parley.redis.keys(`${parley.prefix}*:in`);
    expect(inboxes).toEqual([]);
  } finally {
    await strict.stop();
  }
}, 60_000);
