import { describe, expect, test } from '@jest/globals';
import { assert, integer, property, string } from 'fast-check';

import { tokensOf } from '../text/tokens.js';
import { chunksOf } from './chunks.js';
import { keywordsOf } from './keywords.js';

describe('keywords', () => {
  test.each<[string, string[]]>([
    ['What is the invoice for?', keywordsOf('invoices')],
    ['Billing and billed', [...keywordsOf('bill'), ...keywordsOf('bill')]],
    ['Café', ['cafe']],
    ['+1 (555) 0100', ['1', '555', '0100']],
    ['東京駅', ['東京', '京駅']],
    ['', []],
  ])('%j', (text, expected) => {
    expect(keywordsOf(text)).toEqual(expected);
  });
});

describe('chunks', () => {
  test('are runs of tokens, each begun its overlap before the last has ended, to the end of the text', () => {
    assert(
      property(string({ unit: 'grapheme', maxLength: 400 }), integer({ min: 0, max: 5 }), (text, overlap) => {
        const chunks = chunksOf(text, { max_chunk_size_tokens: 10, chunk_overlap_tokens: overlap });
        if (text.trim() === '') return expect(chunks).toEqual([]);
        const tokens = [...tokensOf(text)];
        const expected = chunks.map((_, index) => {
          const start = index * (10 - overlap);
          return tokens.slice(start, start + 10).join('');
        });
        expect(chunks.map((chunk) => chunk.text)).toEqual(expected);
        expect(text.endsWith(expected.at(-1)!)).toBe(true);
        expect((chunks.length - 1) * (10 - overlap) + 10).toBeGreaterThanOrEqual(tokens.length);
      }),
    );
  });
});
