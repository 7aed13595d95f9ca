import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { TextThrottle } from './text-throttle.js';

let length: number;
let shown: { length: number; at: number }[];
let throttle: TextThrottle;
const grow = (to: number) => throttle.grew((length = to));

beforeEach(() => {
  jest.useFakeTimers({ now: 0 });
  shown = [];
  throttle = new TextThrottle(() => shown.push({ length, at: Date.now() }));
  throttle.begin();
});
afterEach(() => void jest.useRealTimers());

it('shows after ten characters, at once', () => {
  for (let i = 1; i <= 35; i++) grow(i);
  expect(shown.map((one) => one.length)).toEqual([10, 20, 30]);
});

it('shows after a second when fewer came, and then rests', () => {
  grow(3);
  jest.advanceTimersByTime(400);
  grow(5);
  jest.advanceTimersByTime(5_000);
  expect(shown).toEqual([{ length: 5, at: 1_000 }]);
  grow(6);
  expect(shown.at(-1)).toEqual({ length: 6, at: 5_400 });
});

it('never shows twice within a second without ten new characters', () => {
  for (let i = 1; i <= 400; i++) {
    grow(i);
    jest.advanceTimersByTime(i % 7 === 0 ? 333 : 20);
  }
  jest.advanceTimersByTime(2_000);
  shown.reduce((before, one) => {
    expect(one.length - before.length >= 10 || one.at - before.at >= 1_000).toBe(true);
    return one;
  });
  expect(shown.at(-1)!.length).toBe(400);
});

it('takes back at once what was shown and no longer stands, and stays silent when stopped', () => {
  grow(12);
  throttle.shrank((length = 12));
  throttle.shrank((length = 4));
  expect(shown.map((one) => one.length)).toEqual([12, 4]);
  grow(6);
  throttle.stop();
  jest.advanceTimersByTime(5_000);
  expect(shown).toHaveLength(2);
  expect(jest.getTimerCount()).toBe(0);
});
