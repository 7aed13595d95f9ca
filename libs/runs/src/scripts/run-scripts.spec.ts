// The scripts on a real Redis: every guard has a test of its own, because a random walk sees only those that
// no other guard covers.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { RedisConfig, RunsConfig } from '#config';
import { channelKey, runIdOf, type RunEvent, type Usage } from '#contracts';
import { AssistantUsage } from '#assistants';
import { StateRedis } from '#redis';
import { sharedRedisUrl } from '../../../../test/support/index.js';
import { AttemptScripts, LEASE_LOST, PROGRESS_DIFFERS, type AppendBatch } from './attempt-scripts.js';
import { DoorScripts } from './door-scripts.js';
import { LeaseScripts } from './lease-scripts.js';
import type { ClaimedRun } from '../run/run-record.js';

const redisConfig = Object.assign(new RedisConfig(), {
  url: sharedRedisUrl(),
  prefix: `test:${randomBytes(6).toString('hex')}:`,
});
const config = Object.assign(new RunsConfig(), { channelBacklog: 3, highWaterRuns: 100, leaseMs: 2_000 });

let redis: StateRedis;
let doors: DoorScripts;
let leases: LeaseScripts;
let attempts: AttemptScripts;
let channel: string;

beforeAll(async () => {
  redis = new StateRedis(redisConfig);
  await redis.ready(5_000);
  doors = new DoorScripts(redis, config, redisConfig);
  leases = new LeaseScripts(redis, config, redisConfig);
  attempts = new AttemptScripts(redis, config, redisConfig);
});
afterAll(async () => {
  const keys = await redis.client.keys(`${redisConfig.prefix}*`);
  if (keys.length > 0) await redis.client.del(...keys);
  await redis.close();
});
beforeEach(async () => {
  const keys = await redis.client.keys(`${redisConfig.prefix}{s*`);
  if (keys.length > 0) await redis.client.del(...keys);
  channel = randomBytes(4).toString('hex');
});

const ref = () => ({ tenant: 'default', channel });
const shard = () => redis.keys.shardOf(channelKey(ref()));

interface More {
  body?: string;
  prio?: number;
  nonce?: string;
  in?: string;
  reply?: string;
  delivery?: string;
  bytes?: number;
}

function admit(mid: string, more: More = {}) {
  const where = { tenant: 'default', channel: more.in ?? channel };
  const run_id = runIdOf(where, mid);
  const body = more.body ?? 'hello';
  return doors.admit({
    chk: channelKey(where),
    run_id,
    hash: body,
    bytes: more.bytes ?? body.length,
    nonce: more.nonce ?? randomBytes(6).toString('hex'),
    event: JSON.stringify({ type: 'run.queued', run_id, message_id: mid }),
    reply: more.reply ?? '',
    delivery: more.delivery ?? '',
    fields: { ...where, mid, body, src: 'rest', prio: more.prio ?? 0 },
  });
}
const claim = async (want = 10, owner = 'w1', id = randomBytes(6).toString('hex')) =>
  leases.claim(shard(), owner, id, { runs: want, largeBytes: 0, alone: true });
const claimOne = async (): Promise<ClaimedRun> => {
  const { runs } = await claim(1);
  return runs[0]!;
};
const batch = (run: ClaimedRun, before: string, after: string, ...events: string[]): AppendBatch => ({
  chk: run.chk,
  token: run.token,
  run_id: run.run_id,
  before,
  after,
  response_id: '',
  starts: false,
  events,
});
const append = (run: ClaimedRun, before: string, after: string, ...events: string[]) =>
  attempts.append(shard(), [batch(run, before, after, ...events)]);
const finish = (
  run: ClaimedRun,
  status: 'completed' | 'failed' | 'cancelled' = 'completed',
  dead = '',
  usage?: Usage,
) =>
  attempts.finish({
    ...run,
    ref: ref(),
    status,
    events: ['{"type":"end"}'],
    result: '{"type":"end"}',
    dead,
    thread_id: '',
    rows: [],
    ...(usage && { usage }),
  });
const log = async (): Promise<[number, string][]> => {
  const rows = await redis.client.xrange(shard().log(channelKey(ref())), '-', '+');
  return rows.map(([id, fields]) => [Number(id.split('-')[0]), (JSON.parse(fields[1]!) as RunEvent).type]);
};

describe('ADMIT', () => {
  test('a repeat is the same run, another body a conflict, and neither adds an event', async () => {
    const first = await admit('m1');
    expect(first).toMatchObject({ outcome: 'accepted', status: 'queued', offset: 1 });
    expect(await admit('m1')).toMatchObject({ outcome: 'duplicate', run_id: first.run_id });
    expect(await admit('m1', { body: 'other' })).toMatchObject({ outcome: 'conflict' });
    expect(await log()).toEqual([[1, 'run.queued']]);
  });

  test('the same admission sent again is not called a duplicate', async () => {
    await admit('m1', { nonce: 'n1' });
    expect(await admit('m1', { nonce: 'n1' })).toMatchObject({ outcome: 'accepted', offset: 1 });
  });

  test('a full channel refuses, others do not; known messages are still answered', async () => {
    for (const mid of ['a', 'b', 'c']) await admit(mid);
    expect((await admit('d')).outcome).toBe('full');
    expect((await admit('a')).outcome).toBe('duplicate');
    expect((await admit('d', { in: `${channel}x` })).outcome).toBe('accepted');
  });

  test('past the high-water mark all channels are refused until runs end', async () => {
    const low = new DoorScripts(
      redis,
      Object.assign(new RunsConfig(), { highWaterRuns: 1, leaseMs: 2_000 }),
      redisConfig,
    );
    const before = doors;
    doors = low;
    try {
      await admit('a');
      expect((await admit('b', { in: `${channel}x` })).outcome).toBe('busy');
      await finish(await claimOne());
      expect((await admit('b', { in: `${channel}x` })).outcome).toBe('accepted');
    } finally {
      doors = before;
    }
  });

  test('a repeat of a finished run gets its result', async () => {
    await admit('m1');
    await finish(await claimOne());
    expect(await admit('m1')).toMatchObject({
      outcome: 'duplicate',
      status: 'completed',
      result: '{"type":"end"}',
    });
  });
});

describe('CLAIM', () => {
  test('one owner at a time, in order, the next run only after the end of the first', async () => {
    const [one, two] = [await admit('m1'), await admit('m2')];
    const first = await claimOne();
    expect(first.run_id).toBe(one.run_id);
    expect((await claim()).runs).toEqual([]);
    await finish(first);
    expect((await claimOne()).run_id).toBe(two.run_id);
  });

  test('the same claim sent again gets the same answer', async () => {
    await admit('m1');
    const first = await claim(5, 'w1', 'c1');
    const again = await claim(5, 'w1', 'c1');
    expect(again.runs).toEqual(first.runs);
    expect((await claim(5, 'w1', 'c2')).runs).toEqual([]);
  });

  test('priority goes first, but age is worth as much', async () => {
    const now = Date.now();
    await admit('low', { in: 'ch-low' });
    await admit('high', { in: 'ch-high', prio: 9 });
    await admit('old', { in: 'ch-old' });
    await redis.client.zadd(
      shard().ready,
      now - 200_000,
      channelKey({ tenant: 'default', channel: 'ch-old' }),
    );
    const { runs } = await claim(3);
    expect(runs.map((run) => run.message_id)).toEqual(['old', 'high', 'low']);
  });

  describe('of large runs', () => {
    const KB = 1_000;
    const queue = async (...all: [mid: string, kb: number][]): Promise<void> => {
      for (const [i, [mid, kb]] of all.entries()) await admit(mid, { in: `ch-${i}`, bytes: kb * KB });
    };
    const claimIn = async (kb: number, more: { runs?: number; alone?: boolean } = {}) => {
      const room = { runs: 10, largeBytes: kb * KB, alone: false, ...more };
      const { runs, left } = await leases.claim(shard(), 'w1', randomBytes(6).toString('hex'), room);
      return { mids: runs.map((run) => run.message_id), left };
    };

    test('takes those that there is room for; behind one that does not fit only small ones come', async () => {
      await queue(['first', 100], ['large', 150], ['small', 1], ['fits', 70], ['small too', 64]);
      expect(await claimIn(200)).toEqual({ mids: ['first', 'small', 'small too'], left: true });
      // Nobody else is kept from what is left, and its order is the old one.
      expect(await claimIn(1_000)).toEqual({ mids: ['large', 'fits'], left: false });
    });

    test('takes one alone that there is never room for, and nothing large beside it', async () => {
      await queue(['huge', 900], ['large', 70], ['small', 1]);
      expect(await claimIn(100)).toEqual({ mids: ['small'], left: true });
      expect(await claimIn(100, { alone: true })).toEqual({ mids: ['huge'], left: true });
      expect(await claimIn(100)).toEqual({ mids: ['large'], left: false });
    });

    test('finds a small one behind several, also when it may take only one', async () => {
      await queue(['a', 100], ['b', 100], ['c', 100], ['small', 1], ['next', 1]);
      expect(await claimIn(0, { runs: 1 })).toEqual({ mids: ['small'], left: true });
    });

    test('sent again gets the same answer, whatever room there is then', async () => {
      await queue(['a', 100], ['b', 100]);
      const ask = (largeBytes: number) =>
        leases.claim(shard(), 'w1', 'c1', { runs: 10, largeBytes, alone: false });
      const { runs } = await ask(100 * KB);
      expect(runs.map((run) => [run.message_id, run.bytes])).toEqual([['a', 100 * KB]]);
      expect((await ask(0)).runs).toEqual(runs);
    });
  });

  test.each([
    ['past its deadline', () => Date.now() - 1],
    ['far in the future, because the clock went back', () => Date.now() + 3_600_000],
  ])('a lease %s is taken back and counts as a death', async (_, deadline) => {
    await admit('m1');
    const dead = await claimOne();
    await redis.client.zadd(shard().lease, deadline(), dead.chk);
    const { takeovers, runs } = await claim(1, 'w2');
    expect(takeovers).toBe(1);
    expect(runs[0]).toMatchObject({ run_id: dead.run_id, attempt: 2, deaths: 1 });
    expect(runs[0]!.token).not.toBe(dead.token);
  });
});

describe('the fence', () => {
  let dead: ClaimedRun;
  beforeEach(async () => {
    await admit('m1');
    dead = await claimOne();
    await redis.client.zadd(shard().lease, 1, dead.chk);
    await claim(1, 'w2');
  });

  test('a late writer cannot append', async () => {
    expect(await append(dead, '0', '1.1', '{"type":"late"}')).toEqual([LEASE_LOST]);
    expect(await log()).toEqual([[1, 'run.queued']]);
  });
  test('nor finish, release, renew, end a round, or note a tool', async () => {
    expect(await finish(dead)).toEqual({ outcome: 'fenced' });
    expect(await leases.release(dead, 0, 0, 0)).toBe(false);
    expect(await leases.renew(shard(), [dead], 1_000)).toEqual([0]);
    expect(await attempts.endRound(dead, 0, 0, ['[]'])).toBe(false);
    expect(await attempts.startTool(dead, 'c1', '{}', '{"type":"tool"}')).toBeUndefined();
    expect(await attempts.endTool(dead, 'c1', '{}', '{"type":"tool"}')).toBe(false);
    expect(await log()).toEqual([[1, 'run.queued']]);
  });
});

describe('APPEND', () => {
  test('offsets are dense over runs and calls; a batch sent twice counts once', async () => {
    await admit('m1');
    const run = await claimOne();
    expect(await append(run, '0', '1.1', '{"type":"a"}', '{"type":"b"}')).toEqual([3]);
    expect(await append(run, '0', '1.1', '{"type":"a"}', '{"type":"b"}')).toEqual([3]);
    expect(await append(run, '1.1', '1.2', '{"type":"c"}')).toEqual([4]);
    expect(await log()).toEqual([
      [1, 'run.queued'],
      [2, 'a'],
      [3, 'b'],
      [4, 'c'],
    ]);
  });

  test('a batch that follows on something else is refused', async () => {
    await admit('m1');
    const run = await claimOne();
    await append(run, '0', '1.1', '{"type":"a"}');
    expect(await append(run, '0', '1.9', '{"type":"x"}')).toEqual([PROGRESS_DIFFERS]);
    expect(await log()).toHaveLength(2);
  });

  test('the progress goes on with the run and ends with it', async () => {
    await admit('m1');
    await admit('m2');
    const run = await claimOne();
    await attempts.append(shard(), [
      { ...batch(run, '0', '1.1/7/5', '{"type":"a"}'), response_id: 'resp', starts: true },
    ]);
    await leases.release(run, 0, 0, 0);
    const again = await claimOne();
    expect(again).toMatchObject({ progress: '1.1/7/5', text_length: 5, start_offset: 3 });
    expect(again.response).toMatchObject({ id: 'resp', sequence: 7 });
    await finish(again);
    expect(await claimOne()).toMatchObject({ message_id: 'm2', progress: '0', text_length: 0 });
  });

  test('a cancelled head leaves no progress to the run behind it', async () => {
    const { run_id } = await admit('m1');
    await admit('m2');
    const run = await claimOne();
    await append(run, '0', '1.1/7/5', '{"type":"a"}');
    await leases.release(run, 60_000, 0, 0);
    expect((await doors.cancel(run.chk, run_id, '{"type":"run.cancelled"}'))[0]).toBe('cancelled');
    expect(await claimOne()).toMatchObject({ message_id: 'm2', progress: '0', text_length: 0 });
  });

  test('one refused run does not hold up the others of the call', async () => {
    await admit('m1');
    await admit('m2', { in: `${channel}x` });
    const { runs } = await claim(2);
    const replies = await attempts.append(shard(), [
      { ...batch(runs[0]!, '0', '1.1', '{"type":"a"}'), token: 'stale' },
      batch(runs[1]!, '0', '1.1', '{"type":"b"}'),
    ]);
    expect(replies).toEqual([LEASE_LOST, 2]);
  });
});

describe('the end', () => {
  test('FINISH sent twice ends once', async () => {
    await admit('m1');
    const run = await claimOne();
    expect(await finish(run)).toMatchObject({ outcome: 'ok', offset: 2 });
    expect(await finish(run)).toMatchObject({ outcome: 'ok', offset: 2 });
    expect(await log()).toEqual([
      [1, 'run.queued'],
      [2, 'end'],
    ]);
    expect(await redis.client.hget(shard().counters, 'open')).toBe('0');
  });

  test('FINISH counts for the assistant, once; without an assistant for none', async () => {
    const usage = { input_tokens: 10, output_tokens: 5, total_tokens: 15, cached_tokens: 4 };
    const [id, other] = ['asst_a', 'asst_b'];
    const end = async (
      mid: string,
      assistant: string | undefined,
      version: string,
      ...how: ['completed' | 'failed' | 'cancelled', Usage?]
    ) => {
      await admit(mid);
      const run = await claimOne();
      if (assistant) await attempts.bind(run, { assistant, assistant_version: version });
      for (let twice = 0; twice < 2; twice++) await finish(run, how[0], '', how[1]);
    };
    await end('m1', id, '1', 'completed', usage);
    await end('m2', id, '1', 'completed', { ...usage, reasoning_tokens: 2 });
    await end('m3', id, '2', 'failed');
    await end('m4', id, '2', 'cancelled');
    await end('m5', other, '1', 'completed', usage);
    await end('m6', undefined, '', 'failed');
    const report = new AssistantUsage(redis);
    const tokens = { input_tokens: 20, output_tokens: 10, total_tokens: 30, cached_tokens: 8 };
    const first = { runs: 2, completed: 2, failed: 0, cancelled: 0, ...tokens, reasoning_tokens: 2 };
    expect(await report.of('default', id)).toEqual({
      ...first,
      assistant_id: id,
      runs: 4,
      failed: 1,
      cancelled: 1,
      versions: [
        { version: 1, ...first },
        expect.objectContaining({ version: 2, runs: 2, failed: 1, cancelled: 1, total_tokens: 0 }),
      ],
    });
    expect(await report.of('default', other)).toMatchObject({ runs: 1, total_tokens: 15 });
    for (const [tenant, asked] of [
      ['acme', id],
      ['default', 'asst_c'],
    ] as const)
      expect(await report.of(tenant, asked)).toMatchObject({ runs: 0, total_tokens: 0, versions: [] });
    expect(await redis.client.ttl(shard().usage('default', id))).toBeGreaterThan(0);
  });

  test('RELEASE parks a channel until its time; the bell does not ring early', async () => {
    await admit('m1');
    const run = await claimOne();
    expect(await leases.release(run, 60_000, 1, 5, 1)).toBe(true);
    expect((await claim()).runs).toEqual([]);
    expect(await leases.ring(run.chk)).toBe(false);
    await redis.client.zadd(shard().delayed, Date.now(), run.chk);
    expect(await leases.ring(run.chk)).toBe(true);
    expect(await claimOne()).toMatchObject({
      run_id: run.run_id,
      burn: 1,
      refused: 1,
      worked: 5,
      attempt: 2,
      deaths: 0,
    });
  });

  test('a run that was cancelled while it was let go does not wait for its end', async () => {
    await admit('m1');
    const run = await claimOne();
    expect((await doors.cancel(run.chk, run.run_id, '{"type":"run.cancelled"}'))[0]).toBe('requested');
    expect(await leases.release(run, 60_000, 0, 0)).toBe(true);
    expect(await claimOne()).toMatchObject({ run_id: run.run_id, cancelled: true });
  });

  test('a message that comes while the channel is parked or owned does not open it', async () => {
    await admit('m1');
    const run = await claimOne();
    await admit('m2');
    expect((await claim()).runs).toEqual([]);
    await leases.release(run, 60_000, 0, 0);
    await admit('m3');
    expect((await claim()).runs).toEqual([]);
  });
});

describe('replies', () => {
  const to = (name: string, kind = 'amqp'): string => `${kind} ${JSON.stringify({ kind, to: name })}`;
  const repeats = async (...names: string[]): Promise<boolean[]> => {
    const heard: boolean[] = [];
    for (const name of names) heard.push((await admit('m1', { reply: to(name) })).heard);
    return heard;
  };
  const outbox = async (kind = 'amqp') => {
    const rows = await redis.client.xrange(shard().outbox(kind), '-', '+');
    return rows.map(([, fields]) => JSON.parse(fields[1]!) as { reply: { to: string }; end: object });
  };
  const sentTo = async (kind?: string) => (await outbox(kind)).map(({ reply }) => reply.to);

  test('the end leaves once for each address, whichever message it came with, by its own way', async () => {
    const { run_id } = await admit('m1');
    await repeats('a', 'a');
    const run = await claimOne();
    await repeats('b', 'a');
    await admit('m1', { reply: to('k', 'kafka') });
    expect(await sentTo()).toEqual([]);
    await finish(run);
    await finish(run);
    expect(await outbox()).toMatchObject([
      { at: expect.any(Number), channel, reply: { kind: 'amqp', to: 'a' }, end: { type: 'end' } },
      { reply: { to: 'b' } },
    ]);
    expect(await sentTo('kafka')).toEqual(['k']);
    expect(await redis.client.exists(shard().replies(run_id))).toBe(0);
  });

  test("a delivery that comes again is no repeat: the end leaves for the sender's repeats only", async () => {
    const reply = to('a', 'kafka');
    const { run_id } = await admit('m1', { reply, delivery: 't:0:1' });
    await finish(await claimOne());
    expect((await admit('m1', { reply, delivery: 't:0:1' })).outcome).toBe('duplicate');
    expect(await sentTo('kafka')).toEqual(['a']);
    for (const delivery of ['t:0:2', 't:0:2', 't:0:1']) await admit('m1', { reply, delivery });
    expect(await sentTo('kafka')).toEqual(['a', 'a']);
    expect(await redis.client.pttl(shard().deliveries(run_id))).toBeGreaterThan(0);
  });

  test('a refusal leaves once for each delivery', async () => {
    const chk = channelKey(ref());
    const refuse = (delivery: string) =>
      doors.refuse(chk, delivery, to('a', 'kafka'), '{"code":"invalid_request"}');
    await refuse('t:0:1');
    await refuse('t:0:1');
    await refuse('t:0:2');
    expect(await outbox('kafka')).toMatchObject([
      { reply: { to: 'a' }, refusal: { code: 'invalid_request' } },
      { reply: { to: 'a' } },
    ]);
  });

  test('a repeat after the end is sent it at once; its own admission sent again is not', async () => {
    await admit('m1', { reply: to('a'), nonce: 'n1' });
    await finish(await claimOne());
    await admit('m1', { reply: to('a'), nonce: 'n1' });
    expect(await sentTo()).toEqual(['a']);
    await admit('m1', { reply: to('b') });
    await admit('m1', { reply: to('a') });
    await admit('m1');
    expect(await sentTo()).toEqual(['a', 'b', 'a']);
  });

  test('the address of another body is not kept', async () => {
    await admit('m1');
    await admit('m1', { body: 'other', reply: to('a') });
    await finish(await claimOne());
    expect(await sentTo()).toEqual([]);
  });

  test('a run has eight addresses; one more is refused, a known one is not', async () => {
    await admit('m1', { reply: to('1') });
    expect(await repeats('2', '3', '4', '5', '6', '7', '8', '9', '1')).toEqual([
      ...Array.from({ length: 7 }, () => true),
      false,
      true,
    ]);
    await finish(await claimOne());
    expect(await sentTo()).toEqual(['1', '2', '3', '4', '5', '6', '7', '8']);
  });

  test('a cancelled run answers all too: one that waits at once, one that runs when it ends', async () => {
    const { run_id } = await admit('m1', { reply: to('a') });
    await admit('m2', { reply: to('c') });
    await repeats('b');
    const run = await claimOne();
    await doors.cancel(channelKey(ref()), run_id, '{"type":"run.cancelled"}');
    expect(await sentTo()).toEqual([]);
    await finish(run, 'cancelled');
    await doors.cancel(
      channelKey(ref()),
      runIdOf({ tenant: 'default', channel }, 'm2'),
      '{"type":"run.cancelled"}',
    );
    expect(await sentTo()).toEqual(['a', 'b', 'c']);
  });

  test('a dead letter knows all of them', async () => {
    await admit('m1', { reply: to('a') });
    await repeats('b');
    await finish(await claimOne(), 'failed', '{"reason":"timeout"}');
    expect(await sentTo()).toEqual(['a', 'b']);
    const [[, fields]] = (await redis.client.xrange(shard().dead, '-', '+')) as [[string, string[]]];
    expect(fields).toEqual(['e', '{"reason":"timeout"}', 'replies', expect.any(String)]);
    expect(JSON.parse(fields[3]!)).toMatchObject([{ to: 'a' }, { to: 'b' }]);
  });

  test('a channel with any name comes out as it went in', async () => {
    channel = `"\\/\u0001\n é 日本 🙂 ${channel}`;
    await admit('m1', { reply: to('a') });
    await finish(await claimOne());
    expect(await outbox()).toMatchObject([{ channel }]);
  });
});

describe('CANCEL', () => {
  const cancel = (runId: string) => doors.cancel(channelKey(ref()), runId, '{"type":"run.cancelled"}');

  test('a waiting run ends at once; the one before it goes on', async () => {
    const [one, two] = [await admit('m1'), await admit('m2')];
    expect((await cancel(two.run_id))[0]).toBe('cancelled');
    expect((await cancel(two.run_id))[0]).toBe('finished');
    const run = await claimOne();
    expect(run.run_id).toBe(one.run_id);
    await finish(run);
    expect((await claim()).runs).toEqual([]);
  });

  test('a cancelled head makes room for the next', async () => {
    const [one, two] = [await admit('m1'), await admit('m2')];
    await cancel(one.run_id);
    expect((await claimOne()).run_id).toBe(two.run_id);
  });

  test('once a running run was told to stop, it cannot complete', async () => {
    const { run_id } = await admit('m1');
    const run = await claimOne();
    expect((await cancel(run_id))[0]).toBe('requested');
    expect(await leases.renew(shard(), [run], 1_000)).toEqual([2]);
    expect(await finish(run, 'completed')).toEqual({ outcome: 'cancelled' });
    expect(await finish(run, 'cancelled')).toMatchObject({ outcome: 'ok' });
  });

  test('completion that came first wins', async () => {
    const { run_id } = await admit('m1');
    await finish(await claimOne());
    expect(await cancel(run_id)).toEqual(['finished', 'completed', '{"type":"end"}']);
  });
});

describe('tools', () => {
  test('a call is noted once; what stands is told to whoever asks later', async () => {
    await admit('m1');
    const run = await claimOne();
    expect(await attempts.startTool(run, 'c1', '{"by":1}', '{"type":"tool.started"}')).toBe('{"by":1}');
    expect(await attempts.startTool(run, 'c1', '{"by":1}', '{"type":"tool.started"}')).toBe('{"by":1}');
    expect(await attempts.startTool(run, 'c1', '{"by":2}', '{"type":"tool.started"}')).toBe('{"by":1}');
    await attempts.endTool(run, 'c1', '{"done":1}', '{"type":"tool.finished"}');
    await attempts.endTool(run, 'c1', '{"done":1}', '{"type":"tool.finished"}');
    expect((await log()).map(([, type]) => type)).toEqual(['run.queued', 'tool.started', 'tool.finished']);
  });

  test('a round ends once and keeps the text before it', async () => {
    await admit('m1');
    const run = await claimOne();
    await attempts.append(shard(), [{ ...batch(run, '0', '1.1/7/12', '{"type":"a"}'), response_id: 'resp' }]);
    expect(await attempts.endRound(run, 0, 12, ['[1]'])).toBe(true);
    expect(await attempts.endRound(run, 0, 12, ['[1]'])).toBe(true);
    expect((await attempts.history(run)).rounds).toEqual(['[1]']);
    await leases.release(run, 0, 0, 0);
    expect(await claimOne()).toMatchObject({ round: 1, keep: 12, text_length: 12, response: undefined });
  });
});
