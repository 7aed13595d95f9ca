// A tenant with good tokens who wants more than his own: other tenants' runs, assistants and files, rights that nobody gave
// him, and an audit log that does not show it.
import { connect } from 'node:net';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startSystem, type ParleySystem, type Rest } from '../support/system.js';
import { TokenIssuer } from '../support/token-issuer.js';

const NO_RUN = '00000000-0000-4000-8000-000000000000';
const NO_ASSISTANT = 'asst_00000000000000000000000000000000';

let issuer: TokenIssuer;
let parley: ParleySystem;
/** The victim's, of the tenant `default`. */
let assistant: string;
beforeAll(async () => {
  issuer = await TokenIssuer.start();
  parley = await startSystem({ env: { ...issuer.env, AUDIT_KEY: 'e2e-audit' } });
  assistant = String((await ada('POST', '/assistants', { name: 'hers', purpose: 'hers' })).body['id']);
}, 90_000);
afterAll(async () => {
  await parley?.stop();
  await issuer.stop();
}, 30_000);

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const as =
  (claims: object) =>
  async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Rest> =>
    parley.rest(method, path, body, { ...bearer(await issuer.token(claims as never)), ...headers });
const ada = as({});
const eve = as({ sub: 'eve', tenant: 'acme' });
const plain = ({ status, body }: Rest, id: string) =>
  JSON.stringify({ status, body: { ...body, trace_id: '' } }).replaceAll(id, 'ID');

describe('a run of another tenant', () => {
  test('is not heard by naming it, neither alone nor beside a channel of one’s own', async () => {
    const sent = await ada('POST', '/channels/hers/messages', {
      message: 'hi [[tokens 30]]',
      message_id: 'm',
    });
    const run_id = String(sent.body['run_id']);
    const headers = bearer(await issuer.token({ sub: 'eve', tenant: 'acme' }));
    const socket = await parley.connect({ headers });
    for (const channel of ['own', 'hers'])
      socket.send({
        action: 'subscribe',
        channel,
        run_id,
        format: 'delta',
        cursor: String(sent.body['cursor']),
      });
    const watcher = await parley.connect({ headers: bearer(await issuer.token()) });
    watcher.send({
      action: 'subscribe',
      channel: 'hers',
      cursor: String(sent.body['cursor']),
      format: 'delta',
    });
    await watcher.next(({ type }) => type === 'run.completed');
    await socket.settled();
    const heard = socket.frames.filter(({ type }) => type !== 'subscribed' && type !== 'reset');
    expect(heard).toEqual([]);
    expect(JSON.stringify(socket.frames)).not.toContain('run.');

    socket.send({ action: 'cancel', run_id, channel: 'own' });
    expect(await socket.next(({ type }) => type === 'error')).toMatchObject({ code: 'not_found' });
    socket.send({ action: 'cancel', run_id, channel: 'hers', message_id: 'm' });
    expect(await socket.next(({ type }) => type === 'error')).toMatchObject({ code: 'not_found' });
    for (const [method, path] of [
      ['GET', ''],
      ['POST', '/cancel'],
    ] as const)
      expect(plain(await eve(method, `/runs/${run_id}${path}`), run_id)).toBe(
        plain(await eve(method, `/runs/${NO_RUN}${path}`), NO_RUN),
      );
    for (const path of ['/dead-letters/0-1/replay', '/dead-letters/replays', '/failed-messages/0-1/replay'])
      expect((await eve('POST', path, {})).status).toBe(403);
  }, 60_000);
});

describe('an assistant of another tenant', () => {
  test('looks as if it were not there, on every route and in every position', async () => {
    const requests: [string, string, unknown?][] = [
      ['GET', '/assistants/ID'],
      ['PATCH', '/assistants/ID', { name: 'mine' }],
      ['PUT', '/assistants/ID', { name: 'mine' }],
      ['PUT', '/assistants/ID/current'],
      ['DELETE', '/assistants/ID'],
      ['GET', '/assistants/ID/versions'],
      ['GET', '/assistants/ID/versions/1'],
      ['GET', '/assistants/ID/diff?from=1&to=1'],
      ['POST', '/assistants/ID/rollback', { version: 1 }],
      ['PUT', '/assistants/ID/canary', { version: 1, share: 1 }],
      ['PUT', '/assistants/ID/canary', { config: { name: 'mine' }, share: 1 }],
      ['DELETE', '/assistants/ID/canary'],
      ['GET', '/assistants/ID/usage'],
      ['PUT', '/channels/own/assistant', { assistant_id: 'ID' }],
      ['PUT', '/channels/own/assistant', { assistant_id: 'ID', version: 1 }],
      ['GET', '/api/openai-assistant/details/ID'],
      ['PUT', '/api/openai-assistant/update/ID', { updates: { name: 'mine' } }],
      ['DELETE', '/api/v1/openai-assistant/delete/ID'],
    ];
    const filled = (id: string, text: unknown) =>
      text === undefined ? undefined : (JSON.parse(JSON.stringify(text).replaceAll('ID', id)) as unknown);
    for (const [method, path, body] of requests) {
      const ask = async (id: string) =>
        plain(await eve(method, path.replace('ID', id), filled(id, body)), id);
      const answer = await ask(assistant);
      expect([method, path, JSON.parse(answer)]).toMatchObject([method, path, { status: 404 }]);
      expect([method, path, answer]).toEqual([method, path, await ask(NO_ASSISTANT)]);
    }
    expect((await ada('GET', `/assistants/${assistant}`)).body).toMatchObject({ name: 'hers', version: 1 });
    const { body } = await eve('GET', '/assistants?limit=100');
    expect(JSON.stringify(body)).not.toContain(assistant);
    const listed = await eve('GET', '/api/openai-assistant/list');
    expect(JSON.stringify(listed.body)).not.toContain(assistant);
  });

  test.each([
    '*',
    // A bare '..' never arrives: every client takes it out of the path itself.
    '%2e%2e',
    'all:default',
    'current:default',
    'bindings',
    `${NO_ASSISTANT}:v`,
    'asst_a\nb',
    'x'.repeat(4_000),
    '\u001b[2J',
  ])('%.20j is no assistant', async (id) => {
    for (const [method, path] of [
      ['GET', ''],
      ['PATCH', ''],
      ['DELETE', ''],
      ['GET', '/versions'],
      ['GET', '/usage'],
    ] as const) {
      const body = method === 'PATCH' ? { name: 'x' } : undefined;
      expect((await eve(method, `/assistants/${encodeURIComponent(id)}${path}`, body)).status).toBe(404);
    }
  });
});

describe('a configuration', () => {
  const extras: Record<string, unknown>[] = [
    { id: 'asst_mine' },
    { tenant: 'default' },
    { tenant_id: 'default' },
    { origin: 'config' },
    { created_by: 'root' },
    { made_by_us: false },
    { version: 99 },
    { current_version: 1 },
    { token: 'x' },
    { seq: 0 },
    { scope: 'admin' },
    { resume: true },
    { allowed_routes: ['*'] },
    { constructor: { prototype: { admin: true } } },
    { base_url: 'https://evil.example' },
    { api_key: 'sk-x' },
    { canary: { version: 1, share: 1 } },
  ];

  test.each(extras)('cannot set %j, by any route', async (extra) => {
    const made = await eve('POST', '/assistants', { name: 'mine', purpose: 'extras' });
    const id = String(made.body['id']);
    for (const [method, path, body] of [
      ['POST', '/assistants', extra],
      ['PATCH', `/assistants/${id}`, extra],
      ['PUT', `/assistants/${id}`, extra],
      ['PUT', `/assistants/${id}/canary`, { config: extra, share: 0 }],
      ['PUT', `/api/openai-assistant/update/${id}`, { updates: extra }],
      ['POST', '/api/v1/openai-assistant/refresh', { config: extra }],
    ] as const)
      expect([path, (await eve(method, path, body)).status]).toEqual([path, 400]);
    const { body } = await eve('GET', `/assistants/${id}`);
    expect(body).toMatchObject({ id, version: 1, created_by: 'eve' });
  });

  test('of another tenant than the installation’s own names no files of the account', async () => {
    const tool_resources = [
      { file_search: { vector_store_ids: ['vs_hers'] } },
      { code_interpreter: { file_ids: ['file-hers'] } },
    ];
    const tools = [{ type: 'file_search' }];
    const id = String((await eve('POST', '/assistants', { name: 'mine' })).body['id']);
    for (const resources of tool_resources) {
      const config = { tools, tool_resources: resources };
      for (const [method, path, body] of [
        ['POST', '/assistants', config],
        ['PATCH', `/assistants/${id}`, config],
        ['PUT', `/assistants/${id}`, config],
        ['PUT', `/assistants/${id}/canary`, { config, share: 1 }],
        ['PUT', `/api/openai-assistant/update/${id}`, { updates: config }],
        ['POST', '/api/openai-assistant/refresh', { config }],
      ] as const)
        expect(await eve(method, path, body)).toMatchObject({ status: 400 });
      expect((await ada('POST', '/assistants', { ...config, purpose: 'files' })).status).toBe(201);
    }
    const empty = { tools, tool_resources: { file_search: { vector_store_ids: [] } } };
    expect((await eve('PATCH', `/assistants/${id}`, empty)).status).toBe(200);
  });
});

describe('a race', () => {
  test('of twenty changes on one version: one wins, nineteen are told', async () => {
    const id = String((await eve('POST', '/assistants', { name: 'raced', purpose: 'races' })).body['id']);
    const changes = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        eve('PATCH', `/assistants/${id}`, { name: `n${i}` }, { 'if-match': '"1"' }),
      ),
    );
    const statuses = changes.map(({ status }) => status).sort();
    expect(statuses).toEqual([200, ...Array.from({ length: 19 }, () => 409)]);
    expect((await eve('GET', `/assistants/${id}`)).body).toMatchObject({ version: 2 });
  });

  test('a deletion on an old version deletes nothing', async () => {
    const id = String((await eve('POST', '/assistants', { name: 'kept', purpose: 'races' })).body['id']);
    await eve('PATCH', `/assistants/${id}`, { name: 'kept more' });
    const path = `/assistants/${id}`;
    expect(await eve('DELETE', path, undefined, { 'if-match': '"1"' })).toMatchObject({
      status: 409,
      body: { code: 'version_conflict' },
    });
    expect((await eve('DELETE', path, undefined, { 'if-match': 'x' })).status).toBe(400);
    expect((await eve('GET', path)).status).toBe(200);
    expect((await eve('DELETE', path, undefined, { 'if-match': '"2"' })).status).toBe(204);
  });
});

test.each([
  'limit=0',
  'limit=101',
  'limit=-1',
  'limit=1e9',
  'limit=99999999999999999999',
  'limit=1&limit=100',
  'limit[]=1',
  'after=-1',
  'after=1e3',
  'after=99999999999999999999',
  'after=(1',
  'after=%2Binf',
  `after=${'1'.repeat(300)}`,
  'after=1&after=2',
  'order=random',
  'purpose=*',
  'purpose[$ne]=x',
])('a list with %.40s is refused or read as if it were not said', async (query) => {
  for (const path of ['/assistants', '/channels/own/messages']) {
    const { status, body } = await eve('GET', `${path}?${query}`);
    if (status === 200) expect([query.includes('[') || !path.includes('assist'), body]).toEqual([true, body]);
    else expect([path, status]).toEqual([path, 400]);
  }
});

test.each([
  '/%61ssistants',
  '//assistants',
  '/assistants/',
  '/assistants;x',
  '/ASSISTANTS',
  '/%61pi/openai-assistant/list',
  '//api/openai-assistant/list',
  '/api//openai-assistant/list',
  '/api/openai-assistant/list/',
  '/api/openai-assistant/list;x',
  '/api/openai-assistant/./list',
  '/api/v2/../openai-assistant/list',
  '/api/openai-assistant/%6cist',
  '/docs/..%2fassistants',
  '/health/live/..%2f..%2fassistants',
])('%s opens nothing to nobody', async (path) => {
  for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'QUERY'])
    expect([400, 401, 403, 404]).toContain(await rawStatus(method, path));
});

describe('administration', () => {
  test('a job whose name and data are script is data on the board', async () => {
    const script = '<script>alert(1)</script>"><img src=x onerror=alert(1)>';
    const connection = new Redis(parley.env['REDIS_URL']!, { maxRetriesPerRequest: null });
    const { body } = await parley.admin('GET', '/admin/queues/api/queues');
    const [known] = body['queues'] as { name: string }[];
    const queue = new Queue(known!.name, { connection, prefix: `${parley.prefix}{jobs}` });
    try {
      await queue.pause();
      await queue.add(script, { script });
      const shown = await parley.admin(
        'GET',
        `/admin/queues/api/queues?activeQueue=${encodeURIComponent(known!.name)}&status=paused&page=1`,
      );
      expect(shown.headers.get('content-type')).toMatch(/^application\/json/);
      expect(shown.headers.get('x-content-type-options')).toBe('nosniff');
      const page = await parley.admin('GET', `/admin/queues/queue/${encodeURIComponent(known!.name)}`);
      expect(String(page.body['text'])).not.toContain('alert(1)');
      const policy = page.headers.get('content-security-policy') ?? '';
      expect(policy).toMatch(/script-src 'self'(?:;|$)/);
      expect(policy).toMatch(/script-src-attr 'none'/);
      for (const method of ['GET', 'HEAD', 'POST'])
        for (const action of ['retry', 'promote', 'clean', 'update-data'])
          expect(
            (await parley.admin(method, `/admin/queues/api/queues/${known!.name}/1/${action}`)).status,
          ).toBeGreaterThanOrEqual(400);
    } finally {
      await queue.obliterate({ force: true });
      await queue.close();
      connection.disconnect();
    }
  });

  test('the audit log holds no name of a channel, is not filled by trying, and is one line an entry', async () => {
    const actor =
      'mallory\n9  2026-01-01  root  default  dead-letter.remove  all  done\u001b[2J\u009b31m\u202e';
    const mallory = as({ sub: actor, tenant: 'acme' });
    await mallory('PUT', '/channels/a%40private.example/assistant', { purpose: 'hers' });
    await mallory('DELETE', '/channels/a%40private.example/assistant');
    const count = async () => Number(await parley.redis.hget(`${parley.prefix}{access}:audit-head`, 'n'));
    const before = await count();
    for (let i = 0; i < 100; i++) await mallory('DELETE', `/assistants/asst_${i}`);
    for (let i = 0; i < 20; i++) await mallory('PATCH', `/assistants/${assistant}`, { name: 'x' });
    expect((await count()) - before).toBeLessThanOrEqual(60);

    const entries = (await parley.cliAnswer('audit', 'list', '--limit', '1000')).trimEnd().split('\n');
    expect(entries).toHaveLength(await count());
    for (const [i, line] of entries.entries()) {
      expect(line).toMatch(new RegExp(`^${i + 1}  2`));
      expect(line).toMatch(/^[^\p{Cc}\u202a-\u202e]+$/u);
    }
    const all = await parley.cliAnswer('audit', 'export');
    expect(all).not.toContain('private.example');
    expect(all).toMatch(/"action":"assistant\.choose","object":"channel:/);
    expect(await parley.cliAnswer('audit', 'verify')).toMatch(/^whole +yes$/m);
  }, 60_000);
});

function rawStatus(method: string, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(parley.gateway!.port, '127.0.0.1', () => {
      socket.write(`${method} ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    });
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    socket.on('end', () => resolve(Number(answer.split(' ')[1])));
    socket.on('error', reject);
  });
}
