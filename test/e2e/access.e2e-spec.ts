// Who may do what over REST: every route of the document against every wrong token, and what a right one does not reach.
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { TokenIssuer } from '../support/token-issuer.js';
import { startSystem, type ParleySystem, type Rest } from '../support/system.js';

interface Route {
  method: string;
  path: string;
  scope: string | undefined;
  secured: boolean;
}

const NO_RUN = '00000000-0000-4000-8000-000000000000';
const ALL = ['assistants', 'channels', 'vcons', 'documents', 'usage', 'admin'];
const READ_AND_WRITE = new Set(['assistants', 'channels', 'vcons', 'documents']);

let issuer: TokenIssuer;
let parley: ParleySystem;
let routes: Route[];

beforeAll(async () => {
  issuer = await TokenIssuer.start();
  parley = await startSystem({ env: { ...issuer.env, AUDIT_KEY: 'e2e-audit', SIGN_IN_FAILURES: '0' } });
  const { body } = await parley.rest('GET', '/docs-json');
  type Operation = { 'x-scope'?: string; security?: object[] };
  const paths = body['paths'] as Record<string, Record<string, Operation>>;
  routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path: path
        .replace('{run_id}', NO_RUN)
        .replace('{channel}', 'demo')
        .replace(/\{\w+\}/g, '0-1'),
      scope: operation['x-scope'],
      secured: (operation.security?.length ?? 0) > 0,
    })),
  );
}, 90_000);
afterAll(async () => {
  await parley?.stop();
  await issuer.stop();
}, 30_000);

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const as = async (claims: object, method: string, path: string, body?: unknown): Promise<Rest> =>
  parley.rest(method, path, body, bearer(await issuer.token(claims as never)));
const withoutTrace = ({ status, body }: Rest) => ({ status, body: { ...body, trace_id: '' } });

describe('every route of the document', () => {
  test('asks who comes, but for health and metrics', () => {
    const open = routes.filter(({ secured }) => !secured).map(({ path }) => path);
    expect(open.sort()).toEqual(['/health/live', '/health/ready', '/metrics']);
    const guarded = routes.filter(({ secured }) => secured);
    expect(guarded.length).toBeGreaterThan(13);
    expect(guarded.filter(({ scope }) => scope === undefined)).toEqual([]);
  });

  test('answers every wrong token with the same 401', async () => {
    await parley.rest('GET', '/channels/demo', undefined, bearer(await issuer.token({ jti: 'revoked' })));
    const { revoked, revocations } = keys();
    await parley.redis
      .multi()
      .zadd(revoked, Date.now() + 600_000, 'revoked')
      .incr(revocations)
      .exec();
    const isRevoked = async () => (await as({ jti: 'revoked' }, 'GET', '/channels/demo')).status === 401;
    while (!(await isRevoked())) await new Promise((resolve) => setTimeout(resolve, 100));
    const faults = [
      ...(await issuer.faults()),
      { name: 'revoked', token: () => issuer.token({ jti: 'revoked' }) },
      { name: 'a ticket that is none', token: async () => `tkt_${'a'.repeat(43)}` },
    ];
    const bodies = { problem: new Set<string>(), envelope: new Set<string>() };
    for (const { method, path, secured } of routes.filter(({ secured }) => secured))
      for (const { name, token: make } of faults) {
        const token = await make();
        const answer = await parley.rest(method, path, undefined, token === undefined ? {} : bearer(token));
        expect([method, path, name, answer.status, secured]).toEqual([method, path, name, 401, true]);
        expect(answer.headers.get('www-authenticate')).toMatch(/^(Bearer|Basic)/);
        const form = path.startsWith('/api/') ? 'envelope' : 'problem';
        bodies[form].add(JSON.stringify(withoutTrace(answer)));
      }
    expect([bodies.problem.size, bodies.envelope.size]).toEqual([1, 1]);
  }, 120_000);

  test('answers a token without its scope with 403', async () => {
    for (const { method, path, scope } of routes.filter(({ secured }) => secured)) {
      const answer = await as({ scope: allBut(scope!) }, method, path);
      expect([method, path, answer.status]).toEqual([method, path, scope === 'token' ? 201 : 403]);
    }
  });

  test('hides channels that the token does not reach, whether they exist or not', async () => {
    await as({}, 'POST', '/channels/demo/messages', { message: 'hi', message_id: 'hidden-1' });
    const bodies = new Set<string>();
    for (const { method, path } of routes.filter(({ path }) => path.startsWith('/channels/')))
      for (const channel of ['demo', 'never-used']) {
        const body = method === 'POST' ? { message: 'hi' } : undefined;
        const claims = { channels: ['mine', 'team-*'], scope: ALL.join(' ') };
        const answer = await as(claims, method, path.replace('demo', channel), body);
        expect([method, path, answer.status]).toEqual([method, path, 404]);
        bodies.add(JSON.stringify(withoutTrace(answer)));
      }
    expect(bodies.size).toBe(1);
    // Nor is everything that is kept of them, or of somebody in whatever channel, for a token of some channels.
    const bounded = { channels: ['mine', 'team-*'], scope: ALL.join(' ') };
    const erase = (subject: object) => as(bounded, 'POST', '/erasures', subject);
    expect([(await erase({ channel: 'demo' })).status, (await erase({ user: 'ada' })).status]).toEqual([
      404, 403,
    ]);
    expect((await as(bounded, 'GET', '/users/ada/export')).status).toBe(403);
  });

  test.each([
    '',
    'Bearer',
    'Bearer ',
    'bearer a b',
    'Basic',
    'Basic !!!!',
    'Digest x',
    `Bearer ${'.'.repeat(200)}`,
    "Bearer ' OR 1=1--",
    'Bearer {"alg":"none"}',
  ])('answers the header "%s" with 401', async (authorization) => {
    for (const { method, path } of routes.filter(({ secured }) => secured))
      expect((await parley.rest(method, path, undefined, { authorization })).status).toBe(401);
  });
});

const keys = () => {
  const base = `${parley.prefix}{access}:`;
  return { revoked: `${base}revoked`, revocations: `${base}revocations` };
};

/** All scopes there are but one. */
function allBut(scope: string): string {
  const name = scope.split(':')[0]!;
  const rest = ALL.filter((other) => other !== name);
  if (!READ_AND_WRITE.has(name)) return rest.join(' ');
  return [...rest, scope.endsWith(':read') ? `${name}:write` : `${name}:read`].join(' ');
}

describe('what belongs to another tenant', () => {
  test('looks as if it were not there: runs, over REST and WebSocket', async () => {
    const sent = await as({}, 'POST', '/channels/tenants/messages', { message: 'hi', message_id: 'm-1' });
    const run = String(sent.body['run_id']);
    const unknown = withoutTrace(await as({}, 'GET', `/runs/${NO_RUN}`));
    expect(unknown.status).toBe(404);
    for (const claims of [{ tenant: 'acme' }, { channels: ['other'] }])
      for (const [method, path] of [
        ['GET', `/runs/${run}`],
        ['POST', `/runs/${run}/cancel`],
      ] as const)
        expect(withoutTrace(await as(claims, method, path))).toEqual(unknown);
    expect((await as({}, 'GET', `/runs/${run}`)).body).toMatchObject({ run_id: run });

    const eve = await parley.connect({ headers: bearer(await issuer.token({ sub: 'eve', tenant: 'acme' })) });
    for (const run_id of [run, NO_RUN]) {
      eve.send({ action: 'cancel', run_id });
      expect(await eve.next()).toMatchObject({ type: 'error', code: 'not_found' });
    }
    expect(eve.frames[0]).toEqual(eve.frames[1]);
    eve.send({ action: 'cancel', channel: 'tenants', message_id: 'm-1' });
    expect(await eve.next()).toMatchObject({ type: 'error', code: 'not_found' });
    const bob = await parley.connect({ headers: bearer(await issuer.token({ channels: ['bobs'] })) });
    bob.send({ action: 'cancel', run_id: run, channel: 'bobs' });
    expect(await bob.next()).toMatchObject({ type: 'error', code: 'not_found' });
    eve.send({ action: 'history', channel: 'tenants' });
    expect(await eve.next()).toMatchObject({ type: 'history', items: [] });
  });

  test('is never reached by naming it in a body', async () => {
    for (const extra of [{ tenant_id: 'acme' }, { tenant: 'acme' }, { userId: 'eve' }]) {
      const answer = await as({}, 'POST', '/channels/demo/messages', { message: 'hi', ...extra });
      expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    }
  });

  test('a channel of the same name is another channel', async () => {
    await as({ tenant: 'acme' }, 'POST', '/channels/shared/messages', { message: 'ours', message_id: 'm-1' });
    expect((await as({}, 'GET', '/channels/shared')).status).toBe(404);
    expect((await as({}, 'GET', '/channels/shared/messages')).body).toEqual({ items: [] });
  });
});

describe('a channel by a name that means something elsewhere', () => {
  test.each(['{s01}:x', '*', '{access}:audit', 'thread:demo', '../demo', 'x'.repeat(512)])(
    '%j is that channel and nothing else',
    async (name) => {
      const path = `/channels/${encodeURIComponent(name)}/messages`;
      const before = await parley.redis.get('x');
      const claims = { tenant: 'names', channels: [name] };
      const sent = await as(claims, 'POST', path, { message: 'hi', message_id: 'm-1' });
      expect(sent.status).toBe(202);
      expect((await as({ tenant: 'names', channels: ['demo'] }, 'GET', path)).status).toBe(404);
      const inner = await parley.redis.keys(`${parley.prefix}{s00}*`);
      expect(inner.filter((key) => key.includes(name.slice(0, 8)))).toEqual([]);
      expect(await parley.redis.get('x')).toBe(before);
      expect((await as({ tenant: 'names' }, 'GET', '/channels/demo')).status).toBe(404);
    },
  );

  test.each([
    'a\0b',
    'x'.repeat(513),
    'a\r\nSET x 1',
    '\u202edemo',
    '\u2067demo\u2069',
    '\u001b[2J',
    '\u009b2J',
    'a\u2028b',
  ])('%j is refused', async (name) => {
    const answer = await as({}, 'POST', `/channels/${encodeURIComponent(name)}/messages`, { message: 'hi' });
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
  });
});

describe('administration', () => {
  test('opens with the scope or with the login, and with nothing less', async () => {
    for (const path of ['/dead-letters', '/audit', '/admin/queues/api/queues']) {
      expect([path, (await as({ scope: 'admin' }, 'GET', path)).status]).toEqual([path, 200]);
      expect([path, (await parley.admin('GET', path)).status]).toEqual([path, 200]);
      expect([path, (await as({}, 'GET', path)).status]).toEqual([path, 403]);
      expect([path, (await parley.rest('GET', path)).status]).toEqual([path, 401]);
    }
    const asked = await parley.rest('GET', '/admin/queues/');
    expect(asked.headers.get('www-authenticate')).toMatch(/^Basic/);
  });

  test.each([
    '/%61dmin/queues',
    '//admin/queues',
    '/admin/;x',
    '/admin/queues/;x',
    '/admin/queues;x',
    '/admin/queues/..;/queues',
    '/admin/./queues',
    '/%2e/admin/queues',
    '/ADMIN/queues',
    '/admin%2fqueues',
    '/%64ead-letters',
    '//dead-letters',
    '/dead-letters/',
    '/dead-letters;x',
    '/DEAD-LETTERS',
    '/./dead-letters',
    '/docs/../dead-letters',
    '/health/live/../../audit',
    '/%61udit',
    '/audit?access_token=x',
    '/audit#x',
  ])('%s is no way around', async (path) => {
    for (const method of ['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS'])
      expect([400, 401, 403, 404]).toContain(await rawStatus(method, path));
  });

  test('headers that pretend another method or path are not listened to', async () => {
    const tricks = [
      'X-HTTP-Method-Override: GET',
      'X-HTTP-Method: DELETE',
      'X-Original-URL: /health/live',
      'X-Rewrite-URL: /health/live',
      'X-Forwarded-For: 127.0.0.1',
      'X-Forwarded-Prefix: /health',
    ];
    for (const trick of tricks)
      for (const [method, path] of [
        ['POST', '/dead-letters/0-1/replay'],
        ['GET', '/dead-letters'],
        ['GET', '/admin/queues'],
        ['POST', '/channels/demo/messages'],
      ] as const)
        expect([trick, path, await rawStatus(method, path, trick)]).toEqual([trick, path, 401]);
  });

  test('the board changes nothing, not even for administrators', async () => {
    for (const [method, path] of [
      ['PUT', '/admin/queues/api/queues/run-retry/retry/failed'],
      ['PUT', '/admin/queues/api/queues/run-retry/1/clean'],
      ['PUT', '/admin/queues/api/queues/run-retry/pause'],
      ['GET', '/admin/queues/api/queues/run-retry/1/retry'],
      ['POST', '/admin/queues/api/queues/run-retry/add'],
    ] as const) {
      expect((await parley.rest(method, path)).status).not.toBeLessThan(401);
      expect((await parley.admin(method, path)).status).not.toBeLessThan(400);
    }
  });

  test('deeds are on record, page by page, and one replay is one', async () => {
    await as({}, 'POST', '/channels/letters/messages', {
      message: 'refused [[fail 400 times=1]]',
      message_id: 'm-1',
    });
    let letter: string | undefined;
    while (letter === undefined) {
      const { body } = await parley.admin('GET', '/dead-letters');
      letter = (body['items'] as { id: string; channel: string }[]).find(
        ({ channel }) => channel === 'letters',
      )?.id;
    }
    const path = `/dead-letters/${letter}`;
    const replays = await Promise.all(
      [1, 2].map(() => as({ scope: 'admin', sub: 'root' }, 'POST', `${path}/replay`)),
    );
    const runs = replays.flatMap(({ body }) => (body['run_id'] === undefined ? [] : [body['run_id']]));
    expect(new Set(runs).size).toBe(1);
    expect((await as({ scope: 'admin' }, 'POST', `${path}/replay`)).status).toBe(404);

    type Page = { items: { n: number; actor: string; action: string; outcome: string }[]; next?: string };
    const items: Page['items'] = [];
    let next: string | undefined = '0';
    while (next !== undefined) {
      const page: Page = (await parley.admin('GET', `/audit?limit=3&after=${next}`)).body as never;
      items.push(...page.items);
      next = page.next;
    }
    expect(items.map(({ n }) => n)).toEqual(items.map((_, i) => i + 1));
    expect(items).toContainEqual(
      expect.objectContaining({
        actor: 'root',
        action: 'dead-letter.replay',
        object: letter,
        outcome: 'done',
        ip_hash: expect.any(String),
      }),
    );
    // The runs and channels that strangers reached for above.
    expect(items).toContainEqual(
      expect.objectContaining({ outcome: 'denied', object: expect.stringMatching(/^run:/) }),
    );
    expect(JSON.stringify(items)).not.toMatch(/refused|eyJ|127\.0\.0\.1|demo/);
  });
});

test('a ticket for a WebSocket', async () => {
  const origin = 'https://app.example';
  const page = await issuer.token({ channels: ['tickets'] });
  const given = await parley.rest('POST', '/ws-tickets', undefined, { ...bearer(page), origin });
  expect(given).toMatchObject({ status: 201, body: { ticket: expect.stringMatching(/^tkt_/) } });
  expect(given.headers.get('cache-control')).toBe('no-store');
  const { ticket } = given.body as { ticket: string };
  // Without the page's Origin the ticket is used up and opens nothing.
  const stolen = await parley.connect({ protocols: ['ticket', ticket] });
  expect(await stolen.closed).toMatchObject({ code: 4401 });

  const again = await parley.rest('POST', '/ws-tickets', undefined, bearer(page));
  const protocols = ['ticket', String(again.body['ticket'])];
  const socket = await parley.connect({ protocols });
  socket.send({ action: 'subscribe', channel: 'tickets', format: 'delta' });
  expect(await socket.next()).toMatchObject({ type: 'subscribed' });
  socket.send({ action: 'send', channel: 'tickets', message_id: 'm-1', message: 'hi' });
  await socket.next(({ type }) => type === 'run.completed');
  socket.send({ action: 'subscribe', channel: 'demo' });
  expect(await socket.next(({ type }) => type === 'error')).toMatchObject({ code: 'not_found' });
  expect(await (await parley.connect({ protocols })).closed).toMatchObject({ code: 4401 });
});

test('a token of the command line opens, until the command line takes it back', async () => {
  const cli = async (...args: string[]) => (await parley.cliAnswer(...args)).trim();
  const token = await cli('token', 'issue', '--sub', 'ada', '--scope', 'channels', '--channels', 'cli-*');
  const watcher = await parley.connect({ headers: bearer(token) });
  watcher.send({ action: 'subscribe', channel: 'cli-1', format: 'delta' });
  expect(await watcher.next()).toMatchObject({ type: 'subscribed' });
  const look = (channel: string) =>
    parley.rest('GET', `/channels/${channel}/messages`, undefined, bearer(token));
  expect((await look('cli-1')).status).toBe(200);
  expect((await look('other')).status).toBe(404);
  await cli('token', 'revoke', token);
  expect(await watcher.closed).toMatchObject({ code: 4401 });
  while ((await look('cli-1')).status !== 401) await new Promise((resolve) => setTimeout(resolve, 100));
  expect(await cli('audit', 'verify')).toMatch(/^whole +yes$/m);
}, 60_000);

function rawStatus(method: string, path: string, header = 'X-Nothing: 1'): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(parley.gateway!.port, '127.0.0.1', () => {
      socket.write(`${method} ${path} HTTP/1.1\r\nHost: localhost\r\n${header}\r\nConnection: close\r\n\r\n`);
    });
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    socket.on('end', () => resolve(Number(answer.split(' ')[1])));
    socket.on('error', reject);
  });
}
