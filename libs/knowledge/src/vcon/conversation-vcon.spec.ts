import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { toVcon, turnsOf } from './conversation-vcon.js';
import { readVcon } from './read-vcon.js';
import type { Vcon } from './vcon.js';

const THREAD = { thread_id: 'thread_1', created_at: 1_767_225_600_000, updated_at: 1_767_225_700_000 };

test('any conversation is a valid vCon in strict mode, and gives its turns back', async () => {
  const message = fc.record({
    role: fc.constantFrom('user' as const, 'assistant' as const),
    text: fc.string({ unit: 'grapheme-ascii', maxLength: 100 }).map((text) => `a ${text} z`),
    at: fc.integer({ min: 0, max: 4e12 }).map((ms) => new Date(ms).toISOString()),
    message_id: fc.string({ maxLength: 10 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(message, { maxLength: 20 }), async (messages) => {
      const sorted = messages.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
      const bytes = Buffer.from(JSON.stringify(toVcon({ ...THREAD, messages: sorted })));
      const { parsed } = await readVcon(bytes, { strict: true });
      expect(parsed.warnings).toEqual([]);
      expect(turnsOf(parsed.vcon!)).toEqual(
        sorted.map(({ role, text, at }, dialog) => ({ role, text, at: Date.parse(at), dialog })),
      );
    }),
  );
});

test('the same thread has the same uuid, of version 8 with its time in front', () => {
  const { uuid } = toVcon({ ...THREAD, messages: [] });
  expect(uuid).toBe(toVcon({ ...THREAD, updated_at: 0, messages: [] }).uuid);
  expect(uuid).not.toBe(toVcon({ ...THREAD, thread_id: 'thread_2', messages: [] }).uuid);
  expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(Number.parseInt(uuid.replace('-', '').slice(0, 12), 16)).toBe(THREAD.created_at);
});

const vcon = (parties: object[], dialog: object[]): Vcon =>
  ({
    uuid: '0195b7a7-1237-8dc8-9dd8-dd37220d739c',
    created_at: '2026-01-01T00:00:00Z',
    parties,
    dialog,
  }) as Vcon;
const said = (parties: unknown, body: string, more: object = {}): object => ({
  type: 'text',
  parties,
  body,
  encoding: 'none',
  mediatype: 'text/plain',
  ...more,
});

test('the agent is the assistant, whoever begins', () => {
  const parties = [
    { name: 'Steven', role: 'agent' },
    { name: '+1408', role: 'contact' },
  ];
  const turns = turnsOf(vcon(parties, [said([0], 'Hello.'), said([1, 0], 'Hi.')]));
  expect(turns.map(({ role }) => role)).toEqual(['assistant', 'user']);
});

test('where nothing is said of the parties, the first one asks', () => {
  const turns = turnsOf(vcon([{ name: 'Alice' }, { name: 'Bob' }], [said(1, 'Yes.'), said(0, 'No.')]));
  expect(turns.map(({ role }) => role)).toEqual(['assistant', 'user']);
});

test('turns stand in the order of their times, others are left out, and several on a side say who they are', () => {
  const parties = [{ name: 'Ann' }, { name: 'Ben' }, { name: 'Desk', type: 'bot' }];
  const turns = turnsOf(
    vcon(parties, [
      said(1, 'second', { start: '2026-01-01T10:00:00Z' }),
      { type: 'recording', parties: [0, 1], url: 'https://example.com/a.wav' },
      said(0, 'first', { start: '2026-01-01T09:00:00+00:00' }),
      said(2, 'after the first', {}),
      said([0], '   '),
    ]),
  );
  expect(turns.map(({ text, dialog }) => [text, dialog])).toEqual([
    ['Ann: first', 2],
    ['after the first', 3],
    ['Ben: second', 0],
  ]);
});
