// One-shot requests on a real Redis against the emulator: what the model is asked, and what is answered without it.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import type { INestApplicationContext } from '@nestjs/common';
import type { RunEnded, RunRequest, SubmitMessage } from '#contracts';
import type { RunningEmulator } from '../../../apps/openai-emulator/src/index.js';
import { UsageLedger } from '#usage';
import { Metrics } from '#telemetry';
import { Intake } from './intake/intake.js';
import { ended, eventsOf, lastEnd, TestWorkers, untilSeen } from './testing.js';

let workers: TestWorkers;
let emulator: RunningEmulator;

beforeEach(async () => {
  workers = await TestWorkers.open();
  ({ emulator } = workers);
});
afterEach(() => workers.close());

type More = Partial<Pick<SubmitMessage, 'channel' | 'user' | 'deadline' | 'priority'>>;

async function submit(
  app: INestApplicationContext,
  message: string,
  request: RunRequest = {},
  more: More = {},
): Promise<string> {
  const message_id = randomBytes(6).toString('hex');
  const command = { tenant: 'default', channel: `gpt:${message_id}`, message_id, message, request, ...more };
  await app.get(Intake).submit({ ...command, source: 'kafka' });
  return command.channel;
}
async function ask(
  app: INestApplicationContext,
  message: string,
  request?: RunRequest,
  more?: More,
  ms?: number,
): Promise<RunEnded> {
  const channel = await submit(app, message, request, more);
  return lastEnd(await untilSeen(app, ended(), channel, ms));
}
/** Bodies of the calls that the provider got, oldest first. */
const calls = () =>
  emulator.control
    .journal({ path: '/v1/responses' })
    .map(({ body }) => body as Record<string, unknown> & { input: { role: string; content: unknown }[] })
    .filter((body) => body.input !== undefined);
const textOf = (content: unknown): string =>
  typeof content === 'string' ? content : (content as { text: string }[]).map(({ text }) => text).join('');
const said = (body: ReturnType<typeof calls>[number]): string[] =>
  body.input.map(({ role, content }) => `${role}: ${textOf(content)}`);
const PIXEL = 'data:image/gif;base64,R0lGODlhAQABAAAAACw=';

const usageOf = async (app: INestApplicationContext) =>
  (await app.get(UsageLedger, { strict: false }).page({ tenant: 'default', limit: 100 })).items;

describe('what the model is asked', () => {
  test("the service's defaults, and nothing of an assistant", async () => {
    const app = await workers.start({ completions: { model: 'gpt-4o-mini' } });
    const end = await ask(app, 'hello', {}, { user: 'ada@example.com' });
    expect(end).toMatchObject({
      type: 'run.completed',
      text: 'You said: hello',
      thread_id: null,
      model: 'gpt-4o-mini',
    });
    const [body] = calls();
    expect(body).toMatchObject({ model: 'gpt-4o-mini', max_output_tokens: 4_000, temperature: 0.7 });
    for (const member of ['instructions', 'tools', 'text']) expect(body).not.toHaveProperty(member);
    expect(JSON.stringify(body)).not.toContain('ada@example.com');
  });

  test('what was asked for, within the bounds of the service', async () => {
    const app = await workers.start({ completions: { maxTokens: 500 } });
    const schema = {
      type: 'object',
      properties: { a: { type: 'string' } },
      required: ['a'],
      additionalProperties: false,
    };
    await ask(app, 'hello', {
      model: 'gpt-4.1',
      max_tokens: 10_000,
      temperature: 0.1,
      system_prompt: 'Be brief.',
      format: { type: 'json_schema', name: 'thing', schema },
      context: [
        { role: 'user', content: 'before' },
        { role: 'assistant', content: 'so it was' },
      ],
    });
    const [body] = calls();
    expect(body).toMatchObject({
      model: 'gpt-4.1',
      max_output_tokens: 500,
      temperature: 0.1,
      instructions: 'Be brief.',
      text: { format: { type: 'json_schema', name: 'thing', strict: true, schema } },
    });
    expect(said(body!)).toEqual(['user: before', 'assistant: so it was', 'user: hello']);
  });

  test('no temperature where the model refuses one; a fine-tune by its own name', async () => {
    const app = await workers.start();
    await ask(app, 'a', { model: 'gpt-6-luna', temperature: 0.3 });
    await ask(app, 'b', { model: 'ft:gpt-4o-mini:us::1' });
    expect(calls().map(({ model, temperature }) => [model, temperature])).toEqual([
      ['gpt-6-luna', undefined],
      ['ft:gpt-4o-mini:us::1', 0.7],
    ]);
  });

  test('images by the vision model, whose old default name leads to a living one', async () => {
    const app = await workers.start();
    expect(await ask(app, 'what is it?', { images: [PIXEL] })).toMatchObject({
      text: expect.stringContaining('with 1 image'),
    });
    expect(calls()[0]).toMatchObject({
      model: 'gpt-6-luna',
      input: [{ content: [{ type: 'input_text' }, { type: 'input_image', image_url: PIXEL }] }],
    });
  });

  test('of a context beyond the window its end', async () => {
    const app = await workers.start();
    const context = [{ role: 'user' as const, content: 'word '.repeat(300_000) + 'the end' }];
    expect(await ask(app, 'hello', { context })).toMatchObject({ type: 'run.completed' });
    const [before] = said(calls()[0]!);
    expect(before!.endsWith('the end')).toBe(true);
    expect(before!.length).toBeGreaterThan(300_000);
    expect(before!.length).toBeLessThan(700_000);
  });

  test("a conversation's newest turns, which the answer joins", async () => {
    const app = await workers.start({ completions: { conversationTurns: 2 } });
    for (const [i, text] of ['one', 'two', 'three', 'four'].entries()) {
      await submit(app, text, { in_thread: true }, { channel: 'talk' });
      await untilSeen(app, ended(i + 1), 'talk');
    }
    expect(said(calls().at(-1)!)).toEqual([
      'user: two',
      'assistant: You said: two',
      'user: three',
      'assistant: You said: three',
      'user: four',
    ]);
    // Each turn is counted by its place in the conversation: 1 + 2 + 3 + 4.
    expect(await app.get(Metrics).scrape()).toMatch(/parley_conversation_turns_sum 10\n/);
  });

  test('a far deadline goes by the cheaper tier where that is wished', async () => {
    const app = await workers.start({ completions: { farDeadline: 'flex', farDeadlineSeconds: 60 } });
    await ask(app, 'later', {}, { deadline: Date.now() + 120_000 });
    await ask(app, 'soon', {}, { deadline: Date.now() + 30_000 });
    expect(calls().map(({ service_tier }) => service_tier)).toEqual(['flex', undefined]);
  });

  test.each([
    ['and of the fallback at the same provider', false, 'flex'],
    ['not of another provider', true, undefined],
  ])('the cheaper tier is asked of the provider, %s', async (_name, elsewhere, tier) => {
    emulator.control.addRule({ match: { contains: 'gpt-4.1"' }, directive: 'fail 503' });
    const app = await workers.start({
      completions: { farDeadline: 'flex', farDeadlineSeconds: 60, fallbackModel: 'gpt-4.1-mini' },
      ...(elsewhere && { openai: { fallbackBaseUrl: `${emulator.url}/v1`, fallbackApiKey: 'sk-other' } }),
    });
    await ask(app, 'later', { model: 'gpt-4.1' }, { deadline: Date.now() + 120_000 });
    expect(calls().map(({ model, service_tier }) => [model, service_tier])).toEqual([
      ['gpt-4.1', 'flex'],
      ['gpt-4.1-mini', tier],
    ]);
  });
});

describe('an answer that is known', () => {
  test('is given again to the same user, and to nobody else', async () => {
    const app = await workers.start({ completions: { cacheSeconds: 60 } });
    const first = await ask(app, 'hello', {}, { user: 'ada' });
    const again = await ask(app, 'hello', {}, { user: 'ada' });
    expect(again).toMatchObject({ type: 'run.completed', text: 'You said: hello', cached: true });
    expect(first).not.toHaveProperty('cached');
    await ask(app, 'hello', {}, { user: 'bob' });
    await ask(app, 'hello', { no_cache: true }, { user: 'ada' });
    await ask(app, 'hello', { temperature: 1.5 }, { user: 'ada' });
    await ask(app, 'hello', { images: [PIXEL] }, { user: 'ada' });
    await ask(app, 'hello', { images: [PIXEL] }, { user: 'ada' });
    expect(calls()).toHaveLength(6);
  });

  test('is asked for once however many want it at a time', async () => {
    const app = await workers.start({ completions: { cacheSeconds: 60 } });
    const other = await workers.start({ completions: { cacheSeconds: 60 } });
    const all = Array.from({ length: 10 }, (_, i) => ask(i % 2 ? app : other, 'slow [[ttft 300]]'));
    expect((await Promise.all(all)).every(({ type }) => type === 'run.completed')).toBe(true);
    expect(calls()).toHaveLength(1);
  });

  test('is not waited for when it does not come', async () => {
    const app = await workers.start({ completions: { cacheSeconds: 60 } });
    const all = Array.from({ length: 3 }, () => ask(app, 'bad [[fail 400]]'));
    expect((await Promise.all(all)).every(({ type }) => type === 'run.failed')).toBe(true);
    expect(calls()).toHaveLength(3);
  });
});

describe('a model that fails', () => {
  const FALLBACK = { fallbackModel: 'gpt-4.1-mini' };

  test('is left for another, and is not asked while its circuit is open', async () => {
    emulator.control.addRule({ match: { contains: 'gpt-4.1"' }, directive: 'fail 503' });
    const app = await workers.start({ completions: FALLBACK });
    for (let i = 0; i < 8; i++)
      expect(await ask(app, `m${i}`, { model: 'gpt-4.1' })).toMatchObject({
        type: 'run.completed',
        model: 'gpt-4.1-mini',
      });
    const asked = calls().map(({ model }) => model);
    expect(asked.filter((model) => model === 'gpt-4.1')).toHaveLength(5);
    expect(asked.filter((model) => model === 'gpt-4.1-mini')).toHaveLength(8);
  });

  test('does not hold up those who ask for others', async () => {
    emulator.control.addRule({ match: { contains: 'gpt-4.1"' }, directive: 'fail 500' });
    const app = await workers.start({ env: { maxRetries: 100 } });
    const failing = await Promise.all(
      Array.from({ length: 6 }, (_, i) => submit(app, `m${i}`, { model: 'gpt-4.1' })),
    );
    while (calls().length < 5) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await ask(app, 'and me?', { model: 'gpt-4o-mini' })).toMatchObject({ type: 'run.completed' });
    for (const channel of failing)
      expect((await eventsOf(app, channel)).some((e) => e.type === 'run.completed')).toBe(false);
  });

  test('fails with a clear end where there is no other', async () => {
    emulator.control.addRule({ match: { contains: 'gpt-4.1"' }, directive: 'fail 500' });
    const app = await workers.start({ env: { maxRetries: 0 } });
    expect(await ask(app, 'hello', { model: 'gpt-4.1' })).toMatchObject({
      type: 'run.failed',
      code: 'upstream_unavailable',
    });
  });

  test('to answer is told with what it cost', async () => {
    const app = await workers.start();
    expect(await ask(app, 'no! [[refuse]]', { model: 'gpt-4.1' })).toMatchObject({
      type: 'run.failed',
      code: 'content_refused',
      model: 'gpt-4.1',
      usage: { input_tokens: expect.any(Number), total_tokens: expect.any(Number) },
    });
    const [row] = await usageOf(app);
    expect(row!.input_tokens).toBeGreaterThan(0);
  });

  test('that hangs is given up after TIMEOUT', async () => {
    const app = await workers.start({ env: { maxRetries: 0 }, openai: { timeoutSeconds: 1 } });
    expect(await ask(app, '[[hang before]]')).toMatchObject({ type: 'run.failed', code: 'run_timeout' });
  });
});

describe('a provider that is away', () => {
  test('is not waited for longer than the installation wants, and the asker is told', async () => {
    emulator.control.addRule({ match: { path: '/v1/responses' }, directive: 'fail 503' });
    const app = await workers.start({ env: { maxRetries: 100 }, completions: { outageSeconds: 2 } });
    const ends = await Promise.all(Array.from({ length: 12 }, (_, i) => ask(app, `m${i}`, {}, {}, 15_000)));
    for (const end of ends) expect(end).toMatchObject({ type: 'run.failed', code: 'upstream_unavailable' });
    // Once each until it opened, and a probe now and then.
    expect(calls().length).toBeLessThan(16);
  }, 20_000);

  test('with a key that is refused: the askers hear that the installation is at fault', async () => {
    emulator.control.addRule({ match: { path: '/v1/responses' }, directive: 'fail 401' });
    const app = await workers.start({ completions: { outageSeconds: 2 } });
    expect(await ask(app, 'hello', {}, {}, 15_000)).toMatchObject({
      type: 'run.failed',
      code: 'upstream_account',
    });
  }, 20_000);
});

describe('a deadline', () => {
  test('that has passed when its turn comes costs no call', async () => {
    const app = await workers.start();
    const end = await ask(app, 'too late', {}, { deadline: Date.now() - 1 });
    expect(end).toMatchObject({ type: 'run.failed', code: 'deadline_exceeded' });
    expect(calls()).toHaveLength(0);
  });

  test('that passes while the model thinks ends the request', async () => {
    const app = await workers.start();
    const end = await ask(app, '[[hang before]]', {}, { deadline: Date.now() + 700 });
    expect(end).toMatchObject({ type: 'run.failed', code: 'deadline_exceeded' });
  });

  test('is not waited beyond for the next try', async () => {
    const app = await workers.start({ env: { maxRetries: 100 } });
    const end = await ask(app, '[[fail 429 retry-after=60]]', {}, { deadline: Date.now() + 20_000 });
    expect(end).toMatchObject({ type: 'run.failed', code: 'deadline_exceeded' });
  });
});

describe('personal data', () => {
  const text = 'My name is Ada, ada@example.com, call +44 20 7946 0958 or write to ada@example.com';

  test('is replaced for good', async () => {
    const app = await workers.start({ privacy: { mode: 'mask' } });
    const end = await ask(app, text, {
      system_prompt: 'Answer bob@example.com',
      context: [{ role: 'user', content: 'IP 192.0.2.7' }],
    });
    expect(end).toMatchObject({ text: expect.stringContaining('[EMAIL]') });
    const body = JSON.stringify(calls());
    for (const value of ['ada@example.com', '7946', 'bob@example.com', '192.0.2.7'])
      expect(body).not.toContain(value);
  });

  test('comes back in the answer, however the stream cuts the placeholders', async () => {
    const app = await workers.start({ privacy: { mode: 'placeholder' } });
    emulator.control.setDefaults({ delta_chars: 1 });
    const channel = await submit(app, text);
    const all = await untilSeen(app, ended(), channel);
    expect(lastEnd(all)).toMatchObject({ text: `You said: ${text}` });
    const heard = all.map((event) => (event.type === 'output_text.delta' ? event.delta : '')).join('');
    expect(heard).toBe(`You said: ${text}`);
    const asked = JSON.stringify(calls());
    expect(asked).not.toContain('ada@example.com');
    expect(asked.match(/\[EMAIL_1\]/g)).toHaveLength(2);
  });

  const pem = '-----BEGIN PRIVATE KEY-----\nMIICdgIBADANBgkqhkiG9w0B\n-----END PRIVATE KEY-----';
  const schema = {
    type: 'object',
    properties: { a: { type: 'string' } },
    required: ['a'],
    additionalProperties: false,
  };
  const secrets = `Keep in JSON\n${pem}\nand open https://bob:pa"ss\\w@host.example/x for ada@example.com`;

  test.each([
    ['an object', { type: 'json_object' }, 'answer'],
    ['a schema', { type: 'json_schema', name: 'thing', schema }, 'a'],
  ] as const)('leaves an answer JSON when it comes back: %s', async (_, format, member) => {
    const app = await workers.start({
      privacy: { mode: 'placeholder' },
      completions: { cacheSeconds: 60 },
    });
    emulator.control.setDefaults({ delta_chars: 1 });
    const channel = await submit(app, secrets, { format }, { user: 'ada' });
    const all = await untilSeen(app, ended(), channel);
    const heard = all.map((event) => (event.type === 'output_text.delta' ? event.delta : '')).join('');
    expect(JSON.parse(heard)).toEqual({ [member]: `You said: ${secrets}` });
    expect(lastEnd(all)).toMatchObject({ text: heard });
    const shown = JSON.stringify(calls());
    for (const value of ['MIICdg', 'ss\\\\w', 'ada@']) expect(shown).not.toContain(value);
    expect(await ask(app, secrets, { format }, { user: 'ada' })).toMatchObject({ text: heard, cached: true });
    expect(await ask(app, secrets)).toMatchObject({ text: `You said: ${secrets}` });
  });

  test('is the same value in the JSON of an earlier answer, and comes back from there as it was', async () => {
    const app = await workers.start({
      privacy: { mode: 'placeholder' },
      completions: { conversationTurns: 5 },
    });
    const request = { in_thread: true, format: { type: 'json_object' } } as const;
    for (const [i, words] of [secrets, 'JSON again'].entries()) {
      await submit(app, words, request, { channel: 'talk' });
      await untilSeen(app, ended(i + 1), 'talk');
    }
    const [asked, answered] = said(calls().at(-1)!);
    expect(JSON.parse(answered!.replace('assistant: ', ''))).toEqual({
      answer: asked!.replace('user: ', 'You said: '),
    });
    await workers.stop(app);
    const plain = await workers.start({ completions: { conversationTurns: 5 } });
    await submit(plain, 'JSON once more', request, { channel: 'talk' });
    await untilSeen(plain, ended(3), 'talk');
    const kept = said(calls().at(-1)!)[1]!.replace('assistant: ', '');
    expect(JSON.parse(kept)).toEqual({ answer: `You said: ${secrets}` });
  });

  test('is hidden again where it comes from the history, and shown to tools and people only', async () => {
    const app = await workers.start({
      privacy: { mode: 'placeholder' },
      completions: { conversationTurns: 5 },
    });
    for (const [i, words] of ['I am ada@example.com', 'and bob@example.com is my friend'].entries()) {
      await submit(app, words, { in_thread: true }, { channel: 'talk' });
      await untilSeen(app, ended(i + 1), 'talk');
    }
    expect(said(calls().at(-1)!)).toEqual([
      'user: I am [EMAIL_1]',
      'assistant: You said: I am [EMAIL_1]',
      'user: and [EMAIL_2] is my friend',
    ]);
    expect(lastEnd(await eventsOf(app, 'talk'))).toMatchObject({
      text: expect.stringContaining('bob@example.com'),
    });
  });
});

describe('limits', () => {
  test('of tokens a day, over all workers: what does not fit is refused, and an answer is no longer than what is left', async () => {
    const limits = { dailyTokens: 100 };
    const [one, two] = [await workers.start({ limits }), await workers.start({ limits })];
    expect(await ask(one, '[[tokens 30]]')).toMatchObject({ type: 'run.completed' });
    const second = await ask(two, '[[tokens 500]]');
    expect(second).toMatchObject({ type: 'run.completed', incomplete: 'max_output_tokens' });
    expect(await ask(one, 'and me?')).toMatchObject({ type: 'run.failed', code: 'token_limit_reached' });
    expect(calls()).toHaveLength(2);
    const used = (await usageOf(one)).reduce((sum, row) => sum + row.input_tokens + row.output_tokens, 0);
    expect(used).toBeLessThanOrEqual(110);
  });

  test('of starts a minute: what is more waits, and burns nothing', async () => {
    const app = await workers.start({ limits: { requestsPerMinute: 2 } });
    const channels = await Promise.all(['a', 'b', 'c'].map((text) => submit(app, text)));
    const open = async () =>
      (await Promise.all(channels.map((channel) => eventsOf(app, channel)))).filter((all) => !ended()(all));
    while ((await open()).length > 1) await new Promise((resolve) => setTimeout(resolve, 20));
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(await open()).toHaveLength(1);
    expect(calls()).toHaveLength(2);
  });

  test('cut a stream off that does not keep to its bound', async () => {
    const app = await workers.start({ openai: { api: 'chat' }, limits: { dailyTokens: 200 } });
    const end = await ask(app, '[[unbounded]] [[tokens 2000]] [[rate 500]]');
    expect(end).toMatchObject({ type: 'run.completed', incomplete: 'budget' });
    const [row] = await usageOf(app);
    expect(row).toMatchObject({ outcome: 'cancelled' });
    expect(row!.output_tokens).toBeLessThan(600);
  });

  test('count what was used until somebody gave up', async () => {
    const app = await workers.start();
    const channel = await submit(
      app,
      '[[tokens 1000]] [[rate 50]]',
      {},
      { user: 'ada', deadline: Date.now() + 1_500 },
    );
    await untilSeen(app, ended(), channel);
    const rows = await usageOf(app);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ user: 'ada', outcome: 'cancelled' });
    expect(rows[0]!.output_tokens).toBeGreaterThan(10);
  });

  test('are told of every call: an answer, a failure that cost nothing, a repeat', async () => {
    const app = await workers.start({ env: { maxRetries: 1 } });
    await ask(app, 'hello', {}, { user: 'ada' });
    await ask(app, 'again [[fail 500 times=1]]', { images: [PIXEL] }, { user: 'bob' });
    expect((await usageOf(app)).map(({ user, outcome, kind }) => [user, outcome, kind]).toSorted()).toEqual([
      ['ada', 'completed', 'text'],
      ['bob', 'completed', 'vision'],
      ['bob', 'failed', 'vision'],
    ]);
  });
});
