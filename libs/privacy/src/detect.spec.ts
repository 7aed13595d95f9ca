// Hostile texts are answered correctly, and what the patterns are made of keeps them linear.
import { describe, expect, it } from '@jest/globals';
import { hasLuhnDigit } from './detectors/card.js';
import { SECRET_PATTERNS } from './detectors/secret.js';
import { findPersonalData } from './detect.js';
import { mergeFindings } from './finding.js';

const found = (text: string) =>
  findPersonalData(text).map(({ kind, start, end }) => [kind, text.slice(start, end)]);

describe('findPersonalData', () => {
  it('searches with patterns that have a bound on every repetition and begin with a literal', () => {
    for (const { source } of SECRET_PATTERNS) {
      const bare = source.replace(/\\./g, 'x').replace(/\[[^\]]*\]/g, 'x');
      expect(bare).not.toMatch(/[*+]|\{\d+,\}/);
      expect(source).toMatch(/^(?:\(\?:sk-|bearer|:)/);
    }
  });

  it.each([
    ['letters', `${'a'.repeat(50_000)}!`],
    ['ats', 'a@a.'.repeat(30_000)],
    ['digits', '1'.repeat(100_000)],
    ['groups', '4111 '.repeat(20_000)],
    ['beginnings of tokens', 'eyJ'.repeat(33_000)],
    ['keys without an end', '-----BEGIN PRIVATE KEY-----'.repeat(3_700)],
    ['calling codes', '+1 '.repeat(30_000)],
  ])('finds nothing in a flood of %s, and the datum behind it', (_, bait) => {
    expect(found(bait)).toEqual([]);
    expect(found(`${bait} \n; ada@example.org`)).toContainEqual(['email', 'ada@example.org']);
  });

  it('keeps the kind that stands first where two overlap', () => {
    expect(found(`sk-AbCdEf0123456789AbCdEf0123@example.org`)).toEqual([
      ['secret', 'sk-AbCdEf0123456789AbCdEf0123'],
    ]);
    const one = { kind: 'ip', start: 2, end: 4 } as const;
    const two = { kind: 'phone', start: 3, end: 6 } as const;
    const three = { kind: 'phone', start: 6, end: 8 } as const;
    expect(mergeFindings([one], [two, three])).toEqual([one, three]);
  });

  it('leaves alone the kinds that are not asked for', () => {
    expect(findPersonalData('a@b.example 192.0.2.1', ['ip'])).toEqual([{ kind: 'ip', start: 12, end: 21 }]);
  });

  it.each([
    ['4111111111111111', true],
    ['4111111111111112', false],
    ['378282246310005', true],
  ])('checks the digit of %s', (digits, valid) => expect(hasLuhnDigit(digits)).toBe(valid));
});
