import { describe, expect, test } from '@jest/globals';
import type { ResponseInputItem } from '#openai';
import { contextWindow } from './context-window.js';
import { roleOf, type TurnRow } from './turn-rows.js';

const windowOf = (...of: Parameters<typeof contextWindow>): ResponseInputItem[] =>
  contextWindow(...of).flatMap(({ items }) => items);

const user = (text: string) => ({ role: 'user', content: text }) as ResponseInputItem;
const reply = (text: string) =>
  ({
    type: 'message',
    id: 'msg_1',
    role: 'assistant',
    content: [{ type: 'output_text', text }],
  }) as ResponseInputItem;
const reasoning = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'x' } as ResponseInputItem;
const call = (id: string) =>
  ({ type: 'function_call', call_id: id, name: 'f', arguments: '{}' }) as ResponseInputItem;
const output = (id: string) =>
  ({ type: 'function_call_output', call_id: id, output: 'x' }) as ResponseInputItem;

const rowsOf = (turns: ResponseInputItem[][]): TurnRow[] =>
  turns
    .flatMap((items, turn) =>
      items.map((item): TurnRow => {
        const role = roleOf(item);
        return { run_id: `r${turn}`, message_id: `m${turn}`, at: 0, item, ...(role && { role }) };
      }),
    )
    .toReversed();

const simple = [user('a'), reply('b')];
const tools = [user('q'), reasoning, call('1'), call('2'), output('2'), output('1'), reply('z')];
const plain = (text: string) => ({ role: 'assistant', content: text });

describe('context window', () => {
  test.each<[string, ResponseInputItem[][], number, unknown[]]>([
    ['nothing yet', [], 10, []],
    ['all that fits', [simple, tools], 10, [...simple, ...tools]],
    ['exactly what fits', [simple, tools], 9, [...simple, ...tools]],
    ['a cut turn as its plain messages', [tools, simple], 5, [plain('z'), ...simple]],
    ['a turn cut inside its call goes along without it', [tools, simple], 6, [plain('z'), ...simple]],
    ['the newest items', [simple, simple, simple], 2, simple],
    ['one message of a turn', [simple, simple], 3, [plain('b'), ...simple]],
    ['none', [simple], 0, []],
    [
      'a call without an output is left out',
      [[user('q'), call('1'), reply('z')]],
      10,
      [user('q'), plain('z')],
    ],
    [
      'an output without a call is left out',
      [[user('q'), output('1'), reply('z')]],
      10,
      [user('q'), plain('z')],
    ],
    ['reasoning that led to nothing is left out', [[user('q'), reasoning]], 10, [user('q')]],
  ])('%s', (_, turns, items, expected) => {
    const rows = rowsOf(turns);
    const some = rows.slice(0, items + 1);
    expect(windowOf(some, { items, bytes: 1e6 }, rows.length > some.length)).toEqual(expected);
  });

  test('is bounded in bytes, by whole turns from the newest on', () => {
    const rows = rowsOf([[user('x'.repeat(500)), reply('y')], simple]);
    expect(windowOf(rows, { items: 10, bytes: 400 }, false)).toEqual(simple);
  });

  test('a large turn goes along as its messages when these fit', () => {
    const large = { ...output('1'), output: 'x'.repeat(5_000) } as ResponseInputItem;
    const rows = rowsOf([[user('q'), call('1'), large, reply('z')]]);
    expect(windowOf(rows, { items: 10, bytes: 400 }, false)).toEqual([user('q'), plain('z')]);
  });

  test('where reading stopped short, the oldest row read tells whether its turn is cut', () => {
    const rows = rowsOf([tools, simple]).slice(0, 4);
    expect(windowOf(rows, { items: 10, bytes: 1e6 }, true)).toEqual([plain('z'), ...simple]);
  });
});
