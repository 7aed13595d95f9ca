import { expect, test } from '@jest/globals';
import { planFaults } from '../faults/plan.js';
import { Random } from '../random.js';
import { planLoad } from './plan.js';

const counts = { channels: 10, messages: 200, requests: 100, spanMs: 10_000 };
const few = (faults: number) => ({ faults, spanMs: 10_000, leaseMs: 1_500, withKafka: true });

test('the same seed plans the same, another one something else', () => {
  const plan = (seed: number) =>
    JSON.stringify([planLoad(new Random(seed), counts), planFaults(new Random(seed), few(30))]);
  expect(plan(7)).toBe(plan(7));
  expect(plan(7)).not.toBe(plan(8));
});

test('ids are unique, a fifth is repeated, some are other bodies, faults stay inside their span', () => {
  const { messages } = planLoad(new Random(3), counts);
  expect(new Set(messages.map(({ message_id }) => message_id)).size).toBe(counts.messages);
  const repeated = messages.filter(({ repeats }) => repeats.length > 0);
  expect(repeated.length / messages.length).toBeGreaterThan(0.1);
  expect(repeated.some(({ repeats, body }) => repeats.some((repeat) => repeat.body !== body))).toBe(true);
  for (const { after } of planFaults(new Random(3), few(60))) expect(after).toBeLessThanOrEqual(10_000);
});
