import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { AckWindow, type Acknowledger } from './ack-window.js';

const windowOf = (acknowledge: Acknowledger) => new AckWindow(acknowledge, () => undefined);

/** Settles the tags of each round, flushes, and tells which frames went out: `3+` means "up to 3". */
function frames(rounds: number[][], close = false): string[] {
  const sent: string[] = [];
  const window = windowOf((tag, upTo) => sent.push(`${tag}${upTo ? '+' : ''}`));
  for (const round of rounds) {
    for (const tag of round) window.settle(tag);
    if (close) window.close();
    window.flush();
  }
  return sent;
}

describe('AckWindow', () => {
  it.each<[string, number[][], string[]]>([
    ['one', [[1]], ['1']],
    ['a run of them with one frame', [[1, 2, 3]], ['3+']],
    ['in any order of settling', [[3, 1, 2]], ['3+']],
    ['those beyond a gap one by one', [[1, 3, 4]], ['1', '3', '4']],
    ['the gap alone afterwards', [[2, 3], [1]], ['2', '3', '1']],
    ['never past an open one', [[2], [3], [4]], ['2', '3', '4']],
    ['nothing when nothing settled', [[]], []],
  ])('acknowledges %s', (_, rounds, expected) => {
    expect(frames(rounds)).toEqual(expected);
  });

  it('is silent on a closed channel', () => {
    expect(frames([[1]], true)).toEqual([]);
  });

  it('goes on when the gap closes late', () => {
    expect(frames([[2, 3], [1], [4, 5]])).toEqual(['2', '3', '1', '5+']);
    expect(frames([[3], [1, 2], [4]])).toEqual(['3', '2+', '4']);
  });

  it('refuses at once, and passes over what it refused', () => {
    const sent: string[] = [];
    const window = new AckWindow(
      (tag, upTo) => sent.push(`ack ${tag}${upTo ? '+' : ''}`),
      (tag) => sent.push(`refuse ${tag}`),
    );
    window.refuse(2);
    expect(sent).toEqual(['refuse 2']);
    for (const tag of [1, 3]) window.settle(tag);
    window.flush();
    window.refuse(4);
    window.settle(5);
    window.flush();
    expect(sent.slice(1)).toEqual(['ack 3+', 'refuse 4', 'ack 5']);
    window.close();
    window.refuse(6);
    expect(sent).toHaveLength(4);
  });

  it('never names a delivery twice, as the broker counts them', () => {
    const tags = fc.shuffledSubarray(
      Array.from({ length: 12 }, (_, i) => i + 1),
      { minLength: 12 },
    );
    fc.assert(
      fc.property(
        tags,
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 12, maxLength: 12 }),
        (order, sizes) => {
          const open = new Set(order);
          const window = windowOf((tag, upTo) => {
            expect(open.has(tag)).toBe(true);
            for (const other of open) if (other === tag || (upTo && other < tag)) open.delete(other);
          });
          const left = [...order];
          for (const size of sizes) {
            for (const tag of left.splice(0, size)) window.settle(tag);
            window.flush();
          }
          expect([...open].sort()).toEqual([...left].sort());
        },
      ),
    );
  });

  it('tells what is undecided to stop, and still acknowledges', () => {
    const sent: number[] = [];
    const window = windowOf((tag) => sent.push(tag));
    window.abandon();
    expect(window.signal.aborted).toBe(true);
    window.settle(1);
    window.flush();
    expect(sent).toEqual([1]);
  });
});
