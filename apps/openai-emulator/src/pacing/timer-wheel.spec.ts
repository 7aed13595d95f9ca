import { expect, test } from '@jest/globals';

import { TimerWheel } from './timer-wheel.js';

test('tasks run in the order of their milliseconds, never early, also past a full turn of the wheel', async () => {
  const wheel = new TimerWheel();
  const start = performance.now();
  const delays = [0, 3, 7.5, 20, 1030];
  const ran: { delay: number; early: boolean }[] = [];
  await Promise.all(
    delays.toReversed().map(
      (delay) =>
        new Promise<void>((resolve) => {
          const run = (now: number) => {
            ran.push({ delay, early: now < start + delay });
            resolve();
          };
          wheel.schedule({ due: 0, run }, start + delay);
        }),
    ),
  );
  expect(ran).toEqual(delays.map((delay) => ({ delay, early: false })));
});

test('a task may schedule itself again, and nothing runs after clear', async () => {
  const wheel = new TimerWheel();
  let runs = 0;
  await new Promise<void>((resolve) => {
    const task = {
      due: 0,
      run: (now: number) => {
        runs += 1;
        if (runs === 3) resolve();
        else wheel.schedule(task, now + 1);
      },
    };
    wheel.schedule(task, 0);
  });
  wheel.schedule({ due: 0, run: () => (runs += 1) }, 0);
  wheel.clear();
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(runs).toBe(3);
});
