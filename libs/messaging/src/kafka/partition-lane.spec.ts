import { describe, expect, it } from '@jest/globals';
import { PartitionLane } from './partition-lane.js';

describe('PartitionLane', () => {
  it('works in order and commits what was settled, several at once while a commit is under way', async () => {
    const commits: bigint[] = [];
    const order: bigint[] = [];
    let release: () => void = () => undefined;
    const lane = new PartitionLane(async (next) => {
      commits.push(next);
      if (commits.length === 1) await new Promise<void>((resolve) => (release = resolve));
    });
    const work = (offset: bigint) => async () => {
      order.push(offset);
      return true;
    };
    await Promise.all([5n, 6n, 7n, 9n].map((offset) => lane.push(offset, work(offset))));
    expect(order).toEqual([5n, 6n, 7n, 9n]);
    release();
    await lane.idle();
    expect(commits).toEqual([6n, 10n]);
  });

  it('begins and commits nothing behind a record that was left', async () => {
    const commits: bigint[] = [];
    const lane = new PartitionLane(async (next) => void commits.push(next));
    let begun = 0;
    const work = (settled: boolean) => async () => {
      begun++;
      return settled;
    };
    await Promise.all([lane.push(1n, work(true)), lane.push(2n, work(false)), lane.push(3n, work(true))]);
    await lane.idle();
    expect(begun).toBe(2);
    expect(commits).toEqual([2n]);
  });
});
