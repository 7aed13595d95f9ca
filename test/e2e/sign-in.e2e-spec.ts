// Attacks on the way in: keys of the attacker's choosing, tokens in places where none belong, rights that are spelled oddly.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startSystem, type ParleySystem } from '../support/system.js';
import { TokenIssuer } from '../support/token-issuer.js';

let issuer: TokenIssuer;
let parley: ParleySystem;
let asked = 0;
const evil = createServer((_request, response) => {
  asked++;
  response.end('{"keys":[]}');
});

beforeAll(async () => {
  await new Promise<void>((resolve) => evil.listen(0, '127.0.0.1', resolve));
  issuer = await TokenIssuer.start();
  parley = await startSystem({ env: { ...issuer.env, SIGN_IN_FAILURES: '0' } });
}, 90_000);
afterAll(async () => {
  await parley?.stop();
  await issuer.stop();
  evil.closeAllConnections();
  await new Promise((resolve) => evil.close(resolve));
}, 30_000);

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const look = async (claims: object, path = '/channels/demo/messages') =>
  (await parley.rest('GET', path, undefined, bearer(await issuer.token(claims as never)))).status;

test('nobody is asked for keys that a token names', async () => {
  const url = `http://127.0.0.1:${(evil.address() as AddressInfo).port}/keys`;
  for (const header of [
    { jku: url },
    { x5u: url },
    { jku: url, kid: url },
    { kid: url },
    { iss: url },
    { jwk: { url } },
  ])
    for (const alg of ['RS256', 'HS256'] as const) {
      const token = await issuer.token({ iss: url }, { alg, header });
      expect((await parley.rest('GET', '/channels/demo', undefined, bearer(token))).status).toBe(401);
    }
  expect(asked).toBe(0);
});

test('a token counts in its header only', async () => {
  const token = await issuer.token({ scope: 'admin channels' });
  const path = '/channels/demo/messages';
  for (const query of ['access_token', 'token', 'authorization', 'jwt', 'ticket'])
    expect((await parley.rest('GET', `${path}?${query}=${token}`)).status).toBe(401);
  for (const name of [
    'cookie',
    'x-access-token',
    'x-forwarded-authorization',
    'proxy-authorization',
    'x-api-key',
  ])
    expect((await parley.rest('GET', path, undefined, { [name]: `Bearer ${token}` })).status).toBe(401);
  const body = { message: 'hi', token, authorization: `Bearer ${token}` };
  expect((await parley.rest('POST', path, body)).status).toBe(401);
  expect((await fetch(`${parley.delivery.url}/channels/demo/events?token=${token}`)).status).toBe(401);
});

test.each([
  'CHANNELS',
  'channels:*',
  '*',
  'channels:read:write',
  'channels,assistants',
  'xchannels',
  'channels\u00a0assistants',
  'admin',
  'channels\u0000',
  '__proto__ constructor toString',
])('the scope %j opens no channel', async (scope) => {
  expect(await look({ scope })).toBe(403);
});

test.each([
  { scope: ['channels'] },
  { scope: { channels: true } },
  { scope: 7 },
  { tenant: '' },
  { tenant: null },
  { tenant: ['default'] },
  { tenant: 'a:b' },
  { tenant: 'a\nb' },
  { tenant: 'дефаулт' },
  { channels: '*' },
  { channels: [''] },
  { channels: [['demo']] },
  { channels: [{ startsWith: 1 }] },
  { sub: '' },
  { sub: {} },
  { jti: {} },
  { exp: '9999999999' },
  { exp: 1e300 },
  { exp: -1 },
  { nbf: 'soon' },
  { aud: [] },
])('the claims %j are no token’s', async (claims) => {
  expect(await look(claims)).toBe(401);
});

test('a grant is for names as they are, and for nothing between them', async () => {
  const channels = ['cafe\u0301', 'team-*', 'a*b', '.*'];
  for (const [channel, status] of [
    ['caf\u00e9', 200],
    ['cafe\u0301', 200],
    ['cafe', 404],
    ['team-1', 200],
    ['team', 404],
    ['TEAM-1', 404],
    ['axb', 404],
    ['a*b', 200],
    ['.x', 200],
    ['x', 404],
  ] as const)
    expect([channel, await look({ channels }, `/channels/${encodeURIComponent(channel)}/messages`)]).toEqual([
      channel,
      status,
    ]);
});

test('two tokens at once are none', async () => {
  const good = await issuer.token();
  for (const value of [
    `Bearer ${good}, Bearer ${good}`,
    `Bearer ${good} ${good}`,
    `Bearer,${good}`,
    `Basic ${good}`,
  ])
    expect((await parley.rest('GET', '/channels/demo', undefined, { authorization: value })).status).toBe(
      401,
    );
});

test('a ticket is for WebSockets, and gives no more than its token', async () => {
  const token = await issuer.token({ scope: 'channels:read', channels: ['mine'] });
  const { body } = await parley.rest(
    'POST',
    '/ws-tickets',
    { scope: 'admin', channels: ['*'] },
    bearer(token),
  );
  const ticket = String(body['ticket']);
  expect((await parley.rest('GET', '/channels/mine/messages', undefined, bearer(ticket))).status).toBe(401);
  expect((await parley.rest('GET', '/audit', undefined, bearer(ticket))).status).toBe(401);
  const socket = await parley.connect({ protocols: ['ticket', ticket] });
  for (const [frame, code] of [
    [{ action: 'subscribe', channel: 'hers' }, 'not_found'],
    [{ action: 'send', channel: 'mine', message_id: 'm', message: 'hi' }, 'forbidden'],
    [{ channel: 'mine', payload: { forged: true } }, 'forbidden'],
  ] as const) {
    socket.send(frame);
    expect(await socket.next(({ type }) => type === 'error')).toMatchObject({ code });
  }
});
