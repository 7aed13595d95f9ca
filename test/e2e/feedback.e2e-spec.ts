// Feedback on an answer, from the person who got it to the metric; and who cannot give it.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startSystem, type ParleySystem, type Rest } from '../support/system.js';
import { TokenIssuer } from '../support/token-issuer.js';

let issuer: TokenIssuer;
let parley: ParleySystem;
let run: string;

const as = async (claims: object, method: string, path: string, body?: unknown): Promise<Rest> =>
  parley.rest(method, path, body, { authorization: `Bearer ${await issuer.token(claims as never)}` });
const give = (claims: object, body: unknown, of = run): Promise<Rest> =>
  as(claims, 'POST', `/runs/${of}/feedback`, body);
const scrape = async (): Promise<string[]> => {
  const text = await (await fetch(`${parley.gateway!.url}/metrics`)).text();
  return text.split('\n').filter((line) => /^parley_(satisfaction|feedback)/.test(line));
};

beforeAll(async () => {
  issuer = await TokenIssuer.start();
  parley = await startSystem({ env: issuer.env });
  const sent = await as({}, 'POST', '/channels/demo/messages', { message: 'hi', message_id: 'm-1' });
  run = String(sent.body['run_id']);
}, 90_000);
afterAll(async () => {
  await parley?.stop();
  await issuer.stop();
}, 30_000);

test('is given once per person, and the last one is in the mean', async () => {
  expect(await scrape()).toEqual([]);
  expect(await give({ sub: 'ada' }, { score: 2 })).toMatchObject({
    status: 200,
    body: { run_id: run, score: 2, replaced: false },
  });
  expect((await give({ sub: 'ada' }, { score: 'down' })).body).toMatchObject({ score: 1, replaced: true });
  expect((await give({ sub: 'bob' }, { score: 'up', comment: 'my secret comment' })).body).toMatchObject({
    score: 5,
    replaced: false,
  });
  expect(await scrape()).toEqual([
    'parley_satisfaction_score{source="rest"} 3',
    'parley_feedback_in_window{source="rest"} 2',
  ]);
  const keys = await parley.redis.keys(`${parley.prefix}{feedback}:run:*`);
  expect(JSON.stringify(await parley.redis.hgetall(keys[0]!))).not.toMatch(/secret|ada|bob/);
  expect(parley.gateway!.log()).not.toContain('secret comment');
});

test.each([
  [{}],
  [{ score: 0 }],
  [{ score: 6 }],
  [{ score: 2.5 }],
  [{ score: '5' }],
  [{ score: 'UP' }],
  [{ score: [5] }],
  [{ score: 5, comment: 7 }],
  [{ score: 5, comment: 'x'.repeat(2_001) }],
  [{ score: 5, tenant: 'acme' }],
  [[]],
])('%j is no feedback', async (body) => {
  expect(await give({}, body)).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
});

test('of another tenant, or of a channel out of reach, is told the same as of no run', async () => {
  const before = await scrape();
  const none = '00000000-0000-4000-8000-000000000000';
  const unknown = await give({}, { score: 1 }, none);
  expect(unknown.status).toBe(404);
  for (const claims of [{ tenant: 'acme' }, { channels: ['other'] }]) {
    const answer = await give(claims, { score: 1 });
    expect({ ...answer.body, trace_id: '' }).toEqual({ ...unknown.body, trace_id: '' });
    // What is wrong with the body is not told to those either.
    expect((await give(claims, { score: 99 })).status).toBe(404);
  }
  expect((await give({ scope: 'channels:read' }, { score: 1 })).status).toBe(403);
  expect(await scrape()).toEqual(before);
});

test('comes from the command line too', async () => {
  const cli = (...args: string[]) => parley.cliAnswer('feedback', ...args);
  expect(await cli(run, '4', '--user', 'carol')).toBe('4\n');
  expect(JSON.parse(await cli(run, '--json'))).toMatchObject({
    run_id: run,
    feedback: expect.arrayContaining([{ score: 1 }, { score: 5 }, { score: 4 }]),
  });
  await expect(cli(run, '9')).rejects.toThrow(/a score is a whole number/);
  await expect(cli(run, '5', '--tenant', 'acme')).rejects.toThrow(/no run by this id/);
}, 60_000);
