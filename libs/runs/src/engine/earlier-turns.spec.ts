// What stands for the older turns of a conversation, on a real Redis against the emulator, which sums up by saying all again.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import type { INestApplicationContext } from '@nestjs/common';
import { userKey } from '#contracts';
import { StateRedis } from '#redis';
import { ThreadErasure, ThreadInventory, ThreadStore, ThreadSummaries } from '#threads';
import { UsageLedger } from '#usage';
import { Intake } from '../intake/intake.js';
import { ended, lastEnd, TestWorkers, untilSeen, type WorkerOptions } from '../testing.js';

const REF = { tenant: 'default', channel: 'talk' };
const ON = { conversationTurns: 4, conversationSummaryModel: 'gpt-6-luna', model: 'gpt-4.1-mini' };

let workers: TestWorkers;
beforeEach(async () => {
  workers = await TestWorkers.open();
});
afterEach(() => workers.close());

const start = (more: WorkerOptions = {}) =>
  workers.start({ ...more, completions: { ...ON, ...more.completions } });

let told = 0;
beforeEach(() => {
  told = 0;
});

async function say(app: INestApplicationContext, message: string, user = 'ada') {
  const message_id = randomBytes(6).toString('hex');
  const command = { ...REF, message_id, message, user, request: { in_thread: true as const } };
  await app.get(Intake).submit({ ...command, source: 'kafka' });
  told += 1;
  return lastEnd(await untilSeen(app, ended(told), REF.channel));
}
async function sayAll(app: INestApplicationContext, words: string): Promise<void> {
  for (const word of words.split(' ')) await say(app, word);
}

interface Body {
  model: string;
  instructions?: string;
  input: { role: string; content: string | { text: string }[] }[];
}
const bodies = () =>
  workers.emulator.control
    .journal({ path: '/v1/responses' })
    .map(({ body }) => body as Body)
    .filter(({ input }) => input !== undefined);
const isSummary = ({ instructions = '' }: Body): boolean => instructions.startsWith('Sum up');
const summaries = () => bodies().filter(isSummary);
const textOf = ({ content }: Body['input'][number]): string =>
  typeof content === 'string' ? content : content.map(({ text }) => text).join('');
const lastAsked = () =>
  bodies()
    .findLast((body) => !isSummary(body))!
    .input.map((item) => `${item.role}: ${textOf(item)}`);
const kept = async (app: INestApplicationContext) => {
  const thread = (await app.get(ThreadStore, { strict: false }).find(REF))!;
  return (await app.get(ThreadSummaries, { strict: false }).read(thread)).summary;
};
const spent = async (app: INestApplicationContext) =>
  (await app.get(UsageLedger, { strict: false }).page({ tenant: 'default', limit: 100 })).items.filter(
    ({ kind }) => kind === 'summary',
  );

describe('older turns', () => {
  test('are summed up once, by the model that is named, and the summary is extended later', async () => {
    const app = await start();
    await sayAll(app, 'alpha beta gamma delta epsilon');
    expect(summaries()).toEqual([]);
    await say(app, 'zeta');
    expect(summaries()).toMatchObject([{ model: 'gpt-6-luna' }]);
    expect(textOf(summaries()[0]!.input[0]!)).toBe(
      ['alpha', 'beta', 'gamma'].map((word) => `user: ${word}\n\nassistant: You said: ${word}`).join('\n\n'),
    );
    const [first, ...rest] = lastAsked();
    expect(first).toMatch(/^user: Summary of the earlier conversation:\nYou said: .*alpha/s);
    expect(rest).toEqual([
      'user: delta',
      'assistant: You said: delta',
      'user: epsilon',
      'assistant: You said: epsilon',
      'user: zeta',
    ]);
    await sayAll(app, 'eta theta');
    expect(summaries()).toHaveLength(1);
    expect(lastAsked()[0]).toContain('alpha');
    await say(app, 'iota');
    expect(summaries()).toHaveLength(2);
    const again = textOf(summaries()[1]!.input[0]!);
    expect(again).toMatch(/^Summary of the earlier conversation:\n.*alpha.*\n\nuser: delta/s);
    expect(again).not.toContain(
      'user: alpha\n\nassistant: You said: alpha\n\nuser: beta\n\nassistant: You said: beta\n\nuser: delta',
    );
    expect(lastAsked()[0]).toContain('delta');
    expect(await spent(app)).toMatchObject([
      { model: 'gpt-6-luna', user: 'ada', outcome: 'completed', estimated: false },
      { model: 'gpt-6-luna', outcome: 'completed' },
    ]);
  });

  test('are summed up by their tokens too, the summary among them', async () => {
    const app = await start({ completions: { conversationTokens: 400, conversationSummaryTokens: 60 } });
    for (let i = 0; i < 4; i++) await say(app, `${i} ${'word '.repeat(60)}`);
    expect(summaries()).not.toEqual([]);
    expect(await kept(app)).toMatchObject({ text: expect.stringContaining('word') });
  });

  test('are left out where nobody wishes for a summary', async () => {
    const app = await start({ completions: { conversationSummaryModel: '' } });
    await sayAll(app, 'alpha beta gamma delta epsilon zeta');
    expect(summaries()).toEqual([]);
    expect(lastAsked()[0]).toBe('user: beta');
  });

  test('are left out where the summary fails, or has no room, and the request is answered', async () => {
    workers.emulator.control.addRule({
      match: { contains: 'Sum up the conversation' },
      directive: 'fail 500',
    });
    const app = await start();
    await sayAll(app, 'alpha beta gamma delta epsilon zeta eta');
    expect(lastAsked()[0]).toBe('user: gamma');
    // Not tried again at once.
    expect(summaries()).toHaveLength(1);
    expect(await kept(app)).toBeUndefined();
  });
});

test('what is hidden from the provider is hidden in a summary, and shown again in the answer', async () => {
  const app = await start({ privacy: { mode: 'placeholder' } });
  await say(app, 'ada@example.com');
  await sayAll(app, 'beta gamma delta epsilon zeta');
  expect(summaries()).toHaveLength(1);
  expect(JSON.stringify(bodies())).not.toContain('ada@example.com');
  expect(await kept(app)).toMatchObject({ text: expect.stringContaining('ada@example.com') });
});

describe('a summary is erased', () => {
  const mine = ({ by }: { by?: string }): boolean => by === userKey('default', 'ada');

  test('with the turns of one who took part', async () => {
    const app = await start();
    await say(app, 'from bob', 'bob');
    await sayAll(app, 'alpha beta gamma delta epsilon');
    const threads = app.get(ThreadErasure, { strict: false });
    const exported = async (of: (turn: { by?: string }) => boolean) => {
      const all: object[] = [];
      for await (const one of threads.export(REF, of)) all.push(one);
      return JSON.stringify(all);
    };
    expect(await exported(() => true)).toContain('"summary":{"text"');
    expect(await exported(mine)).not.toContain('"summary":{"text"');
    expect(await threads.erase(REF, mine, false)).toMatchObject({ threads: 0, turns: 5 });
    expect(await kept(app)).toBeUndefined();
  });

  test('also when it was being made meanwhile', async () => {
    const app = await start();
    await say(app, 'from bob', 'bob');
    await sayAll(app, 'alpha beta gamma delta');
    workers.emulator.control.addRule({
      match: { contains: 'Sum up the conversation' },
      directive: 'ttft 600',
    });
    const last = say(app, 'epsilon');
    while (summaries().length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await app.get(ThreadErasure, { strict: false }).erase(REF, mine, true);
    expect(await last).toMatchObject({ type: 'run.completed' });
    expect(await kept(app)).toBeUndefined();
  });

  test('with the thread', async () => {
    const app = await start();
    await sayAll(app, 'alpha beta gamma delta epsilon zeta');
    expect(await kept(app)).toBeDefined();
    await app.get(ThreadInventory, { strict: false }).clearOne(REF);
    const { client, keys } = app.get(StateRedis);
    expect(await client.keys(`${keys.prefix}*:t:thread_*`)).toEqual([]);
  });
});
