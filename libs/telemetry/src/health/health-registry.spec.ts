import { Logger } from '@nestjs/common';
import { expect, jest, test } from '@jest/globals';
import { Metrics } from '../metrics/metrics.js';
import { HealthRegistry } from './health-registry.js';
import type { PartStatus } from './part-status.js';

Logger.overrideLogger(false);

test.each<[string, boolean, PartStatus, string]>([
  ['all is up', true, { status: 'up' }, 'up'],
  ['a critical part is down', true, { status: 'down', cause: 'connection lost' }, 'down'],
  ['a critical part is degraded', true, { status: 'degraded', cause: 'no fsync' }, 'degraded'],
  ['another part is down', false, { status: 'down', cause: 'no route' }, 'degraded'],
])('%s', async (_, critical, answer, expected) => {
  const health = new HealthRegistry();
  health.register('steady', { critical: true, check: () => ({ status: 'up' }) });
  health.register('part', { critical, check: () => answer });
  const report = await health.report();
  expect(report.status).toBe(expected);
  expect(report.causes).toEqual(answer.cause ? [`part: ${answer.cause}`] : []);
  expect(report.parts).toHaveLength(2);
});

test('a check that throws or never answers counts as down, with the cause', async () => {
  jest.useFakeTimers();
  const health = new HealthRegistry();
  health.register('throws', { critical: false, check: () => Promise.reject(new Error('refused')) });
  health.register('hangs', { critical: false, check: () => new Promise(() => undefined) });
  const asked = health.report();
  await jest.advanceTimersByTimeAsync(2_000);
  jest.useRealTimers();
  expect((await asked).causes).toEqual(['throws: refused', 'hangs: no answer in 1500 ms']);
});

test('says since when, shows it as a metric, and turns to stopping', async () => {
  const metrics = new Metrics();
  const health = new HealthRegistry(metrics);
  health.register('redis', { critical: true, check: () => ({ status: 'up' }) });
  const first = await health.report();
  health.stop();
  const second = await health.report();
  expect(second.status).toBe('stopping');
  expect(second.parts[0]!.since).toBe(first.parts[0]!.since);
  expect(await metrics.scrape()).toContain('parley_health_part_up{part="redis"} 1');
});
