// REST as a client meets it: send, look, page through, and read what the routes are.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { ADMIN, startSystem, type ParleySystem, type Rest } from '../support/system.js';

let parley: ParleySystem;
beforeAll(async () => {
  parley = await startSystem({ env: { WS_TOKEN: 'door-key', WS_OPEN: 'false' } });
}, 90_000);
afterAll(() => parley?.stop(), 30_000);

const key = { authorization: 'Bearer door-key' };
const send = (channel: string, body: object, headers = {}) =>
  parley.rest('POST', `/channels/${encodeURIComponent(channel)}/messages`, body, { ...key, ...headers });

test('send a message, follow its run, read the conversation', async () => {
  const sent = await send('team/a: b', { message: 'hello', message_id: 'm-1' }, { 'x-request-id': 'call-1' });
  expect(sent).toMatchObject({
    status: 202,
    body: { message_id: 'm-1', status: 'queued', duplicate: false },
  });
  expect(sent.headers.get('x-request-id')).toBe('call-1');
  expect(sent.headers.get('location')).toBe(`/runs/${String(sent.body['run_id'])}`);
  const watcher = await parley.connect({ headers: key });
  watcher.send({ action: 'subscribe', channel: 'team/a: b', cursor: sent.body['cursor'] });
  await watcher.answer('m-1');
  const run = await parley.rest('GET', sent.headers.get('location')!, undefined, key);
  expect(run.body).toMatchObject({
    status: 'completed',
    channel: 'team/a: b',
    source: 'rest',
    attempt: 1,
    result: { text: 'You said: hello', usage: { total_tokens: expect.any(Number) } },
  });
  for (const name of ['created_at', 'started_at', 'finished_at'])
    expect(run.body[name]).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
  const channel = await parley.rest('GET', `/channels/${encodeURIComponent('team/a: b')}`, undefined, key);
  expect(channel.body).toMatchObject({ thread_id: run.body['thread_id'], message_count: 1 });
});

test('the history is paged in both directions', async () => {
  const watcher = await parley.connect({ headers: key });
  watcher.send({ action: 'subscribe', channel: 'paged' });
  await watcher.settled();
  for (let i = 1; i <= 5; i++) {
    await send('paged', { message: `number ${i}`, message_id: `m-${i}` });
    await watcher.answer(`m-${i}`);
  }
  for (const order of ['asc', 'desc']) {
    const seen: string[] = [];
    let next: string | undefined;
    do {
      const after = next === undefined ? '' : `&after=${next}`;
      const page = await parley.rest(
        'GET',
        `/channels/paged/messages?limit=3&order=${order}${after}`,
        undefined,
        key,
      );
      const items = page.body['items'] as { role: string; message_id: string }[];
      seen.push(...items.map(({ role, message_id }) => `${role} ${message_id}`));
      next = page.body['next'] as string | undefined;
    } while (next !== undefined);
    const all = [1, 2, 3, 4, 5].flatMap((i) => [`user m-${i}`, `assistant m-${i}`]);
    expect(seen).toEqual(order === 'asc' ? all : all.toReversed());
  }
  const bad = await parley.rest('GET', '/channels/paged/messages?limit=0', undefined, key);
  expect(bad).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
  const empty = await parley.rest('GET', '/channels/never-used/messages', undefined, key);
  expect(empty.body).toEqual({ items: [] });
});
const letterPage = () => parley.admin('GET', '/dead-letters');

describe('access', () => {
  test.each(['', 'Bearer wrong', 'Basic ZG9vci1rZXk=', 'door-key'])(
    'with "%s" nothing opens',
    async (authorization) => {
      const headers: Record<string, string> = authorization === '' ? {} : { authorization };
      for (const [method, path, body] of [
        ['POST', '/channels/closed/messages', { message: 'hi' }],
        ['GET', '/channels/closed/messages', undefined],
        ['GET', '/channels/closed', undefined],
        ['GET', '/runs/00000000-0000-4000-8000-000000000000', undefined],
        ['GET', '/dead-letters', undefined],
        ['POST', '/dead-letters/replays', { source: 'runs', id: 'all' }],
      ] as const)
        expect(await parley.rest(method, path, body, headers)).toMatchObject({
          status: 401,
          body: { code: 'unauthorized' },
        });
    },
  );

  test('a wrong token on the WebSocket: an error frame and nothing else', async () => {
    const stranger = await parley.connect();
    stranger.send({ action: 'subscribe', channel: 'closed', token: 'wrong' });
    expect(await stranger.next()).toMatchObject({ type: 'error', code: 'unauthorized' });
    const watcher = await parley.connect();
    watcher.send({ action: 'subscribe', channel: 'closed', token: 'door-key' });
    await watcher.settled();
    await send('closed', { message: 'hi', message_id: 'm-1' });
    await watcher.answer('m-1');
    await stranger.settled();
    expect(stranger.frames).toHaveLength(1);
  });

  test.each([
    '/admin/queues',
    '/admin/queues/',
    '/admin/queues/api/queues',
    '/%61dmin/queues',
    '//admin/queues',
    '/admin/;x',
    '/admin/queues;x',
    '/admin/./queues',
    '/ADMIN/queues',
  ])('the board at %s does not open without the login', async (path) => {
    // fetch would normalise the path before it is sent.
    const status = await rawStatus(parley.gateway!.port, path);
    expect([401, 404]).toContain(status);
  });

  test('the board opens with the login and shows the queues', async () => {
    const page = await parley.admin('GET', '/admin/queues/');
    expect(page).toMatchObject({ status: 200, body: { text: expect.stringContaining('<html') } });
    const { body } = await parley.admin('GET', '/admin/queues/api/queues');
    expect((body['queues'] as { name: string }[]).map(({ name }) => name)).toContain('run-retry');
  });
});

test('a run that fails for good becomes a dead letter: seen, replayed, removed', async () => {
  const watcher = await parley.connect({ headers: key });
  watcher.send({ action: 'subscribe', channel: 'dead' });
  await watcher.settled();
  await send('dead', { message: 'refused [[fail 400 times=1]]', message_id: 'm-1' });
  expect((await watcher.answer('m-1')).at(-1)).toMatchObject({ status: 'error' });
  const letters = await untilItems(letterPage, (count) => count > 0);
  expect(letters[0]).toMatchObject({ channel: 'dead', message_id: 'm-1', reason: 'upstream_rejected' });
  expect(letters[0]).not.toHaveProperty('message');
  const path = `/dead-letters/${String(letters[0]!['id'])}`;
  expect(await parley.admin('GET', path)).toMatchObject({
    body: { message: expect.stringContaining('refused') },
  });
  const replay = await parley.admin('POST', `${path}/replay`);
  expect(replay).toMatchObject({ status: 202, body: { duplicate: false, message_id: 'm-1' } });
  const completed = await watcher.next(({ status }) => status === 'completed');
  expect(completed).toMatchObject({ run_id: replay.body['run_id'], final_message: true });
  expect(await parley.admin('DELETE', path)).toMatchObject({ status: 404 });
});

test('dead letters are replayed in the background, and the board knows the job', async () => {
  const watcher = await parley.connect({ headers: key });
  watcher.send({ action: 'subscribe', channel: 'dead later' });
  await watcher.settled();
  for (const n of [1, 2])
    await send('dead later', { message: `refused [[fail 400 times=1]] ${n}`, message_id: `m-${n}` });
  await watcher.answer('m-2');
  expect(await untilItems(letterPage, (count) => count === 2)).toHaveLength(2);
  const replay = (body: object) => parley.admin('POST', '/dead-letters/replays', body);
  const answer = await replay({ source: 'runs', id: 'all' });
  expect(answer).toMatchObject({ status: 202, body: { source: 'runs', id: 'all' } });
  for (const n of [1, 2])
    await watcher.next(({ status, message_id }) => status === 'completed' && message_id === `m-${n}`);
  expect(await untilItems(letterPage, (count) => count === 0)).toEqual([]);
  const job = `/admin/queues/api/queues/dead-letter-replay/${String(answer.body['job_id'])}`;
  expect(await parley.admin('GET', job)).toMatchObject({ status: 200 });
  for (const body of [{}, { source: 'kafka', id: 'all' }, { source: 'runs' }, { source: 'runs', id: '' }])
    expect(await replay(body)).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
});

test('the OpenAPI document names every route that answers, and /docs shows it', async () => {
  const { body } = await parley.rest('GET', '/docs-json');
  expect(Object.keys(body['paths'] as object)).toEqual(
    expect.arrayContaining([
      '/channels/{channel}',
      '/channels/{channel}/messages',
      '/runs/{run_id}',
      '/runs/{run_id}/cancel',
      '/dead-letters',
      '/dead-letters/{id}',
      '/dead-letters/{id}/replay',
      '/dead-letters/replays',
      '/failed-messages',
    ]),
  );
  expect((await parley.rest('GET', '/docs')).body['text']).toContain('swagger');
});

test('what the routes answer is what the document says', async () => {
  const { body: document } = await parley.rest('GET', '/docs-json');
  const ajv = new Ajv2020({ strict: false, allErrors: true, formats: { uuid: true, 'date-time': true } });
  const watcher = await parley.connect({ headers: key });
  watcher.send({ action: 'subscribe', channel: 'shapes' });
  await watcher.settled();
  const sent = await send('shapes', { message: 'hello', message_id: 'm-1' });
  await watcher.answer('m-1');
  const run = String(sent.headers.get('location'));
  const get = (path: string) => parley.rest('GET', path, undefined, key);
  const answers: [string, Rest][] = [
    ['AcceptedView', sent],
    ['AcceptedView', await send('shapes', { message: 'hello', message_id: 'm-1' })],
    ['RunView', await get(run)],
    ['ChannelView', await get('/channels/shapes')],
    ['MessagePageView', await get('/channels/shapes/messages?limit=1')],
    ['ProblemView', await parley.rest('POST', `${run}/cancel`, undefined, key)],
    ['ProblemView', await get('/channels/shapes/messages?limit=many')],
    ['DeadLetterPageView', await parley.admin('GET', '/dead-letters')],
    ['FailedPageView', await parley.admin('GET', '/failed-messages')],
    ['ReplayView', await parley.admin('POST', '/dead-letters/replays', { source: 'runs', id: 'all' })],
  ];
  for (const [view, { body }] of answers) {
    const schemas = (document['components'] as { schemas: Record<string, { properties: object }> }).schemas;
    const validate = ajv.compile({
      components: document['components'],
      $ref: `#/components/schemas/${view}`,
    });
    expect([view, validate(body), validate.errors]).toEqual([view, true, null]);
    const undocumented = Object.keys(body).filter((name) => !(name in schemas[view]!.properties));
    expect([view, undocumented]).toEqual([
      view,
      view === 'ProblemView' && 'result' in body ? undocumented : [],
    ]);
  }
});

test('metrics and logs know codes and counts, but neither names nor texts', async () => {
  const text = 'a very private sentence';
  const watcher = await parley.connect({ headers: key });
  watcher.send({ action: 'subscribe', channel: 'somebody@example.org' });
  await watcher.settled();
  await send('somebody@example.org', { message: text, message_id: 'm-1' });
  await watcher.answer('m-1');
  for (const app of [parley.gateway!, parley.delivery]) {
    const metrics = await (await fetch(`${app.url}/metrics`)).text();
    expect(metrics).toMatch(/^parley_/m);
    for (const output of [metrics, app.log()]) {
      for (const secret of [text, 'somebody@example.org', 'door-key', 'sk-e2e', ADMIN.password])
        expect(output).not.toContain(secret);
    }
  }
  const run = parley.delivery
    .log()
    .split('\n')
    .find((line) => line.includes('run ended'))!;
  expect(JSON.parse(run)).toMatchObject({
    run_id: expect.any(String),
    message_id: expect.any(String),
    level: 'info',
  });
});

/** Asks for the list until it is as wanted, at most some seconds. @returns its last items */
async function untilItems(
  list: () => ReturnType<ParleySystem['admin']>,
  wanted: (count: number) => boolean,
): Promise<Record<string, unknown>[]> {
  for (let tries = 0; ; tries++) {
    const items = (await list()).body['items'] as Record<string, unknown>[];
    if (wanted(items.length) || tries === 200) return items;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

async function rawStatus(port: number, path: string): Promise<number> {
  const { connect } = await import('node:net');
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    });
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    socket.on('end', () => resolve(Number(answer.split(' ')[1])));
    socket.on('error', reject);
  });
}
