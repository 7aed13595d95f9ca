// What a membership makes of a driver that does not answer, answers too late, or hands on what it fetched before.
import { Readable } from 'node:stream';
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

interface Faked {
  consumer: {
    metadata(): Promise<unknown>;
    consume(): Promise<unknown>;
    close(force: boolean): Promise<void>;
    commit(asked: { offsets: { offset: bigint }[] }): Promise<void>;
    listCommittedOffsets(asked: unknown): Promise<Map<string, bigint[]>>;
  };
  lanes: PartitionLanes;
}

/** A reader whose driver has joined when `consume` resolves. */
function faked(signal: AbortSignal, consume: () => Promise<unknown>) {
  const config = Object.assign(new KafkaConfig(), { brokers: ['127.0.0.1:1'] });
  const taken: bigint[] = [];
  const take = ({ offset }: { offset: bigint }) => Promise.resolve(taken.push(offset) > 0);
  const reader = new GroupReader(config, ['t'], signal, take as never, () => undefined);
  const { consumer, lanes } = reader as unknown as Faked;
  const left: boolean[] = [];
  consumer.metadata = () => Promise.resolve({ topics: new Map([['t', { partitionsCount: 1 }]]) });
  consumer.consume = consume;
  consumer.close = (force) => Promise.resolve(void left.push(force));
  return { reader, consumer, lanes, taken, left };
}

const ALSO = { close: () => Promise.resolve(), offsetsToFetch: new Map() };

it('leaves the group again when it was told to stop while the group let it in', async () => {
  const stopping = new AbortController();
  const { reader, left } = faked(stopping.signal, () => {
    stopping.abort();
    // Nothing ever comes.
    return Promise.resolve(
      Object.assign(new Readable({ read: () => undefined }), { close: () => undefined }),
    );
  });
  const joined = jest.fn();
  await reader.run(joined);
  expect(joined).not.toHaveBeenCalled();
  expect(left).toEqual([true]);
});

const message = (offset: bigint, generationId: number) => ({
  topic: 't',
  partition: 0,
  offset,
  value: Buffer.from('{}'),
  headers: new Map(),
  leaderEpoch: 0,
  metadata: { consumer: { generationId } },
});

it('looks whether its commits still stand', async () => {
  jest.useFakeTimers();
  const open = Object.assign(new Readable({ objectMode: true, read: () => undefined }), ALSO);
  const { reader, consumer, lanes } = faked(new AbortController().signal, () => Promise.resolve(open));
  const commits: bigint[] = [];
  consumer.commit = ({ offsets }) => Promise.resolve(void commits.push(offsets[0]!.offset));
  consumer.listCommittedOffsets = (asked) => {
    expect(asked).toEqual({ topics: [{ topic: 't', partitions: [0] }] });
    return Promise.resolve(new Map([['t', [commits.length === 1 ? 4n : commits.at(-1)!]]]));
  };
  lanes.assign([{ topic: 't', partitions: [0] }], 1);
  const reading = reader.run(() => undefined);
  open.push(message(5n, 1));
  await jest.advanceTimersByTimeAsync(4_000);
  expect(commits).toEqual([6n]);
  await jest.advanceTimersByTimeAsync(16_000);
  expect(commits).toEqual([6n, 6n]);
  reader.stop();
  await expect(reading).rejects.toThrow();
});

it('begins anew when records come that were fetched for an earlier membership', async () => {
  const { reader, lanes, taken, left } = faked(new AbortController().signal, () =>
    Promise.resolve(
      Object.assign(
        Readable.from([{ ...message(4n, 1), partition: 1 }, message(5n, 1), message(6n, 2)]),
        ALSO,
      ),
    ),
  );
  lanes.assign([{ topic: 't', partitions: [0] }], 2);
  await expect(reader.run(() => undefined)).rejects.toThrow('records of an earlier membership came');
  expect(taken).toEqual([]);
  expect(left).toEqual([true]);
});
