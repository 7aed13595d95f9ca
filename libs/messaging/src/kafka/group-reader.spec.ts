// A commit that the driver never answers must not be the last one of its partition.
import { afterEach, expect, it, jest } from '@jest/globals';
import { KafkaConfig } from '#config';
import { GroupReader } from './group-reader.js';
import type { PartitionLanes } from './partition-lanes.js';

afterEach(() => void jest.useRealTimers());

it('asks again when a commit is not answered, and tells of it', async () => {
  jest.useFakeTimers();
  const complaints: string[] = [];
  const reader = new GroupReader(
    Object.assign(new KafkaConfig(), { brokers: ['127.0.0.1:1'] }),
    ['t'],
    new AbortController().signal,
    () => Promise.resolve(true),
    ({ message }) => complaints.push(message),
  );
  const { consumer, lanes } = reader as unknown as {
    consumer: { commit(asked: { offsets: { offset: bigint }[] }): Promise<void> };
    lanes: PartitionLanes;
  };
  const asked: bigint[] = [];
  consumer.commit = ({ offsets }) => {
    asked.push(offsets[0]!.offset);
    return asked.length === 1 ? new Promise(() => undefined) : Promise.resolve();
  };
  lanes.assign([{ topic: 't', partitions: [0] }], 1);
  const message = { topic: 't', partition: 0, metadata: { consumer: { generationId: 1 } } };
  const lane = lanes.laneOf(message as unknown as Parameters<PartitionLanes['laneOf']>[0])!;
  await lane.push(5n, () => Promise.resolve(true));
  await jest.advanceTimersByTimeAsync(60_000);
  jest.useRealTimers();
  await lane.push(6n, () => Promise.resolve(true));
  await lane.idle();
  expect(asked).toEqual([6n, 7n]);
  expect(complaints).toHaveLength(1);
});
