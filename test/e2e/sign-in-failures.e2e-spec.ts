// Guessing at the doors: who is wrong too often is told to wait, over REST and at the upgrade; who is right is not.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startSystem, type ParleySystem } from '../support/system.js';
import { TokenIssuer } from '../support/token-issuer.js';

const FAILURES = 5;
let issuer: TokenIssuer;
let parley: ParleySystem;
beforeAll(async () => {
  issuer = await TokenIssuer.start();
  const limits = { SIGN_IN_FAILURES: String(FAILURES), SIGN_IN_WINDOW_SECONDS: '600' };
  parley = await startSystem({ env: { ...issuer.env, ...limits, WS_TOKEN: 'a-shared-secret' } });
}, 90_000);
afterAll(async () => {
  await parley?.stop();
  await issuer.stop();
}, 30_000);

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const basic = (password: string) => ({
  authorization: `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`,
});
const rest = (headers: Record<string, string>, path = '/channels/demo/messages') =>
  parley.rest('GET', path, undefined, headers);

test('over REST: 401 so many times, then 429 with a time to wait', async () => {
  expect((await parley.admin('GET', '/dead-letters')).status).toBe(200);
  for (let i = 0; i < FAILURES; i++) expect((await rest(bearer(`wrong-${i}`))).status).toBe(401);
  const refused = await rest(bearer('wrong'));
  expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
  const seconds = Number(refused.headers.get('retry-after'));
  expect(seconds).toBeGreaterThan(500);
  expect(seconds).toBeLessThanOrEqual(600);
  for (const [headers, path] of [
    [basic('wrong'), '/dead-letters'],
    [basic('wrong'), '/admin/queues/api/queues'],
    [bearer('wrong'), '/api/openai-assistant/status'],
  ] as const) {
    const answer = await rest(headers, path);
    expect([path, answer.status]).toEqual([path, 429]);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(500);
  }

  // The right ones: a token, and a login that was right from here before. A guess that happens to fit is not looked at.
  const token = await issuer.token();
  for (let i = 0; i < 20; i++) expect((await rest(bearer(token))).status).toBe(200);
  expect((await parley.admin('GET', '/dead-letters')).status).toBe(200);
  expect((await rest(bearer('a-shared-secret'))).status).toBe(429);
  expect((await rest({})).status).toBe(401);
});

test('at the upgrade to a WebSocket, and in its frames', async () => {
  const { url } = parley.delivery;
  const sse = (headers: Record<string, string>) => fetch(`${url}/channels/demo/events`, { headers });
  const early = await parley.connect({ headers: bearer('wrong-0') });
  early.send({ action: 'subscribe', channel: 'demo' });
  expect(await early.next()).toMatchObject({ type: 'error', code: 'unauthorized' });
  for (let i = 1; i < FAILURES; i++) expect((await sse(bearer(`wrong-${i}`))).status).toBe(401);
  const refused = await sse(bearer('wrong'));
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(500);

  await expect(parley.connect({ headers: bearer('wrong') })).rejects.toThrow('429');
  await expect(parley.connect({ protocols: ['bearer', 'wrong'] })).rejects.toThrow('429');
  const framed = await parley.connect();
  framed.send({ action: 'subscribe', channel: 'demo', token: 'wrong' });
  expect(await framed.next()).toMatchObject({
    type: 'error',
    code: 'rate_limited',
    retry_after_ms: expect.any(Number),
  });
  const right = await parley.connect({ headers: bearer(await issuer.token()) });
  right.send({ action: 'subscribe', channel: 'demo', format: 'delta' });
  expect(await right.next()).toMatchObject({ type: 'subscribed' });
});
