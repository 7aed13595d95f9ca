import { describe, expect, test } from '@jest/globals';
import { assert, property, string } from 'fast-check';

import { PreparedText } from './text-source.js';
import { countTokens, cutToTokens, tokensOf } from './tokens.js';

describe('tokens', () => {
  test.each<[string, string[]]>([
    ['', []],
    ['weather in Rome', ['weat', 'her', ' in', ' Rome']],
    ['1 2 345678', ['1', ' 2', ' 345678']],
    ['t17 ', ['t17', ' ']],
    ['😀😀😀😀😀', ['😀😀😀😀', '😀']],
  ])('%j', (text, expected) => {
    expect([...tokensOf(text)]).toEqual(expected);
    expect(countTokens(text)).toBe(expected.length);
  });

  test('any text is the sum of its tokens, and a cut is a prefix of the asked length', () => {
    assert(
      property(string({ unit: 'grapheme' }), (text) => {
        const tokens = [...tokensOf(text)];
        expect(tokens.join('')).toBe(text);
        const cut = cutToTokens(text, 3);
        expect(cut).toEqual({ text: tokens.slice(0, 3).join(''), complete: tokens.length <= 3 });
        const source = new PreparedText(text, 2);
        while (source.hasNext()) expect([...source.next()].length).toBeLessThanOrEqual(2);
        expect(source.sent()).toBe(text);
      }),
    );
  });
});
