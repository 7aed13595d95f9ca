import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { RunsConfig } from '#config';
import { UnnamedCalls } from './unnamed-calls.js';

const MOST = 8;
const config = (unnamedCalls: number) => Object.assign(new RunsConfig(), { unnamedCalls });
let calls: UnnamedCalls;
let entered: (() => void)[];

beforeEach(() => {
  jest.useFakeTimers();
  calls = new UnnamedCalls(config(MOST));
  entered = [];
});
afterEach(() => {
  jest.useRealTimers();
});

/** Asks for so many calls; those that may be made now are in `entered`, in their order. */
async function ask(count: number, signal = new AbortController().signal): Promise<void> {
  for (let i = 0; i < count; i++) void calls.enter(signal).then((leave) => entered.push(leave));
  await settled();
}

const settled = (): Promise<void> => jest.advanceTimersByTimeAsync(0);

it('lets a few be without a name at a time, and each that gets one makes room for one', async () => {
  await ask(MOST + 3);
  expect(entered).toHaveLength(MOST);
  entered[2]!();
  await settled();
  expect(entered).toHaveLength(MOST + 1);
  for (const leave of entered.slice()) leave();
  await settled();
  expect(entered).toHaveLength(MOST + 3);
});

it('gives the room of a call once, however often it is told', async () => {
  await ask(MOST + 2);
  entered[0]!();
  entered[0]!();
  await settled();
  expect(entered).toHaveLength(MOST + 1);
});

it('does not wait for a provider that takes its time', async () => {
  await ask(2 * MOST + 1);
  await jest.advanceTimersByTimeAsync(250);
  expect(entered).toHaveLength(2 * MOST);
  // Those that were not waited for have no room to give any more.
  entered[0]!();
  await settled();
  expect(entered).toHaveLength(2 * MOST);
});

it('has all its room again when everybody has left', async () => {
  await ask(MOST + 5);
  for (let i = 0; i < entered.length; i++) {
    entered[i]!();
    await settled();
  }
  entered = [];
  await ask(MOST + 1);
  expect(entered).toHaveLength(MOST);
});

it('says when so many wait that others are better off elsewhere, and when not any more', async () => {
  let relieved = 0;
  calls.onRelief(() => relieved++);
  await ask(2 * MOST - 1);
  expect(calls.crowded).toBe(false);
  await ask(1);
  expect(calls.crowded).toBe(true);
  entered[0]!();
  expect([calls.crowded, relieved]).toEqual([false, 1]);
  entered[1]!();
  expect(relieved).toBe(1);
});

it('holds nobody back who is told to stop, and keeps no room for him', async () => {
  await ask(MOST);
  const stop = new AbortController();
  await ask(MOST, stop.signal);
  await ask(1);
  expect([entered.length, calls.crowded]).toEqual([MOST, true]);
  stop.abort();
  await settled();
  expect([entered.length, calls.crowded]).toEqual([2 * MOST, false]);
  for (const leave of entered.splice(MOST)) leave();
  await ask(1, stop.signal);
  await settled();
  // The one that was told before it came does not wait either; the one that was not waits on.
  expect(entered).toHaveLength(MOST + 1);
  entered[0]!();
  await settled();
  expect(entered).toHaveLength(MOST + 2);
});

it('bounds nothing when told so', async () => {
  calls = new UnnamedCalls(config(0));
  await ask(500);
  expect(entered).toHaveLength(500);
  expect(calls.crowded).toBe(false);
});
