// Embeddings as the SDK speaks them.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { OpenAI } from 'openai';

import { startEmulator, type RunningEmulator } from '../index.js';

const model = 'text-embedding-3-small';
let emulator: RunningEmulator;
let openai: OpenAI;

beforeAll(async () => {
  emulator = await startEmulator();
  openai = new OpenAI({ apiKey: 'sk-test', baseURL: `${emulator.url}/v1`, maxRetries: 0 });
});
afterAll(() => emulator.close());

const product = (a: number[], b: number[]) => a.reduce((sum, value, index) => sum + value * b[index]!, 0);

test('are near each other by common words, of length 1, in floats and in base64', async () => {
  const input = ['the broken furnace', 'a furnace that is broken', 'an invoice'];
  const { data, usage } = await openai.embeddings.create({ model, input });
  const [a, b, c] = data.map(({ embedding }) => embedding) as [number[], number[], number[]];
  expect(a.length).toBe(1_536);
  expect(product(a, a)).toBeCloseTo(1, 4);
  expect(product(a, b)).toBeGreaterThan(0.9);
  expect(Math.abs(product(a, c))).toBeLessThan(0.5);
  expect(usage.prompt_tokens).toBeGreaterThan(0);
  const floats = await openai.embeddings.create({ model, input: input[0]!, encoding_format: 'float' });
  expect(floats.data[0]!.embedding[0]).toBeCloseTo(a[0]!, 6);
  const short = await openai.embeddings.create({ model, input: [1, 2, 3], dimensions: 8 });
  expect(short.data.map(({ embedding }) => embedding.length)).toEqual([8]);
});

test.each<[object, number]>([
  [{ model: 'gpt-6-luna', input: 'x' }, 400],
  [{ model: 'text-embedding-none', input: 'x' }, 404],
  [{ model, input: '' }, 400],
  [{ model, input: [] }, 400],
  [{ model, input: [1, 'x'] }, 400],
  [{ model, input: Array(2_049).fill('x') }, 400],
  [{ model, input: 'x '.repeat(9_000) }, 400],
  [{ model, input: 'x', dimensions: 1_537 }, 400],
  [{ model: 'text-embedding-ada-002', input: 'x', dimensions: 8 }, 400],
])('%j is refused', async (body, status) => {
  await expect(openai.embeddings.create(body as never)).rejects.toMatchObject({ status });
});
