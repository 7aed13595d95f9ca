import { afterEach, expect, test } from '@jest/globals';
import { createLogger } from '../logging/create-logger.js';
import { stopOnSignals, type StopPlan } from './stop-on-signals.js';

const lines: string[] = [];
const logger = createLogger({
  name: 'app',
  level: 'info',
  to: { write: (line: string) => void lines.push(line) },
});

afterEach(() => {
  process.removeAllListeners('SIGTERM');
  process.removeAllListeners('SIGINT');
  lines.length = 0;
});

/** Resolves with the exit code and what had happened by then. */
function stopping(plan: Partial<StopPlan>, signals = 1): Promise<{ code: number; steps: string[] }> {
  const steps: string[] = [];
  return new Promise((resolve) => {
    stopOnSignals(
      {
        announce: () => void steps.push('announced'),
        drainMs: 0,
        limitMs: 60_000,
        logger,
        ...plan,
        close: async (signal) => {
          steps.push(`closing ${signal}`);
          await plan.close?.(signal);
          steps.push('closed');
        },
      },
      (code) => resolve({ code, steps }),
    );
    for (let i = 0; i < signals; i++) process.emit('SIGTERM', 'SIGTERM');
  });
}

test('readiness goes first, then the app, then the process with 0', async () => {
  expect(await stopping({})).toEqual({ code: 0, steps: ['announced', 'closing SIGTERM', 'closed'] });
});

test('a second signal ends it at once', async () => {
  const hangs = { close: () => new Promise<void>(() => undefined) };
  expect(await stopping(hangs, 2)).toEqual({ code: 1, steps: ['announced', 'closing SIGTERM'] });
});

test('a stop that fails is said and ends with 1', async () => {
  const { code } = await stopping({ close: () => Promise.reject(new Error('stuck')) });
  expect(code).toBe(1);
  expect(lines.join()).toContain('unable to stop cleanly');
});
