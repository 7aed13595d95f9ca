import { beforeEach, describe, expect, it } from '@jest/globals';
import { getHeapStatistics } from 'node:v8';
import { RunsConfig } from '#config';
import { Metrics } from '#telemetry';
import { SMALL_BYTES } from '../run/run-size.js';
import { LargeRoom } from './large-room.js';

const LARGE = SMALL_BYTES + 1;

describe('room for large runs', () => {
  let room: LargeRoom;
  let metrics: Metrics;

  beforeEach(() => {
    metrics = new Metrics();
    room = new LargeRoom(Object.assign(new RunsConfig(), { workerBytes: 2 * LARGE }), metrics);
  });
  const shown = async (): Promise<number | undefined> => (await metrics.largeBytes.get()).values[0]?.value;

  it('counts what is in hand, small ones not', async () => {
    room.enter(LARGE);
    room.enter(SMALL_BYTES);
    expect(room).toMatchObject({ left: LARGE, empty: false });
    expect(await shown()).toBe(LARGE);
    room.leave(SMALL_BYTES);
    room.leave(LARGE);
    expect(room).toMatchObject({ left: 2 * LARGE, empty: true });
    expect(await shown()).toBe(0);
  });

  it('has none left beside one that is larger than all of it', () => {
    room.enter(9 * LARGE);
    expect(room).toMatchObject({ left: 0, empty: false });
    expect(room.promise(LARGE)).toBe(false);
    expect(room.promise(SMALL_BYTES)).toBe(true);
  });

  it('promises no more than there is, until the next look is over', () => {
    room.enter(LARGE);
    expect([room.promise(LARGE), room.promise(LARGE)]).toEqual([true, false]);
    room.beginLook();
    expect(room.promise(LARGE)).toBe(false);
    room.endLook();
    expect(room.promise(LARGE)).toBe(true);
  });

  it('promises one that is larger than all of it only to an empty process', () => {
    expect([room.promise(9 * LARGE), room.promise(LARGE)]).toEqual([true, false]);
  });

  it('is a share of the heap unless somebody says so', () => {
    const { left } = new LargeRoom(new RunsConfig(), new Metrics());
    expect(left).toBe(Math.min(64 * 1024 * 1024, Math.floor(getHeapStatistics().heap_size_limit / 30)));
  });
});
