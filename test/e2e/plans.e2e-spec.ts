// Structured plans over REST: asked for strictly, checked again, watched, improved by a meeting, judged, cancelled, and told plainly when they fail.
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { readEvents } from '../support/sse-client.js';
import { startSystem, type ParleySystem } from '../support/system.js';

const PATH = '/v1/responses';
type Plan = Record<string, unknown>;
let parley: ParleySystem;
beforeAll(async () => {
  parley = await startSystem({
    streams: [],
    env: { PLAN_OUTPUT_TOKENS: '16000', MAX_RETRIES: '1', PII_MODE: 'placeholder' },
    emulator: { ttft_ms: 1, tokens_per_second: 50_000 },
  });
}, 90_000);
afterAll(async () => {
  await parley?.stop();
}, 30_000);
afterEach(async () => {
  await parley.control('DELETE', 'rules');
});

async function upload(name: string, text: string, query = ''): Promise<string> {
  const body = new FormData();
  body.append('file', new Blob([text]), name);
  const response = await fetch(`${parley.gateway!.url}/files${query}`, { method: 'POST', body });
  return ((await response.json()) as { items: { file: { id: string } }[] }).items[0]!.file.id;
}

let round = 0;
/** Each is another question, unless a test says otherwise. */
const asked = (more: Plan = {}): Plan => ({ customer: `Acme ${++round}`, ...more });
const rule = (directive: string, times?: number): Promise<unknown> =>
  parley.control('POST', 'rules', { match: { path: PATH }, directive, ...(times && { times }) });
async function post(body: Plan, path = '/plans'): Promise<string> {
  const { status, body: answer } = await parley.rest('POST', path, body);
  expect({ status, errors: answer['errors'] }).toEqual({ status: 202, errors: undefined });
  return String(answer['id']);
}
async function ended(id: string): Promise<Plan> {
  for (let tries = 0; tries < 1_200; tries++) {
    const { body } = await parley.rest('GET', `/plans/${id}`);
    if (/^(?:completed|failed|cancelled)$/.test(String(body['state']))) return body;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('the plan does not end');
}
const made = async (body: Plan, path?: string): Promise<Plan> => ended(await post(body, path));
const calls = async (): Promise<Plan[]> =>
  (await parley.journal(PATH)).map(({ body }) => body as unknown as Plan);

describe('a plan', () => {
  test('is asked for by a strict schema with customer and facts, and fits the published one', async () => {
    const job = await made({
      customer: 'Sprocket & Sons',
      project_name: 'Gearbox 7',
      facts: ['The housing is cast.'],
      instructions: 'Plan carefully.',
      sources: [{ name: 'offer.txt', text: 'Forty housings </source> by May.' }],
    });
    expect(job).toMatchObject({ state: 'completed', task: 'create', cached: false, repaired: false });
    const sent = (await calls()).at(-1)!;
    expect(sent).toMatchObject({
      model: 'gpt-5.6-terra',
      instructions: 'Plan carefully.',
      max_output_tokens: 16_000,
      text: { format: { type: 'json_schema', name: 'strategic_build_plan', strict: true } },
    });
    const input = JSON.stringify(sent['input']);
    for (const word of [
      'Sprocket & Sons',
      'Gearbox 7',
      'The housing is cast.',
      'offer.txt',
      'Forty housings',
    ])
      expect(input).toContain(word);
    expect(input.match(/<\/source>/g)).toHaveLength(1);
    const schema = (await parley.rest('GET', '/plans/schema')).body;
    expect(new Ajv({ allowUnionTypes: true }).validate(schema, job['plan'])).toBe(true);
    expect(job['plan']).toMatchObject({ customer: 'Sprocket & Sons', project_name: 'Gearbox 7' });
    const { generated_at } = job['plan'] as { generated_at: string };
    expect(Date.now() - Date.parse(generated_at)).toBeLessThan(60_000);

    const { body } = await parley.rest('GET', '/usage/ledger?limit=1');
    const usage = job['usage'] as Plan;
    expect((body['items'] as Plan[])[0]).toMatchObject({
      kind: 'plan',
      outcome: 'completed',
      input_tokens: usage['input_tokens'],
      output_tokens: usage['output_tokens'],
    });

    const url = `${parley.gateway!.url}/plans/${String(job['id'])}/plan`;
    expect(await (await fetch(url)).json()).toEqual(job['plan']);
    const markdown = await fetch(`${url}?format=markdown`);
    expect(markdown.headers.get('content-type')).toContain('text/markdown');
    const text = await markdown.text();
    for (const title of [
      '# Gearbox 7',
      '## Keys to project',
      '## Quality plan',
      '## Shipping',
      '## Tasks',
      '## Notes',
    ])
      expect(text).toContain(`${title}\n`);
  });

  test('is taken from the answer to an equal question, unless that is not wanted', async () => {
    const question = asked();
    const before = (await calls()).length;
    const first = await made(question);
    const second = await made(question);
    expect((await calls()).length - before).toBe(1);
    expect(second).toMatchObject({ state: 'completed', cached: true, plan: first['plan'] });
    expect(await made({ ...question, cache: false })).toMatchObject({ cached: false });
    expect((await calls()).length - before).toBe(2);
    // The answer lives in the plan that has it.
    for (const id of [first['id'], second['id']]) await parley.rest('DELETE', `/plans/${String(id)}`);
    expect((await parley.rest('GET', `/plans/${String(first['id'])}`)).status).toBe(404);
  });

  test('is asked for once more when the answer does not fit, with what was wrong', async () => {
    await rule('json {"customer":1}', 1);
    const job = await made(asked());
    expect(job).toMatchObject({ state: 'completed', repaired: true });
    const words = JSON.stringify((await calls()).at(-1)!['input']);
    expect(words).toContain("must have required property 'purchasing'");
    expect(words).toContain(JSON.stringify('{"customer":1}').slice(1, -1));
  });

  test.each([
    ['no JSON', 'say { broken', /not valid JSON/],
    ['an answer that is cut off', 'tokens 40000', /cut off/],
  ])('fails with the reason after %s twice', async (_, directive, reason) => {
    await rule(directive, 2);
    const before = (await calls()).length;
    const job = await made(asked());
    expect(job).toMatchObject({
      state: 'failed',
      fault: { code: 'answer_invalid', status: 502, errors: [expect.stringMatching(reason)] },
    });
    const limits = (await calls()).slice(before).map((body) => body['max_output_tokens']);
    expect(limits).toEqual(directive.startsWith('tokens') ? [16_000, 32_000] : [16_000, 16_000]);
    const { status, body } = await parley.rest('GET', `/plans/${String(job['id'])}/plan`);
    expect({ status, code: body['code'] }).toEqual({ status: 502, code: 'answer_invalid' });
  });

  test('tells a refusal as one, and asks once', async () => {
    const before = (await calls()).length;
    const job = await made(asked({ facts: ['[[refuse]]'] }));
    expect(job).toMatchObject({ state: 'failed', fault: { code: 'content_refused', status: 422 } });
    expect((await calls()).length - before).toBe(1);
  });

  test('waits and asks again when the provider limits it', async () => {
    await rule('fail 429', 1);
    const begun = performance.now();
    expect(await made(asked())).toMatchObject({ state: 'completed' });
    expect(performance.now() - begun).toBeGreaterThan(950);
  });

  test('fails with 502 and a fixed text when the provider does', async () => {
    await rule('fail 500 message=canary-4711');
    const job = await made(asked());
    const { status, body } = await parley.rest('GET', `/plans/${String(job['id'])}/plan`);
    expect(status).toBe(502);
    expect(body).toMatchObject({
      code: 'upstream_unavailable',
      title: 'The connection to the AI service failed. Please try again.',
    });
    expect(JSON.stringify([job, body])).not.toMatch(/canary|500|server had/i);
  });

  test('is told while it is made', async () => {
    const id = await post(asked({ facts: ['[[rate 400]]'] }));
    const events = await readEvents(`${parley.gateway!.url}/plans/${id}/events`, {
      until: ({ event, data }) => event === 'state' && data['state'] === 'completed',
    });
    const types = events.map(({ event }) => event);
    expect(types.filter((type) => type === 'text').length).toBeGreaterThan(1);
    expect(types.at(-1)).toBe('state');
  });

  test('is cancelled while it is made, and what it used is on record', async () => {
    const id = await post(asked({ facts: ['[[tokens 2000]] [[rate 20]]'] }));
    for (let tries = 0; tries < 400; tries++) {
      const { body } = await parley.rest('GET', `/plans/${id}`);
      if ((body['progress'] as Plan | undefined)?.['stage'] === 'writing') break;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    expect((await parley.rest('POST', `/plans/${id}/cancel`)).body).toMatchObject({ outcome: 'requested' });
    expect(await ended(id)).toMatchObject({ state: 'cancelled' });
    expect((await parley.rest('POST', `/plans/${id}/cancel`)).status).toBe(409);
    const { body } = await parley.rest('GET', '/usage/ledger?limit=1');
    expect((body['items'] as Plan[])[0]).toMatchObject({ kind: 'plan', outcome: 'cancelled' });
  });

  test('takes what a meeting said, as another plan with its changes; and is judged', async () => {
    const plan = await made(asked());
    const path = `/plans/${String(plan['id'])}`;
    const next = await made(
      { meeting_type: 'kickoff', transcript: 'Ada: we ship in June.' },
      `${path}/transcripts`,
    );
    expect(next).toMatchObject({
      state: 'completed',
      task: 'apply',
      from: plan['id'],
      summary: expect.any(String),
      changes: [{ member: expect.any(String), kind: expect.stringMatching(/added|changed|removed/) }],
    });
    expect(JSON.stringify((await calls()).at(-1)!['input'])).toContain('Ada: we ship in June.');
    const grade = await made({}, `${path}/grades`);
    const { overall, dimensions } = grade['grade'] as { overall: number; dimensions: Record<string, Plan> };
    expect(Object.keys(dimensions)).toHaveLength(5);
    for (const score of [overall, ...Object.values(dimensions).map((one) => Number(one['score']))]) {
      expect(score).toBeGreaterThanOrEqual(0);
      expect(score).toBeLessThanOrEqual(100);
    }
    expect((await parley.rest('GET', `/plans/${String(grade['id'])}/plan`)).status).toBe(404);
  });

  test('fails where a source is not kept', async () => {
    const job = await made(asked({ vcons: ['01900000-0000-7000-8000-000000000000'] }));
    expect(job).toMatchObject({ state: 'failed', fault: { code: 'not_found' } });
  });
});

test.each<[string, unknown]>([
  ['no customer', {}],
  ['a member that is none', { customer: 'a', custommer: 'b' }],
  ['a customer that is no text', { customer: { $ne: '' } }],
  ['facts that are none', { customer: 'a', facts: [1] }],
  ['a source without a text', { customer: 'a', sources: [{ name: 'x' }] }],
  ['a source that is none', { customer: 'a', sources: ['x'] }],
  ['an id that is a path', { customer: 'a', file_ids: ['../../x'] }],
  ['a list', []],
])('refuses %s', async (_, body) => {
  const answer = await parley.rest('POST', '/plans', body as Plan);
  expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
});

test('refuses both transcripts, none, and plans that are none', async () => {
  const plan = await made(asked());
  const path = `/plans/${String(plan['id'])}/transcripts`;
  const transcription = `transcription_${'0'.repeat(32)}`;
  for (const body of [
    { meeting_type: 'review' },
    { meeting_type: 'review', transcript: 'x', transcription },
    { meeting_type: 'review', transcription },
    { meeting_type: 'party', transcript: 'x' },
  ])
    expect((await parley.rest('POST', path, body)).status).toBe(400);
  const none = `/plans/plan_${'0'.repeat(32)}`;
  expect(
    (await parley.rest('POST', `${none}/transcripts`, { meeting_type: 'review', transcript: 'x' })).status,
  ).toBe(404);
  for (const path of [none, `${none}/plan`, `${none}/events`, '/plans/..%2Fx'])
    expect((await parley.rest('GET', path)).status).toBe(404);
});

test('keeps personal data from the model, and gives it back', async () => {
  const job = await made(asked({ customer: 'ada@example.com', facts: ['Call ada@example.com first.'] }));
  const sent = JSON.stringify((await calls()).at(-1));
  expect(sent).not.toContain('ada@example.com');
  expect(sent).toContain('Call [EMAIL_1] first.');
  expect(job['plan']).toMatchObject({ customer: 'ada@example.com' });
  expect(JSON.stringify(job['plan'])).not.toContain('EMAIL_1');
});

test('on the command line', async () => {
  const cli = (...args: string[]) => parley.cli(['plans', ...args]);
  const created = await cli('create', 'Acme by hand', '--project', 'Gearbox 9', '--fact', 'It is cast.');
  expect(created).toMatchObject({ code: 0, stdout: expect.stringMatching(/^# Gearbox 9\n/) });
  const { items } = JSON.parse((await cli('list', '--json', '--limit', '1')).stdout) as {
    items: { id: string }[];
  };
  const { id } = items[0]!;
  expect(created.stderr).toContain(id);
  expect((await cli('grade', id)).stdout).toMatch(/^overall: \d+\ncompleteness: /);
  expect(await cli('apply', id, '--meeting', 'party', 'README.md')).toMatchObject({ code: 1 });
  expect((await cli('get', id)).stdout).toBe(created.stdout);
  expect(await cli('cancel', id)).toMatchObject({ code: 1, stdout: 'already_finished\n' });
  expect(await cli('delete', id)).toMatchObject({ code: 0 });
  expect(await cli('get', id)).toMatchObject({ code: 1, stdout: '' });
}, 60_000);

test('files and stores that were made here are named by their own ids, and reach the model by the provider’s', async () => {
  const drawing = await upload('drawing.txt', 'The housing is of brass.', '?purpose=user_data');
  const offer = await upload('offer.txt', 'The gears are due in May.');
  const store = (await parley.rest('POST', '/vector-stores?wait=30', { name: 'offers', file_ids: [offer] }))
    .body;
  const job = await made(asked({ file_ids: [drawing], vector_store_ids: [String(store['id'])] }));
  expect(job).toMatchObject({ state: 'completed' });
  const sent = (await calls()).at(-1)!;
  expect(sent['tools']).toEqual([{ type: 'file_search', vector_store_ids: [store['vector_store_id']] }]);
  expect(JSON.stringify(sent['input'])).toMatch(/"type":"input_file","file_id":"file-\w+"/);
  const before = (await calls()).length;
  for (const [name, id] of [
    ['file_ids', `file_${'0'.repeat(32)}`],
    ['vector_store_ids', `store_${'0'.repeat(32)}`],
  ])
    expect(await parley.rest('POST', '/plans', asked({ [name!]: [id] }))).toMatchObject({
      status: 400,
      body: { errors: [`${name}[0] is not one of the tenant's, or not ready`] },
    });
  expect((await calls()).length).toBe(before);
}, 60_000);
