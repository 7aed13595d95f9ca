// The provider limits, breaks, stalls. What can pass is tried again, a bounded number of times; what cannot ends in one clear frame.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AnyFrame } from '../support/frame-socket.js';
import { startSystem, type ParleySystem } from '../support/system.js';

const MAX_RETRIES = 2;

let parley: ParleySystem;
beforeAll(async () => {
  parley = await startSystem({
    env: {
      MAX_RETRIES: String(MAX_RETRIES),
      RUN_FIRST_OUTPUT_TIMEOUT_MS: '600',
      RUN_IDLE_TIMEOUT_MS: '600',
      RUN_TIMEOUT_MS: '2500',
    },
  });
}, 90_000);
afterAll(() => parley?.stop(), 30_000);

async function ask(id: string, script: string): Promise<AnyFrame[]> {
  const watcher = await parley.subscribe(id);
  await parley.publish(id, id, `(${id}) ${script}`);
  return watcher.answer(id, 25_000);
}

const requestsOf = async (id: string): Promise<number> =>
  (await parley.journal()).filter(({ body }) => JSON.stringify(body?.['input']).includes(`(${id})`)).length;

describe('what passes is tried again, and nobody sees more than one answer', () => {
  test.each([
    ['a 500', 'once-500', '[[fail 500 times=1]]'],
    ['a 429 that names a time', 'once-429', '[[fail 429 retry-after-ms=200 times=1]]'],
    ['a connection that is cut in the middle', 'once-cut', '[[tokens 30]] [[cut after 10 times=1]]'],
    ['an end without a terminal event', 'once-fin', '[[tokens 30]] [[fin after 10 times=1]]'],
    ['an event that is not JSON', 'once-malformed', '[[tokens 30]] [[malformed after 10 times=1]]'],
    ['a page instead of an answer', 'once-html', '[[html-200 times=1]]'],
  ])('%s', async (_, id, script) => {
    const frames = await ask(id, script);
    expect(frames.at(-1)).toMatchObject({ status: 'completed' });
    expect(frames.filter(({ final_message }) => final_message === true)).toHaveLength(1);
    expect(frames.filter(({ status }) => status === 'started')).toHaveLength(1);
    expect(await requestsOf(id)).toBe(2);
  });
});

test('the channel goes on after a failure', async () => {
  const watcher = await parley.subscribe('goes-on');
  await parley.publish('goes-on', 'm-1', '[[fail 400]]');
  await parley.publish('goes-on', 'm-2', 'hello');
  expect((await watcher.answer('m-2')).at(-1)).toMatchObject({ status: 'completed' });
});

describe('what does not pass ends in one error frame', () => {
  test.each<[string, string, string, string, string, number]>([
    ['always 500', 'always-500', '[[fail 500]]', 'upstream_unavailable', 'error', MAX_RETRIES + 1],
    ['refused as malformed', 'always-400', '[[fail 400]]', 'upstream_rejected', 'error', 1],
    ['too long for the model', 'too-long', '[[fail context]]', 'context_too_long', 'error', 1],
  ])('%s', async (_, id, script, code, type, requests) => {
    const frames = await ask(id, script);
    const final = frames.at(-1)!;
    expect(final).toMatchObject({ status: 'error', type, final_message: true });
    expect(String(final['error_details'])).toContain(code);
    expect(`${String(final['message'])} ${String(final['error_details'])}`).not.toMatch(/sk-|http|\bat \//);
    expect(await requestsOf(id)).toBe(requests);
  });

  test.each([
    ['no sign of an answer', 'silent', '[[hang before]]'],
    ['silence in the middle', 'stalled', '[[tokens 40]] [[hang after 5]]'],
    ['an answer without end', 'endless', '[[tokens 5000]] [[rate 20]]'],
  ])('%s is a time-out', async (_, id, script) => {
    const final = (await ask(id, script)).at(-1)!;
    expect(final).toMatchObject({ status: 'error', type: 'timeout', final_message: true });
    expect(String(final['error_details'])).toContain('run_timeout');
  });
});
