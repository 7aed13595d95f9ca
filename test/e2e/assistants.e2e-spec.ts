// Assistants through the doors of the gateway: the documented manager, the plain resources, and what runs get of them.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '../support/kafka-client.js';
import { startSystem, type ParleySystem, type Rest } from '../support/system.js';
import { TokenIssuer } from '../support/token-issuer.js';

let issuer: TokenIssuer;
let parley: ParleySystem;
/** May talk in channels and look at assistants; and may change them too. */
let key: { authorization: string };
let changing: { authorization: string };
let counting: { authorization: string };
beforeAll(async () => {
  issuer = await TokenIssuer.start();
  const bearer = async (scope: string) => ({ authorization: `Bearer ${await issuer.token({ scope })}` });
  [key, changing] = [await bearer('channels assistants:read'), await bearer('channels assistants')];
  counting = await bearer('usage:read');
  parley = await startSystem({
    env: { ...issuer.env, ASSISTANT_KEEP: '100', OPENAI_MODEL: 'gpt-6-luna' },
  });
}, 90_000);
afterAll(async () => {
  await parley?.stop();
  await issuer.stop();
}, 30_000);

const admin = (method: string, path: string, body?: unknown): Promise<Rest> =>
  parley.rest(method, path, body, changing);
const V1 = '/api/v1/openai-assistant';
const manager = (method: string, path: string, body?: unknown) =>
  admin(method, `/api/openai-assistant/${path}`, body);
const result = async (answer: Promise<Rest>): Promise<Record<string, unknown>> => {
  const { status, body } = await answer;
  expect({ status, body }).toMatchObject({ status: 200, body: { responseCode: 200 } });
  return body['result'] as Record<string, unknown>;
};

let asked = 0;
/** One answered message. @returns what the provider was asked */
async function run(channel: string): Promise<Record<string, unknown>> {
  const message_id = `m-${++asked}`;
  const watcher = await parley.connect({ headers: key });
  watcher.send({ action: 'subscribe', channel });
  await watcher.settled();
  const sent = await parley.rest('POST', `/channels/${channel}/messages`, { message: 'hi', message_id }, key);
  await watcher.answer(message_id);
  const journal = await parley.journal();
  const { body } = await parley.rest('GET', `/runs/${String(sent.body['run_id'])}`, undefined, key);
  return { run: body, request: journal.at(-1)!.body };
}

test('the ten documented routes: one manager, which the streaming worker follows', async () => {
  const first = await result(manager('POST', 'initialize'));
  expect(await result(manager('POST', 'initialize'))).toMatchObject({ assistantId: first['assistantId'] });
  expect(await result(admin('GET', `${V1}/current`))).toMatchObject({
    assistantId: first['assistantId'],
    status: { needsRefresh: false },
  });
  const config = {
    name: 'Translator',
    instructions: 'Translate.',
    tools: [{ type: 'code_interpreter' }, { type: 'file_search' }],
  };
  const refreshed = await result(manager('POST', 'refresh', { config }));
  expect(refreshed).toMatchObject({ previousAssistantId: first['assistantId'] });
  const id = String(refreshed['newAssistantId']);
  expect(id).not.toBe(first['assistantId']);
  expect(await parley.redis.get(`${parley.prefix}assistant_id`)).toBe(id);
  expect(await run('translated')).toMatchObject({
    run: { assistant_id: id, assistant_version: 1 },
    request: {
      instructions: 'Translate.',
      tools: [{ type: 'code_interpreter', container: { type: 'auto' } }],
    },
  });

  expect(await result(manager('GET', 'details'))).toMatchObject({ assistantId: id, name: 'Translator' });
  const updates = { name: 'Renamed' };
  expect(await result(manager('PUT', `update/${id}`, { updates }))).toMatchObject({
    name: 'Renamed',
    version: 2,
  });
  expect(await result(manager('GET', `details/${id}`))).toMatchObject({ ...config, ...updates });

  for (let i = 0; i < 6; i++) await result(manager('POST', 'refresh', {}));
  const list = await result(manager('GET', 'list'));
  expect(list).toMatchObject({ count: 8 });
  const ids = (list['assistants'] as { id: string }[]).map(({ id }) => id);
  expect(ids.at(-1)).toBe(first['assistantId']);
  const would = await result(manager('POST', 'cleanup', { keepCount: 3, dryRun: true }));
  expect(would).toMatchObject({ deletedCount: 5, dryRun: true });
  const cleaned = await result(manager('POST', 'cleanup', { keepCount: 3 }));
  expect(cleaned).toMatchObject({ deletedAssistants: ids.slice(3), deletedCount: 5, keepCount: 3 });

  expect(await result(manager('GET', 'status'))).toMatchObject({
    assistantId: ids[0],
    lastRefresh: expect.stringMatching(/^\d{4}-.*Z$/),
    refreshInterval: 86_400_000,
    needsRefresh: false,
  });
  expect(await result(manager('PUT', 'refresh-interval', { intervalMs: 7_200_000 }))).toEqual({
    newIntervalMs: 7_200_000,
    newIntervalHours: 2,
  });
  expect(await result(manager('GET', 'status'))).toMatchObject({ refreshInterval: 7_200_000 });
  expect(await result(manager('DELETE', `delete/${ids[0]}`))).toMatchObject({ status: 'deleted' });
  expect(await result(manager('GET', 'status'))).toMatchObject({ assistantId: null, needsRefresh: true });
  expect(await result(manager('GET', 'current'))).toMatchObject({
    assistantId: expect.stringMatching(/^asst_/),
  });
  expect(await result(manager('GET', 'details'))).toMatchObject({ name: 'Invoice Translation Assistant' });
  expect(await parley.journal('/v1/assistants')).toEqual([]);
  expect(await parley.journal('/v1/prompts')).toEqual([]);
});

test.each([
  ['POST', 'refresh', { config: { nmae: 'typo' } }, 400],
  ['POST', 'refresh', { config: { tools: [{ type: 'retrieval' }] } }, 400],
  ['PUT', 'update/asst_none', { updates: {} }, 400],
  ['PUT', 'update/asst_none', { updates: { name: 'x' } }, 404],
  ['GET', 'details/asst_none', undefined, 404],
  ['DELETE', 'delete/asst_none', undefined, 404],
  ['POST', 'cleanup', { keepCount: 0 }, 400],
  ['POST', 'cleanup', { keepCount: 'five' }, 400],
  ['PUT', 'refresh-interval', { intervalMs: -1 }, 400],
  ['PUT', 'refresh-interval', { intervalMs: '1000' }, 400],
  ['PUT', 'refresh-interval', {}, 400],
])('%s %s with %j is a %s in the envelope', async (method, path, body, status) => {
  expect(await manager(method, path, body)).toMatchObject({
    status,
    body: { responseCode: status, responseMessage: expect.stringMatching(/./), result: {} },
  });
});

test.each([
  ['{"config":', 400, 'invalid_json'],
  [`"${'x'.repeat(600_000)}"`, 413, 'too_large'],
])('a body that never reaches the route is refused in the envelope too: %#', async (body, status, code) => {
  for (const path of ['/api/openai-assistant/refresh', `${V1}/refresh`])
    expect(await admin('POST', path, body)).toMatchObject({
      status,
      body: { responseCode: status, responseMessage: expect.stringMatching(/./), result: { code } },
    });
  expect(await admin('POST', '/assistants', body)).toMatchObject({ status, body: { code, status } });
});

test('nobody without a token; a token alone may look, not change', async () => {
  for (const [method, path, changes] of [
    ['POST', 'initialize', false],
    ['GET', 'current', false],
    ['POST', 'refresh', true],
    ['GET', 'list', false],
    ['GET', 'details', false],
    ['PUT', 'update/asst_1', true],
    ['DELETE', 'delete/asst_1', true],
    ['POST', 'cleanup', true],
    ['GET', 'status', false],
    ['PUT', 'refresh-interval', true],
  ] as const) {
    const nobody = await parley.rest(method, `${V1}/${path}`);
    expect([path, nobody.status, nobody.body['responseCode']]).toEqual([path, 401, 401]);
    const reader = await parley.rest(method, `${V1}/${path}`, undefined, key);
    expect([path, reader.status === 403]).toEqual([path, changes]);
  }
  expect(await parley.rest('POST', '/assistants', {}, key)).toMatchObject({ status: 403 });
  expect(await parley.rest('GET', '/assistants')).toMatchObject({ status: 401 });
});

test('plain resources: versions, conflicts, the way back, a channel’s own choice, a canary', async () => {
  const made = await admin('POST', '/assistants', {
    purpose: 'invoices',
    name: 'I',
    instructions: 'One.',
  });
  expect(made).toMatchObject({
    status: 201,
    body: { object: 'assistant', purpose: 'invoices', version: 1, current: true, made_by_us: false },
  });
  const path = made.headers.get('location')!;
  const id = String(made.body['id']);
  expect(path).toBe(`/assistants/${id}`);
  expect(made.headers.get('etag')).toBe('"1"');
  const patch = (body: object, etag: string) =>
    parley.rest('PATCH', path, body, { ...changing, 'if-match': etag });
  const two = await patch({ instructions: 'Two.' }, '"1"');
  expect(two).toMatchObject({ status: 200, body: { version: 2, name: 'I' } });
  expect(await patch({ name: 'late' }, '"1"')).toMatchObject({
    status: 409,
    body: { code: 'version_conflict' },
  });
  expect(await patch({ name: 'odd' }, 'one')).toMatchObject({ status: 400 });
  expect((await admin('PUT', path, { name: 'Bare' })).body).toMatchObject({
    version: 3,
    name: 'Bare',
    instructions: null,
  });
  expect((await admin('GET', `${path}/diff?from=1&to=2`)).body).toEqual({
    from: 1,
    to: 2,
    changes: [{ field: 'instructions', from: 'One.', to: 'Two.' }],
  });
  expect((await admin('POST', `${path}/rollback`, { version: 2 })).body).toMatchObject({ version: 4 });
  const versions = (await admin('GET', `${path}/versions`)).body['items'] as { version: number }[];
  expect(versions.map(({ version }) => version)).toEqual([1, 2, 3, 4]);
  expect(await admin('GET', `${path}/versions/9`)).toMatchObject({ status: 404 });

  const choose = (body: object) => admin('PUT', '/channels/own/assistant', body);
  expect(await parley.rest('GET', '/channels/own/assistant', undefined, key)).toMatchObject({ status: 404 });
  expect(await choose({ purpose: 'invoices' })).toMatchObject({ status: 200, body: { purpose: 'invoices' } });
  expect(await run('own')).toMatchObject({
    run: { assistant_id: id, assistant_version: 4 },
    request: { instructions: 'Two.' },
  });
  await choose({ assistant_id: id, version: 1 });
  expect(await run('own')).toMatchObject({ request: { instructions: 'One.' } });
  expect((await run('others'))['request']).not.toMatchObject({ instructions: 'One.' });
  expect(await choose({ assistant_id: id, version: 99 })).toMatchObject({ status: 404 });
  expect(await choose({})).toMatchObject({ status: 400 });

  await choose({ assistant_id: id });
  const canary = { config: { instructions: 'Three.' }, share: 1, min_runs: 2, max_error_share: 0.5 };
  expect((await admin('PUT', `${path}/canary`, canary)).body).toMatchObject({
    version: 4,
    canary: { version: 5, share: 1 },
  });
  expect(await run('own')).toMatchObject({
    run: { assistant_version: 5 },
    request: { instructions: 'Three.' },
  });
  expect((await admin('DELETE', `${path}/canary`)).body).not.toHaveProperty('canary');
  expect(await run('own')).toMatchObject({ run: { assistant_version: 4 } });

  const page = await admin('GET', '/assistants?limit=1&purpose=invoices');
  expect(page.body['items']).toMatchObject([{ id }]);
  expect(await admin('DELETE', path)).toMatchObject({ status: 204 });
  expect(await admin('DELETE', path)).toMatchObject({ status: 404 });
  expect((await run('own'))['run']).not.toMatchObject({ assistant_id: id });
  expect(await admin('DELETE', '/channels/own/assistant')).toMatchObject({ status: 204 });
});

test('what runs used is told by assistant and version, to those who may know', async () => {
  const made = async (purpose: string) => {
    const { body } = await admin('POST', '/assistants', { purpose, instructions: purpose });
    await admin('PUT', `/channels/${purpose}/assistant`, { purpose });
    return `/assistants/${String(body['id'])}`;
  };
  const [busy, idle] = [await made('busy'), await made('idle')];
  const usage = (path: string, as = counting) => parley.rest('GET', `${path}/usage`, undefined, as);
  await run('busy');
  await admin('PATCH', busy, { instructions: 'changed' });
  const last = (await run('busy'))['run'] as { result: { usage: { total_tokens: number } } };
  await admin('DELETE', busy);
  const { body } = await usage(busy);
  expect(body).toMatchObject({
    runs: 2,
    completed: 2,
    failed: 0,
    versions: [
      { version: 1, runs: 1 },
      { version: 2, runs: 1, total_tokens: last.result.usage.total_tokens },
    ],
  });
  expect(body['total_tokens']).toBeGreaterThan(last.result.usage.total_tokens);
  expect(await usage(idle)).toMatchObject({ status: 200, body: { runs: 0, total_tokens: 0, versions: [] } });
  expect(await usage('/assistants/asst_none')).toMatchObject({ status: 404 });
  expect(await usage(idle, changing)).toMatchObject({ status: 403 });
});

test('a candidate that costs too much is taken back, and says why', async () => {
  const made = await admin('POST', '/assistants', { purpose: 'dear', instructions: 'Stable.' });
  const path = made.headers.get('location')!;
  await admin('PUT', '/channels/dear/assistant', { purpose: 'dear' });
  const bounds = { share: 1, min_runs: 2 };
  // A hundred times the price of what is live.
  const canary = { config: { model: 'gpt-6-astra' }, ...bounds, max_cost_factor: 10 };
  await run('dear');
  await run('dear');
  expect((await admin('PUT', `${path}/canary`, canary)).body).toMatchObject({
    canary: { version: 2, max_cost_factor: 10 },
  });
  // A run is judged a moment after its end has been told.
  const ended = () => until(async () => (await admin('GET', path)).body['canary_ended'] !== undefined);
  for (const version of [2, 2])
    expect(await run('dear')).toMatchObject({ run: { assistant_version: version } });
  await ended();
  expect(await run('dear')).toMatchObject({ run: { assistant_version: 1 } });
  const { body } = await admin('GET', path);
  expect(body).toMatchObject({ version: 1, canary_ended: { version: 2, runs: 2, errors: 0 } });
  expect(body['canary_ended']).toMatchObject({
    mean_cost_usd: expect.any(Number),
    reason: expect.stringMatching(
      /^2 runs cost \S+ USD on average, more than 10 times the \S+ of version 1$/,
    ),
  });

  await admin('PUT', `${path}/canary`, { version: 2, ...bounds, max_cost_usd: 0.000_001 });
  await run('dear');
  await run('dear');
  await ended();
  expect((await admin('GET', path)).body['canary_ended']).toMatchObject({
    reason: expect.stringMatching(/^2 runs cost \S+ USD on average, more than 1e-06$/),
  });
  const unknown = { config: { model: 'nobody-knows' }, ...bounds, max_cost_usd: 1 };
  expect(await admin('PUT', `${path}/canary`, unknown)).toMatchObject({ status: 400 });
  for (const bad of [{ max_cost_usd: 0 }, { max_cost_factor: -1 }, { max_cost_usd: '1' }])
    expect(await admin('PUT', `${path}/canary`, { version: 2, ...bounds, ...bad })).toMatchObject({
      status: 400,
    });
});

test('a candidate that fails too often is taken back, and says why', async () => {
  const made = await admin('POST', '/assistants', { purpose: 'risky', instructions: 'Stable.' });
  const path = made.headers.get('location')!;
  await admin('PUT', '/channels/risk/assistant', { purpose: 'risky' });
  const canary = { config: { instructions: 'Broken.' }, share: 1, min_runs: 2, max_error_share: 0.4 };
  await admin('PUT', `${path}/canary`, canary);
  const watcher = await parley.connect({ headers: key });
  watcher.send({ action: 'subscribe', channel: 'risk' });
  await watcher.settled();
  for (const message_id of ['r-1', 'r-2', 'r-3']) {
    await parley.rest('POST', '/channels/risk/messages', { message: 'fail [[fail 400]]', message_id }, key);
    await watcher.answer(message_id);
  }
  expect((await admin('GET', path)).body).toMatchObject({
    version: 1,
    canary_ended: { version: 2, runs: 2, errors: 2, reason: expect.stringContaining('2 of 2 runs failed') },
  });
});
