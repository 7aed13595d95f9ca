// Feeds and hub against a real Redis: what the listener hears is the log, whatever happens to the hints.
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { channelKey, type ChannelRef, type RunEvent } from '#contracts';
import type { StateRedis } from '#redis';
import { answerEvents, dropTestState, emitEvents, openTestState } from '#testing';
import { ChannelHub, EventLog, type ChannelFeed, type FeedListener, type ResetReason } from './index.js';

let state: StateRedis;
let ref: ChannelRef;
const hubs: ChannelHub[] = [];

beforeAll(async () => {
  state = await openTestState();
});
beforeEach(() => {
  ref = { tenant: 'default', channel: `c-${randomUUID()}` };
});
afterEach(async () => {
  await Promise.all(hubs.splice(0).map((hub) => hub.onApplicationShutdown()));
});
afterAll(() => dropTestState(state));

class Recorder implements FeedListener {
  readonly heard: (number | ResetReason)[] = [];
  private waiting: (() => void)[] = [];
  appended({ offset }: { offset: number }): void {
    this.add(offset);
  }
  viewed(): void {}
  reset(reason: ResetReason): void {
    this.add(reason);
  }
  async until(last: number | ResetReason): Promise<this> {
    while (this.heard.at(-1) !== last) await new Promise<void>((resolve) => this.waiting.push(resolve));
    return this;
  }
  private add(what: number | ResetReason): void {
    this.heard.push(what);
    for (const wake of this.waiting.splice(0)) wake();
  }
}

function hub(): ChannelHub {
  const made = new ChannelHub(state, new EventLog(state));
  hubs.push(made);
  return made;
}

/** The subscription of a new hub is known to work once a hint has come through. */
async function watch(on = hub()): Promise<{ hub: ChannelHub; feed: ChannelFeed; heard: Recorder }> {
  const heard = new Recorder();
  return { hub: on, feed: await on.watch(ref, heard), heard };
}
const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1);
const answer = (id: string): RunEvent[] => answerEvents(id, ['a', 'b', 'c']);
const emit = (events: readonly RunEvent[], silent = false) => emitEvents(state, ref, events, { silent });

it('tells two hubs every event once, in order', async () => {
  const [one, two] = [await watch(), await watch()];
  for (let i = 0; i < 20; i++) await emit(answer(`m${i}`));
  await Promise.all([one.heard.until(100), two.heard.until(100)]);
  expect(one.heard.heard).toEqual(upTo(100));
  expect(two.heard.heard).toEqual(upTo(100));
  expect(one.hub.counts.resets).toBe(0);
});

it('heals what the hints lost: by the next hint, and by the check without one', async () => {
  const { hub: on, heard } = await watch();
  await emit(answer('m1'));
  await heard.until(5);
  await emit(answer('m2'), true);
  await emit(answer('m3'));
  await heard.until(15);
  await emit(answer('m4'), true);
  await on.check();
  await heard.until(20);
  expect(heard.heard).toEqual(upTo(20));
});

it('reads more than one page when much was missed', async () => {
  const { hub: on, heard } = await watch();
  await emit(
    answerEvents(
      'm1',
      Array.from({ length: 998 }, () => 'x'),
    ),
    true,
  );
  await on.check();
  await heard.until(1000);
  expect(heard.heard).toEqual(upTo(1000));
});

it('hears everything after its subscription was cut', async () => {
  const { heard, hub: on } = await watch();
  await emit(answer('m1'));
  await heard.until(5);
  on['subscriber']!.disconnect(true);
  await emit(answer('m2'));
  await heard.until(10);
  expect(heard.heard).toEqual(upTo(10));
});

it('takes up an open run with its text, and drops it at its end', async () => {
  const [started, a, b, c, end] = answer('m1');
  await emit([{ type: 'run.queued', run_id: 'run-m1', message_id: 'm1', attempt: 0, at: 1 }]);
  await emit([started!, a!, b!]);
  const { feed, heard } = await watch();
  expect(feed).toMatchObject({ tip: 4, run: { text: 'ab', start_offset: 2, text_offset: 3 } });
  await emit([c!, end!]);
  await heard.until(6);
  expect(heard.heard).toEqual([5, 6]);
  expect(feed.run).toBe(undefined);
});

it('says so when the channel begins anew, and when its events are gone', async () => {
  const { hub: on, feed, heard } = await watch();
  await emit(answer('m1'));
  await heard.until(5);
  const [shard, chk] = [state.keys.shardOf(channelKey(ref)), channelKey(ref)];
  await state.client.del(shard.channel(chk), shard.log(chk));
  await on.check();
  expect(heard.heard).toEqual(upTo(5)); // an idle channel that merely expired
  await emit([...answer('m2'), ...answer('m3')]);
  await heard.until('epoch_changed');
  expect(feed).toMatchObject({ tip: 10, first: 1 });

  await emit(answer('m4'), true);
  await state.client.xtrim(shard.log(chk), 'MINID', '14-0');
  await on.check();
  await heard.until('cursor_too_old');
  expect(feed).toMatchObject({ tip: 15, first: 14 });
});

it('resets a channel that a restarted, empty Redis has lost', async () => {
  const { hub: on, feed, heard } = await watch();
  await emit(answer('m1'));
  await heard.until(5);
  const [shard, chk] = [state.keys.shardOf(channelKey(ref)), channelKey(ref)];
  await state.client.del(shard.channel(chk), shard.log(chk));
  state.generation++;
  await on.check();
  expect(heard.heard).toEqual([...upTo(5), 'epoch_changed']);
  expect(feed).toMatchObject({ epoch: 'new', tip: 0 });
  state.generation--;
});

it('resets a channel that vanished while a run was open', async () => {
  const { hub: on, heard } = await watch();
  await emit(answer('m1').slice(0, 2));
  await heard.until(2);
  const [shard, chk] = [state.keys.shardOf(channelKey(ref)), channelKey(ref)];
  await state.client.del(shard.channel(chk), shard.log(chk), shard.inbox(chk));
  await on.check();
  expect(heard.heard).toEqual([1, 2, 'epoch_changed']);
});

it('lets go of a feed that nobody listens to, after a while', async () => {
  const { hub: on, feed, heard } = await watch();
  on.release(feed, heard);
  await on.check();
  expect(on.feeds).toBe(1);
  await on.check();
  expect(on.feeds).toBe(0);
});
