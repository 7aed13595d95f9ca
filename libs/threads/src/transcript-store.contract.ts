// What every TranscriptStore must do, told once and run by each adapter's spec.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DEFAULT_TENANT, ParleyError } from '#contracts';
import type { ResponseInputItem } from '#openai';
import type { TestState } from './testing.js';
import type { Thread } from './thread.js';
import type { TranscriptQuery, TranscriptStore, Turn } from './transcript-store.js';
import { textOf } from './turn-rows.js';

export interface TranscriptHarness {
  state: TestState;
  store: TranscriptStore;
  /** What a request does at the provider: it keeps input and output, or nothing. */
  speak(thread: Thread, items: readonly ResponseInputItem[]): Promise<void>;
  /** Items that the model would see before a new message. */
  past(thread: Thread): Promise<object[]>;
  close(): Promise<void>;
}

export const user = (text: string): ResponseInputItem => ({
  type: 'message',
  role: 'user',
  content: [{ type: 'input_text', text }],
});
export const answer = (text: string): ResponseInputItem => ({
  type: 'message',
  role: 'assistant',
  content: text,
});
export const call = (id: string): ResponseInputItem => ({
  type: 'function_call',
  call_id: id,
  name: 'get_weather',
  arguments: '{}',
});
export const output = (id: string): ResponseInputItem => ({
  type: 'function_call_output',
  call_id: id,
  output: 'sunny',
});

export const turnOf = (name: string, more: ResponseInputItem[] = []): Turn => ({
  run_id: `run-${name}`,
  message_id: `message-${name}`,
  at: 1_763_700_000_000,
  input: [user(`ask ${name}`)],
  output: [...more, answer(`told ${name}`)],
});

export function describeTranscriptStore(kind: string, start: () => Promise<TranscriptHarness>): void {
  describe(`transcript in ${kind}`, () => {
    let harness: TranscriptHarness;
    let count = 0;
    beforeAll(async () => {
      harness = await start();
    });
    afterAll(() => harness.close());

    const newThread = () =>
      harness.state.store.open({ tenant: DEFAULT_TENANT, channel: `channel-${count++}` });
    const attempt = async (thread: Thread, { input, output }: Turn) => {
      await harness.store.context(thread);
      await harness.speak(thread, [...input, ...(output as ResponseInputItem[])]);
    };
    const finish = async (thread: Thread, turn: Turn) => {
      await attempt(thread, turn);
      await harness.state.settle(thread, harness.store.rows(thread, turn));
    };
    const texts = async (thread: Thread) => (await harness.past(thread)).map(textOf).filter(Boolean);
    const pages = async (thread: Thread, query: TranscriptQuery) => {
      const all = [];
      for (let after: string | undefined; ;) {
        const page = await harness.store.page(thread, { ...query, ...(after !== undefined && { after }) });
        expect(page.items.length).toBeLessThanOrEqual(query.limit);
        all.push(...page.items);
        if (page.next === undefined) return all;
        after = page.next;
      }
    };

    test('a new thread has no past', async () => {
      const thread = await newThread();
      expect(await texts(thread)).toEqual([]);
      expect(await harness.store.page(thread, { limit: 10, order: 'asc' })).toEqual({ items: [] });
    });

    test('the model sees what finished turns said, in order', async () => {
      const thread = await newThread();
      await finish(thread, turnOf('one'));
      await finish(thread, turnOf('two', [call('c1'), output('c1')]));
      expect(await texts(thread)).toEqual(['ask one', 'told one', 'ask two', 'told two']);
      const types = (await harness.past(thread)).map((item) => (item as { type?: string }).type);
      expect(types).toContain('function_call_output');
    });

    test('another worker sees the same', async () => {
      const thread = await newThread();
      await finish(thread, turnOf('one'));
      expect(await texts(await harness.state.store.open(thread.ref))).toEqual(['ask one', 'told one']);
    });

    test('what interrupted attempts left behind is not seen', async () => {
      const thread = await newThread();
      await attempt(thread, turnOf('lost'));
      expect(await texts(thread)).toEqual([]);
      await finish(thread, turnOf('one'));
      await attempt(thread, turnOf('two'));
      await attempt(thread, turnOf('two'));
      expect(await texts(thread)).toEqual(['ask one', 'told one']);
    });

    test.each(['asc', 'desc'] as const)('pages through the messages, %s', async (order) => {
      const thread = await newThread();
      const names = ['a', 'b', 'c', 'd', 'e'];
      for (const name of names) await finish(thread, turnOf(name, [call(name), output(name)]));
      const expected = names.flatMap((name) =>
        (['user', 'assistant'] as const).map((role) => ({
          role,
          text: `${role === 'user' ? 'ask' : 'told'} ${name}`,
          run_id: `run-${name}`,
          message_id: `message-${name}`,
          created_at: '2025-11-21T04:40:00.000Z',
        })),
      );
      if (order === 'desc') expected.reverse();
      for (const limit of [1, 3, 10, 100]) {
        const all = await pages(thread, { limit, order });
        expect(all.map((message) => ({ ...message, id: undefined }))).toEqual(expected);
        expect(new Set(all.map(({ id }) => id)).size).toBe(10);
      }
    });

    test('a page shows nothing of a turn under way', async () => {
      const thread = await newThread();
      await finish(thread, turnOf('one'));
      await attempt(thread, turnOf('two'));
      for (const order of ['asc', 'desc'] as const)
        expect(await pages(thread, { limit: 10, order })).toHaveLength(2);
    });

    test.each(['', 'x', '../x', '0123456789ab-', '-1', 'x'.repeat(5_000)])(
      'the cursor %.20j is refused',
      async (after) => {
        const thread = await newThread();
        await finish(thread, turnOf('one'));
        const failure = await harness.store
          .page(thread, { after, limit: 1, order: 'asc' })
          .catch((e: unknown) => e);
        expect(failure).toBeInstanceOf(ParleyError);
        expect((failure as ParleyError).code).toBe('invalid_cursor');
      },
    );

    test('erased content is gone, and erasing is repeatable', async () => {
      const thread = await newThread();
      await finish(thread, turnOf('secret'));
      for (let i = 0; i < 2; i++) await harness.store.erase(thread.id, thread.conversation_id);
      expect(await pages(thread, { limit: 10, order: 'asc' })).toEqual([]);
      expect(await texts(thread)).toEqual([]);
    });
  });
}
