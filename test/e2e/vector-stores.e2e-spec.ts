// Files to an answer that quotes them: uploaded, put into a vector store, searched over REST, and found by an assistant while it answers.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { ADMIN, startSystem, type ParleySystem } from '../support/system.js';

let parley: ParleySystem;
beforeAll(async () => {
  parley = await startSystem({ env: { MAX_RETRIES: '1' } });
}, 90_000);
afterAll(() => parley?.stop(), 30_000);
beforeEach(() => parley.control('DELETE', 'rules'));

async function upload(name: string, text: string): Promise<string> {
  const body = new FormData();
  body.append('file', new Blob([text]), name);
  const response = await fetch(`${parley.gateway!.url}/files`, { method: 'POST', body });
  const { items } = (await response.json()) as { items: { file: { id: string } }[] };
  return items[0]!.file.id;
}
const basic = { authorization: `Basic ${Buffer.from(`${ADMIN.user}:${ADMIN.password}`).toString('base64')}` };
const remote = async (path: string): Promise<Record<string, unknown>[]> => {
  const response = await fetch(`${parley.emulator.url}/v1${path}`, {
    headers: { authorization: 'Bearer sk-e2e' },
  });
  return ((await response.json()) as { data: Record<string, unknown>[] }).data;
};

test('a store of uploaded files is followed, searched, used by an assistant, and gone with its files', async () => {
  const file_ids = [
    await upload('kettle.txt', 'The warranty of the kettle lasts thirty-six months.'),
    await upload('fence.txt', 'The fence is painted green.'),
  ];
  const made = await parley.rest('POST', '/vector-stores?wait=30', { name: 'manuals', file_ids });
  expect(made).toMatchObject({
    status: 201,
    body: {
      state: 'ready',
      files: { total: 2, completed: 2, failed: 0 },
      expires_after_days: 7,
      failed_files: [],
    },
  });
  const id = String(made.body['id']);
  const search = { query: 'how long is the warranty of my kettle?', limit: 1 };
  expect((await parley.rest('POST', `/vector-stores/${id}/search`, search)).body['items']).toMatchObject([
    { file_id: file_ids[0], name: 'kettle.txt', text: expect.stringContaining('thirty-six months') },
  ]);
  const events = await fetch(`${parley.gateway!.url}/vector-stores/${id}/events`);
  expect(events.headers.get('content-type')).toContain('text/event-stream');
  expect(await events.text()).toMatch(/^event: store\ndata: \{.*"state":"ready"/);

  const config = {
    name: 'Help desk',
    tools: [{ type: 'file_search' }],
    tool_resources: { file_search: { vector_store_ids: [String(made.body['vector_store_id'])] } },
  };
  const assistant = await parley.rest('POST', '/assistants', { ...config, purpose: 'streaming' }, basic);
  expect(assistant.status).toBe(201);
  const chosen = { assistant_id: String(assistant.body['id']) };
  expect((await parley.rest('PUT', '/channels/desk/assistant', chosen)).status).toBe(200);
  const client = await parley.connect();
  client.send({ action: 'subscribe', channel: 'desk' });
  await client.settled();
  const message = { message: 'how long is the warranty of my kettle?', message_id: 'm1' };
  const sent = await parley.rest('POST', '/channels/desk/messages', message);
  expect(sent.status).toBe(202);
  await client.answer('m1');
  const run = await parley.rest('GET', `/runs/${String(sent.body['run_id'])}`);
  expect(JSON.stringify(run.body)).toContain('thirty-six months');
  const asked = (await parley.journal('/v1/responses')).at(-1)!.body as { tools: object[] };
  expect(asked.tools).toMatchObject([
    { type: 'file_search', vector_store_ids: [made.body['vector_store_id']] },
  ]);

  expect((await parley.rest('DELETE', `/vector-stores/${id}`)).body).toEqual({ id, complete: true });
  expect((await parley.rest('GET', `/vector-stores/${id}`)).status).toBe(404);
  expect([await remote('/files'), await remote('/vector_stores')]).toEqual([[], []]);
}, 60_000);

test('its files are looked at one by one, get other attributes, and leave it', async () => {
  const file_ids = [
    await upload('lamp.txt', 'A lamp made of copper.'),
    await upload('door.txt', 'A blue door.'),
  ];
  const made = await parley.rest('POST', '/vector-stores?wait=30', { name: 'things', file_ids });
  const path = `/vector-stores/${String(made.body['id'])}/files`;
  const first = await parley.rest('GET', `${path}?limit=1`);
  expect(first.body).toEqual({
    items: [
      { id: file_ids[0], name: 'lamp.txt', status: 'completed', attributes: {}, bytes: expect.any(Number) },
    ],
    next: file_ids[0],
  });
  expect((await parley.rest('GET', `${path}?limit=1&after=${file_ids[0]}`)).body).toMatchObject({
    items: [{ id: file_ids[1] }],
  });
  expect((await parley.rest('GET', `${path}?status=failed`)).body).toEqual({ items: [] });
  const one = `${path}/${file_ids[0]}`;
  const changed = await parley.rest('PATCH', one, { attributes: { room: 'hall' } });
  expect(changed).toMatchObject({ status: 200, body: { attributes: { room: 'hall' } } });
  expect((await parley.rest('GET', one)).body).toEqual(changed.body);
  for (const [method, at, body] of [
    ['GET', `${path}?status=lost`, undefined],
    ['GET', `${path}?after=file_00`, undefined],
    ['PATCH', one, { attributes: { room: {} } }],
    ['PATCH', one, { room: 'hall' }],
    ['DELETE', `${one}?delete_file=perhaps`, undefined],
  ] as const)
    expect([at, (await parley.rest(method, at, body)).status]).toEqual([at, 400]);
  for (const id of ['file_x', '..%2f..', '__proto__', 'file-abc'])
    for (const [method, body] of [
      ['GET', undefined],
      ['PATCH', { attributes: {} }],
      ['DELETE', undefined],
    ] as const)
      expect((await parley.rest(method, `${path}/${id}`, body)).status).toBe(404);

  expect((await parley.rest('DELETE', one)).body).toEqual({ id: file_ids[0], file: 'kept' });
  expect((await parley.rest('DELETE', one)).status).toBe(404);
  expect((await parley.rest('GET', `/files/${file_ids[0]}`)).status).toBe(200);
  const last = `${path}/${file_ids[1]}?delete_file=true`;
  expect((await parley.rest('DELETE', last)).body).toEqual({ id: file_ids[1], file: 'removed' });
  const store = await parley.rest('GET', `/vector-stores/${String(made.body['id'])}`);
  expect(store.body).toMatchObject({ state: 'ready', files: { total: 0, completed: 0 } });
  expect(await remote('/files')).toHaveLength(1);
  await parley.rest('DELETE', `/files/${file_ids[0]}`);
  await parley.rest('DELETE', `/vector-stores/${String(made.body['id'])}`);
  expect([await remote('/files'), await remote('/vector_stores')]).toEqual([[], []]);
}, 60_000);

test('what cannot be made is told in its own words, and leaves nothing', async () => {
  const make = (body: object) => parley.rest('POST', '/vector-stores', body);
  for (const body of [
    {},
    { name: '' },
    { name: 'x', file_ids: ['file_00'] },
    { name: 'x', file_ids: Array.from({ length: 2_001 }, () => 'f') },
    { name: 'x', expires_after_days: 366 },
    { name: 'x', attributes: { a: 'x'.repeat(513) } },
    { name: 'x', attributes: { a: { b: 1 } } },
    { name: 'x', profile: 'nobody' },
    { name: 'x', tenant: 'other' },
  ])
    expect([body, (await make(body)).status]).toEqual([body, 400]);
  expect((await parley.rest('POST', '/vector-stores?wait=121', { name: 'x' })).status).toBe(400);
  for (const [directive, code] of [
    ['fail 403', 'vector_store_failed'],
    ['fail 401', 'upstream_authentication'],
    ['fail 500', 'vector_store_failed'],
  ]) {
    await parley.control('POST', 'rules', {
      match: { path: '/v1/vector_stores', method: 'POST' },
      directive,
    });
    expect(await make({ name: 'x', file_ids: [await upload('a.txt', 'a')] })).toMatchObject({
      status: 502,
      body: { code },
    });
    await parley.control('DELETE', 'rules');
  }
  expect((await parley.rest('GET', '/vector-stores')).body['items']).toEqual([]);
  for (const id of ['store_x', '..%2f..', '__proto__', 'vs_1'])
    expect((await parley.rest('GET', `/vector-stores/${id}`)).status).toBe(404);
  expect([await remote('/files'), await remote('/vector_stores')]).toEqual([[], []]);
}, 60_000);

test('by hand: made of files of this machine, searched, and deleted', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'parley-stores-'));
  const cli = (...args: string[]) =>
    parley.cli(['stores', ...args, '--json'], { env: { STORAGE_DIR: directory } });
  const paths = ['lamp', 'door'].map((name) => join(directory, `${name}.txt`));
  for (const path of paths) writeFileSync(path, `All about ${path.slice(-8)}: lanterns, hinges.`);
  try {
    const made = await cli('create', ...paths, '--name', 'by hand', '--days', '3');
    expect(made.code).toBe(0);
    const { id, state, completed, ttl_days } = JSON.parse(made.stdout) as Record<string, unknown>;
    expect([state, completed, ttl_days]).toEqual(['ready', 2, 3]);
    const found = JSON.parse((await cli('search', String(id), 'lanterns', '--limit', '1')).stdout) as {
      items: object[];
    };
    expect(found.items).toHaveLength(1);
    expect((JSON.parse((await cli('list')).stdout) as { items: object[] }).items).toHaveLength(1);
    expect(await cli('create', join(directory, 'none.txt'), '--name', 'x')).toMatchObject({ code: 1 });
    const listed = JSON.parse((await cli('files', 'list', String(id), '--status', 'completed')).stdout) as {
      items: { id: string }[];
    };
    expect(listed.items).toMatchObject([{ name: 'lamp.txt' }, { name: 'door.txt' }]);
    const [first, second] = listed.items.map((file) => file.id);
    expect(
      JSON.parse((await cli('files', 'set', String(id), first!, '{"room":"hall"}')).stdout),
    ).toMatchObject({
      attributes: { room: 'hall' },
    });
    const gone = await cli('files', 'remove', String(id), first!, '--delete-file', '--yes');
    expect(JSON.parse(gone.stdout)).toEqual({ id: first, file: 'removed' });
    expect(await cli('files', 'get', String(id), first!)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no such file'),
    });
    expect(JSON.parse((await cli('files', 'get', String(id), second!)).stdout)).toMatchObject({
      status: 'completed',
      attributes: {},
    });
    expect(await cli('delete', String(id), '--yes')).toMatchObject({ code: 0 });
    expect(await cli('get', String(id))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no such vector store'),
    });
    expect([await remote('/files'), await remote('/vector_stores')]).toEqual([[], []]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}, 120_000);
