// Words in pages: what a plain pattern would take out of short ones, and in one pass also of those that are made to be slow.
import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { textOf } from './text-of.js';

const words = (body: string): string[] => textOf({ mediatype: 'text/html', encoding: 'none', body });

test('of a page its words are taken, not its tags, scripts and styles', () => {
  const page =
    '<p class="a">One</p>\n<SCRIPT type=x>if (a < b) two()</script><style>b > a {}</style>Three\n4 < 5';
  expect(words(page)).toEqual(['One', 'Three', '4 < 5']);
});

test('as a pattern would say that looks for each end again', () => {
  const pattern = /<(script|style)\b[\s\S]*?<\/\1>|<[^>]*>/gi;
  const piece = fc.constantFrom('<', '>', '</', 'script', 'STYLE', 'scripts', ' ', 'a', '\n', '</script>');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      // What begins like JSON is read as such.
      const html = `x${pieces.join('')}`;
      const expected = html.replace(pattern, ' ').split('\n');
      expect(words(html)).toEqual(expected.map((line) => line.trim()).filter((line) => line !== ''));
    }),
    { numRuns: 2_000 },
  );
});

test('a text may be data as a whole, and hold any of it', () => {
  const data = 'QUJD'.repeat(2_000_000);
  expect(
    textOf({ mediatype: 'text/plain', encoding: 'none', body: `Look: ${data}!\n${'x'.repeat(119)}` }),
  ).toEqual(['Look: […]!', 'x'.repeat(119)]);
});

test('an e-mail may quote every byte of it', () => {
  const head = '--b\ncontent-type: text/plain\ncontent-transfer-encoding: quoted-printable\n\n';
  const body = `${head}${'=C3=A4'.repeat(500_000)} caf\u00e9 =\nau =lait=E2=82=AC\n--b--`;
  expect(textOf({ mediatype: 'multipart/mixed; boundary=b', encoding: 'none', body })).toEqual([
    `${'\u00e4'.repeat(500_000)} caf\u00e9 au =lait\u20ac`,
  ]);
});

test.each(['<', '<script ', '<style>', '<script></style>', '<a <script>x</script>'])(
  'however often %j comes',
  (piece) => {
    expect(words(piece.repeat(3_000_000 / piece.length)).length).toBeLessThan(2);
  },
);
