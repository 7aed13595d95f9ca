import { expect, test } from '@jest/globals';
import { renderVcon } from '../vcon/render-vcon.js';
import { locateHit } from './locate-hit.js';

const say = (body: string, party: number) => ({
  type: 'text',
  parties: [party],
  originator: party,
  body,
  encoding: 'none' as const,
});
const LONG = Array.from({ length: 60 }, (_, i) => `Sentence ${i} is about nothing in particular.`).join(' ');
const rendering = renderVcon({
  uuid: '0195b7a7-1237-8dc8-9dd8-dd37220d739c',
  created_at: '2026-01-01T00:00:00Z',
  parties: [{ name: 'Zelda Quist' }, { name: 'Bob' }],
  dialog: [
    say('When do you deliver the piano?', 0),
    say('We deliver the piano on "Friday",\nat nine.', 1),
    say(`${LONG} The parcel weighs ninety kilograms. ${LONG}`, 1),
    { type: 'recording', parties: [0, 1] },
  ],
  analysis: [
    { type: 'transcript', dialog: 3, body: 'They agree on a refund of forty crowns.', encoding: 'none' },
    { type: 'summary', body: 'A piano is sold.', encoding: 'none' },
  ],
});
/** As the provider cuts them: somewhere. */
const piece = (from: string, chars: number): string => {
  const at = rendering.text.indexOf(from);
  return rendering.text.slice(Math.max(0, at - 30), at + chars);
};

test('the answer is found rather than the question, and shown as it was said', () => {
  const hit = locateHit(rendering, rendering.text, 'When is the piano delivered?');
  expect(hit).toEqual({ snippet: 'We deliver the piano on "Friday",\nat nine.', dialog: 1 });
  expect(locateHit(rendering, rendering.text, 'when deliver piano')).toMatchObject({ dialog: 0 });
});

test('a hit in a transcript is of the dialog that it is of, one in a summary of none', () => {
  expect(locateHit(rendering, piece('refund', 40), 'How large is the refund?')).toMatchObject({
    dialog: 3,
    analysis: 0,
    snippet: 'They agree on a refund of forty crowns.',
  });
  expect(locateHit(rendering, rendering.text, 'sold?')).toEqual({ snippet: 'A piano is sold.', analysis: 1 });
});

test('of a long text the part is shown in which the words stand', () => {
  const { snippet, dialog } = locateHit(
    rendering,
    rendering.text,
    'How much does the parcel weigh, in kilograms?',
  );
  expect(dialog).toBe(2);
  expect(snippet).toContain('ninety kilograms');
  expect(snippet.length).toBeLessThan(310);
});

test('who somebody is does not hide what was said', () => {
  expect(locateHit(rendering, rendering.text, 'piano for Zelda Quist')).toMatchObject({
    snippet: expect.stringMatching(/piano/),
  });
  expect(locateHit(rendering, rendering.text, 'Zelda Quist')).toMatchObject({ dialog: 0 });
});

test('a piece that was changed on its way, or is of another text, does no harm', () => {
  const changed = piece('refund', 40).replace(/\s+/g, ' ');
  expect(locateHit(rendering, changed, 'refund')).toMatchObject({ dialog: 3 });
  expect(locateHit({ text: '', spans: [] }, 'Some words.', 'words')).toEqual({ snippet: 'Some words.' });
  expect(locateHit(rendering, '', 'piano')).toMatchObject({ snippet: expect.any(String) });
});
