import { describe, expect, it } from '@jest/globals';
import { PartitionLane } from './partition-lane.js';
import { PartitionLanes } from './partition-lanes.js';

const settled = (): Promise<boolean> => Promise.resolve(true);
const turns = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function laneWithCommits(): { lane: PartitionLane; commits: bigint[] } {
  const commits: bigint[] = [];
  return { lane: new PartitionLane(async (next) => void commits.push(next)), commits };
}

describe('PartitionLane', () => {
  it('begins in order without waiting, and commits no further than the oldest that is not settled', async () => {
    const { lane, commits } = laneWithCommits();
    const begun: bigint[] = [];
    const ends = new Map<bigint, (done: boolean) => void>();
    for (const offset of [5n, 6n, 7n, 9n])
      void lane.push(offset, () => {
        begun.push(offset);
        return new Promise((resolve) => ends.set(offset, resolve));
      });
    expect(begun).toEqual([5n, 6n, 7n, 9n]);
    ends.get(6n)!(true);
    ends.get(9n)!(true);
    await turns();
    expect(commits).toEqual([]);
    ends.get(5n)!(true);
    await turns();
    expect(commits).toEqual([7n]);
    ends.get(7n)!(true);
    await lane.idle();
    expect(commits).toEqual([7n, 10n]);
  });

  it('covers several by one commit while another is under way, and asks again when one fails', async () => {
    const commits: bigint[] = [];
    let release: () => void = () => undefined;
    const lane = new PartitionLane(async (next) => {
      commits.push(next);
      if (commits.length === 1) await new Promise<void>((resolve) => (release = resolve));
      if (commits.length === 2) throw new Error('the group is changing');
    });
    await Promise.all([1n, 2n, 3n].map((offset) => lane.push(offset, settled)));
    release();
    await lane.idle();
    expect(commits).toEqual([2n, 4n, 4n]);
  });

  it('commits again where a late commit of somebody else has put it back, and only there', async () => {
    const { lane, commits } = laneWithCommits();
    lane.told(0n);
    await lane.push(5n, settled);
    await lane.idle();
    lane.told(6n);
    lane.told(9n);
    await lane.idle();
    expect(commits).toEqual([6n]);
    lane.told(4n);
    await lane.idle();
    expect(commits).toEqual([6n, 6n]);
    lane.stop();
    lane.told(4n);
    await lane.idle();
    expect(commits).toEqual([6n, 6n]);
  });

  it('begins and commits nothing behind a record that was left', async () => {
    const { lane, commits } = laneWithCommits();
    let begun = 0;
    const work = (done: boolean) => async () => {
      begun++;
      return done;
    };
    await Promise.all([lane.push(1n, work(true)), lane.push(2n, work(false))]);
    await lane.push(3n, work(true));
    await lane.idle();
    expect(begun).toBe(2);
    expect(commits).toEqual([2n]);
  });

  it('takes nothing twice that it has in hand, and commits nothing once it was stopped', async () => {
    const { lane, commits } = laneWithCommits();
    let end: (done: boolean) => void = () => undefined;
    void lane.push(1n, () => new Promise((resolve) => (end = resolve)));
    let again = false;
    await lane.push(1n, async () => (again = true));
    lane.stop();
    end(true);
    await lane.idle();
    expect([again, commits]).toEqual([false, []]);
  });
});

describe('PartitionLanes', () => {
  type Read = Parameters<PartitionLanes['laneOf']>[0];
  const read = (partition: number, generationId: number): Read =>
    ({ topic: 't', partition, metadata: { consumer: { generationId } } }) as unknown as Read;
  const assigned = (...partitions: number[]) => [{ topic: 't', partitions }];

  it('keeps what stays, drops what was taken away, and tells what is new', () => {
    const lanes = new PartitionLanes(async () => undefined);
    expect(lanes.assign(assigned(0, 1), 1)).toEqual(['t:0', 't:1']);
    const kept = lanes.laneOf(read(0, 1));
    expect(lanes.assign(assigned(0, 2), 2)).toEqual(['t:2']);
    expect(lanes.laneOf(read(0, 1))).toBe(kept);
    expect(lanes.laneOf(read(1, 2))).toBeUndefined();
    expect(lanes.partitions).toEqual([
      { topic: 't', partition: 0 },
      { topic: 't', partition: 2 },
    ]);
  });

  it('takes nothing that was fetched before a partition was ours, and begins anew when one comes back at once', () => {
    const lanes = new PartitionLanes(async () => undefined);
    lanes.assign(assigned(0), 3);
    expect(lanes.laneOf(read(0, 2))).toBeUndefined();
    lanes.assign(assigned(), 4);
    expect(() => lanes.assign(assigned(0), 5)).toThrow('came back');
  });
});
