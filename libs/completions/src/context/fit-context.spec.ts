// What of the past goes along: the newest, within a budget, and never at the price of the event loop.
import { describe, expect, test } from '@jest/globals';
import { countTokens, newestTokens } from './count-tokens.js';
import { fitContext, newestTurns } from './fit-context.js';

const user = (content: string) => ({ role: 'user' as const, content });
const assistant = (content: string) => ({ role: 'assistant' as const, content });

describe('tokens', () => {
  test.each([
    ['', 0],
    ['hello world', 2],
    ['<|endoftext|>', 7],
  ])('of %p', async (text, tokens) => {
    expect(await countTokens(text)).toBe(tokens);
  });

  test('of one endless word are counted in pieces, and others get their turn meanwhile', async () => {
    let turns = 0;
    const clock = setImmediate(function again() {
      turns++;
      setImmediate(again).unref();
    });
    const tokens = await countTokens('a'.repeat(400_000));
    clearImmediate(clock);
    expect(tokens).toBeGreaterThan(400_000 / 16);
    expect(turns).toBeGreaterThan(5);
  });

  test('at the end of a text that is too long', async () => {
    const text = Array.from({ length: 20_000 }, (_, i) => `word${i}`).join(' ');
    const end = await newestTokens(text, 5_000);
    expect(text.endsWith(end)).toBe(true);
    expect(await countTokens(end)).toBeLessThanOrEqual(5_000);
    expect(await countTokens(end)).toBeGreaterThan(2_000);
    expect((await newestTokens('😀'.repeat(50_000), 1_000)).isWellFormed()).toBe(true);
  });
});

describe('turns that the asker brought along', () => {
  test('all go where they fit', async () => {
    const turns = [user('a'), assistant('b')];
    expect(await fitContext(turns, 1_000)).toMatchObject({ items: turns, trimmed: false });
    expect(await fitContext([], 0)).toMatchObject({ items: [], trimmed: false });
  });

  test('the oldest stay behind, and of the first that does not fit its end goes along', async () => {
    const long = Array.from({ length: 5_000 }, (_, i) => `n${i}`).join(' ');
    const { items, trimmed, tokens } = await fitContext([user('oldest'), user(long), user('newest')], 4_000);
    expect(trimmed).toBe(true);
    expect(tokens).toBeLessThanOrEqual(4_000);
    expect(items.map((item) => JSON.stringify(item).slice(-8, -2))).toEqual([long.slice(-6), 'newest']);
    expect(await fitContext([user('x')], 0)).toMatchObject({ items: [], trimmed: true });
  });
});

describe('turns of a thread', () => {
  const items = Array.from({ length: 12 }, (_, i) => [user(`q${i}`), assistant(`a${i}`)]).flat();

  test('the newest, whole', async () => {
    const { items: kept, trimmed } = await newestTurns(items, { turns: 10, tokens: 8_000 });
    expect(kept[0]).toEqual(user('q2'));
    expect(kept).toHaveLength(20);
    expect(trimmed).toBe(true);
    expect((await newestTurns(items.slice(0, 4), { turns: 10, tokens: 8_000 })).trimmed).toBe(false);
  });

  test('as many as their tokens allow', async () => {
    const { items: kept } = await newestTurns(
      [user('x '.repeat(9_000)), assistant('y'), ...items.slice(0, 2)],
      {
        turns: 10,
        tokens: 8_000,
      },
    );
    expect(kept).toEqual(items.slice(0, 2));
    expect((await newestTurns(items, { turns: 0, tokens: 8_000 })).items).toEqual([]);
  });
});
