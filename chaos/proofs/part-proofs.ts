// One guard each, outside the scripts: the feed's look into the log, the outbox's wait for the confirm, the
// consumer's wait for a durable state. The parts are the product's own, what surrounds them is held still.
import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { RabbitConfig } from '#config';
import { ChannelFeed, EMIT_LUA, EventLog } from '#event-log';
import { oneByOne, type OutboxEntry } from '#runs';
import { Metrics } from '#telemetry';
// Not in the faces of their rooms, because only their own modules may use them.
import { MessageConsumer } from '../../apps/assistant-stream/src/ingress/message.consumer.js';
import { PartitionLane } from '../../libs/messaging/src/kafka/partition-lane.js';
import { OutboxLane } from '../../libs/runs/src/outbox/outbox-lane.js';
import type { Proof } from './ground.js';

export const PART_PROOFS = {
  'lost-hint': async (g) => {
    await g.admit('m1');
    const feed = new ChannelFeed(g.ref, new EventLog(g.state), { heals: 0, resets: 0 });
    const seen: number[] = [];
    feed.listeners.add({
      appended: ({ offset }) => void seen.push(offset),
      viewed: () => undefined,
      reset: () => undefined,
    });
    await feed.open();
    const emit = (client: Redis): Promise<unknown> =>
      client.eval(
        `${EMIT_LUA} return {emit(ARGV[1], ARGV[2], ARGV[3], ARGV[4])}`,
        0,
        g.shard.base,
        g.chk,
        String(g.state.generation),
        '{"type":"run.resumed"}',
      );
    // Two events, of which only the hint of the second arrives.
    await g.state.attempt(emit);
    await g.state.attempt(emit);
    feed.hint({ chk: g.chk, epoch: feed.epoch, offset: 3, json: '{"type":"run.resumed"}' });
    await feed.heal();
    g.expect('what a listener saw', seen, [2, 3]);
  },

  outbox: async (g) => {
    const outbox = g.shard.outbox('amqp');
    const end = { type: 'run.completed', run_id: 'r', message_id: 'm' };
    const entry = { channel: 'c', reply: { kind: 'amqp', to: 'q' }, end };
    await g.state.client.xadd(outbox, '1-0', 'e', JSON.stringify(entry));
    const sent: OutboxEntry[] = [];
    let up = false;
    const way = oneByOne(
      (one) => {
        if (!up) return Promise.reject(new Error('not confirmed'));
        sent.push(one);
        return Promise.resolve();
      },
      () => undefined,
    );
    const sender = { kind: 'amqp' as const, open: () => Promise.resolve(way) };
    const lane = new OutboxLane('owner', g.shard, sender, g.state, new Metrics());
    await lane.empty();
    g.expect('what waits while the broker does not confirm', await g.state.client.xlen(outbox), 1);
    up = true;
    await lane.empty();
    g.expect('what was sent then', sent.length, 1);
    g.expect('what waits after the confirm', await g.state.client.xlen(outbox), 0);
  },

  // A crash came between the transaction, which holds the cursor, and the removal of what it sent.
  'outbox-cursor': async (g) => {
    const outbox = g.shard.outbox('kafka');
    const end = { type: 'run.completed', run_id: 'r', message_id: 'm' };
    const entry = JSON.stringify({ channel: 'c', reply: { kind: 'kafka', topic: 't', key: 'k' }, end });
    for (const id of ['5-0', '6-0']) await g.state.client.xadd(outbox, id, 'e', entry);
    const sent: string[] = [];
    const way = {
      cursor: '5-0',
      send: (entries: readonly OutboxEntry[]) => {
        const ids = entries.map(({ id }) => id);
        sent.push(...ids);
        return Promise.resolve(ids);
      },
      close: () => Promise.resolve(),
    };
    const sender = { kind: 'kafka' as const, open: () => Promise.resolve(way) };
    await new OutboxLane('owner', g.shard, sender, g.state, new Metrics()).empty();
    g.expect('what was sent', sent, ['6-0']);
    g.expect('what waits', await g.state.client.xlen(outbox), 0);
  },

  partition: async (g) => {
    const commits: number[] = [];
    const lane = new PartitionLane((next) => Promise.resolve(void commits.push(Number(next))));
    const first = Promise.withResolvers<boolean>();
    const pushed = [lane.push(1n, () => first.promise), lane.push(2n, () => Promise.resolve(true))];
    await delay(20);
    g.expect('commits while the first is not durable', commits, []);
    first.resolve(true);
    await Promise.all(pushed);
    await lane.idle();
    g.expect('commits afterwards', commits, [3]);
  },

  unacknowledged: async (g) => {
    const held = Promise.withResolvers<undefined>();
    const parts = [new RabbitConfig(), { submit: () => held.promise }, undefined, undefined, new Metrics()];
    const consumer = new MessageConsumer(
      ...(parts as unknown as ConstructorParameters<typeof MessageConsumer>),
    );
    const body = Buffer.from('{"channel":"c","message_id":"m","message":"hello"}');
    const { signal } = new AbortController();
    const outcome = consumer.onMessage({ body, priority: 0, redelivered: false, source: 'x/k', signal });
    g.expect('while nothing is durable', await Promise.race([outcome, delay(50, 'undecided')]), 'undecided');
    held.resolve(undefined);
    g.expect('when it never became durable', await outcome, 'leave');
  },
} as const satisfies Record<string, Proof>;
