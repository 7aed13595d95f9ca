import { expect, it } from '@jest/globals';
import { ShardTurns } from './shard-turns.js';

it('begins where there was no room left to ask', () => {
  const turns = new ShardTurns(3);
  expect(turns.order()).toEqual([0, 1, 2]);
  turns.beginAt(2);
  expect(turns.order()).toEqual([2, 0, 1]);
});

it('lets no shard give a large run while another one waits with its own, and asks that one first', () => {
  const turns = new ShardTurns(3);
  turns.asked(0, false, false);
  turns.asked(1, false, true);
  expect([0, 1, 2].map((shard) => turns.mayGiveLarge(shard))).toEqual([false, true, false]);
  expect(turns.order()).toEqual([1, 2, 0]);
  expect(turns.asked(1, false, true)).toBe(false);
});

it.each([
  ['it has had its turn, and has more', true, true],
  ['another process has taken it', false, false],
])('lets the others give again when %s', (_, given, left) => {
  const turns = new ShardTurns(3);
  turns.asked(1, false, true);
  expect(turns.asked(1, given, left)).toBe(true);
  expect([0, 1, 2].every((shard) => turns.mayGiveLarge(shard))).toBe(true);
});

it('gives each of two crowded shards its turn', () => {
  const turns = new ShardTurns(2);
  const given: number[] = [];
  // Room for one at a time, which becomes free before each look.
  for (let look = 0; look < 8; look++) {
    let room = 1;
    for (const shard of turns.order()) {
      if (!turns.mayGiveLarge(shard)) continue;
      const gives = room > 0;
      if (gives) given.push(shard);
      room = gives ? 0 : room;
      turns.asked(shard, gives, true);
    }
  }
  expect(given).toEqual([0, 1, 0, 1, 0, 1, 0, 1]);
});
