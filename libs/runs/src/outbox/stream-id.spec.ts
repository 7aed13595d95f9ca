import { describe, expect, it } from '@jest/globals';
import { fromNumber, isUpTo, toNumber } from './stream-id.js';

describe('ids of a stream', () => {
  const rising = [
    '7-0',
    '900-0',
    '1735689600000-0',
    '1735689600000-1',
    '1795640562561-0',
    '1795640562561-4096',
    '1795640562562-0',
  ];

  it('keep their order as numbers, and come back', () => {
    const numbers = rising.map(toNumber);
    expect(numbers).toEqual(numbers.toSorted((a, b) => (a < b ? -1 : 1)));
    expect(new Set(numbers).size).toBe(rising.length);
    expect(numbers.map(fromNumber)).toEqual(rising);
    expect(numbers.at(-1)! < 1n << 63n).toBe(true);
  });

  it('compare by milliseconds, then by sequence', () => {
    for (const [i, id] of rising.entries())
      expect(rising.map((other) => isUpTo(other, id))).toEqual(rising.map((_, j) => j <= i));
  });

  it.each(['1795640562561-8388608', '99999999-3'])(
    'have no number when it would break the order: %s',
    (id) => {
      expect(() => toNumber(id)).toThrow(RangeError);
    },
  );
});
