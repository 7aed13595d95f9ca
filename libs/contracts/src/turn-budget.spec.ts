import { expect, it } from '@jest/globals';
import { JSON_LIMITS, parseJson } from './json.js';
import { TurnBudget } from './turn-budget.js';

/** Runs every piece of input through `read` and tells which were read in which turn of the event loop. */
async function turnsOf(
  inputs: readonly Buffer[],
  perTurn: number,
  read: (input: Buffer) => void,
): Promise<number[][]> {
  const turns: number[][] = [[]];
  const budget = new TurnBudget(perTurn);
  for (const [i, input] of inputs.entries())
    budget.run(input.length, () => {
      turns.at(-1)!.push(i);
      read(input);
    });
  while (turns.flat().length < inputs.length) {
    turns.push([]);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return turns.filter((turn) => turn.length > 0);
}

it('reads a burst of hostile bodies in its order, and no more in a turn than the budget and one body', async () => {
  const hostile = [
    `[${'1,'.repeat(9_999)}1]`,
    `{${Array.from({ length: 1_999 }, (_, i) => `"member${i}":1`).join()}}`,
    `"${String.raw`\u0041`.repeat(3_000)}"`,
    '['.repeat(20_000),
    `{"channel":"${'x'.repeat(20_000)}`,
  ];
  const inputs = Array.from({ length: 200 }, (_, i) => Buffer.from(hostile[i % hostile.length]!));
  const outcomes = new Set<string>();
  const turns = await turnsOf(inputs, 100_000, (input) => {
    try {
      parseJson(input, JSON_LIMITS);
      outcomes.add('read');
    } catch (error) {
      outcomes.add((error as { code: string }).code);
    }
  });
  expect(outcomes).toEqual(new Set(['read', 'too_complex', 'invalid_json']));
  expect(turns.flat()).toEqual(inputs.map((_, i) => i));
  const largest = Math.max(...inputs.map(({ length }) => length));
  for (const turn of turns)
    expect(turn.reduce((sum, i) => sum + inputs[i]!.length, 0)).toBeLessThan(100_000 + largest);
});

it('counts small ones too: they cost more than their bytes', async () => {
  const turns = await turnsOf(Array<Buffer>(1_000).fill(Buffer.from('{}')), 16 * 1024, () => undefined);
  expect(turns.every((turn) => turn.length <= 16)).toBe(true);
});

it('takes one that is larger than the budget, alone', async () => {
  const large = Buffer.alloc(100);
  expect(await turnsOf([large, large, large], 10, () => undefined)).toEqual([[0], [1], [2]]);
});

it('works at once again after a turn', async () => {
  const budget = new TurnBudget(10);
  expect(budget.run(10, () => undefined)).toBe(true);
  expect(budget.run(1, () => undefined)).toBe(false);
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  expect(budget.run(1, () => undefined)).toBe(true);
});
