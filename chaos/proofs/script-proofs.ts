// One guard each, on the real scripts: walks into the one situation in which no other guard would help.
import { LEASE_LOST, PROGRESS_DIFFERS } from '#runs';
import type { Proof } from './ground.js';

export const SCRIPT_PROOFS = {
  repeat: async (g) => {
    await g.admit('m1');
    g.expect('a repeat', (await g.admit('m1')).outcome, 'duplicate');
    g.expect('another body', (await g.admit('m1', 'other')).outcome, 'conflict');
    g.expect('the log', await g.log(), ['run.queued']);
  },

  'one-owner': async (g) => {
    await g.admit('m1');
    const [run] = await g.claim('w1');
    g.expect('a second claim', (await g.claim('w2')).length, 0);
    await g.admit('m2');
    g.expect('a claim after another message came', (await g.claim('w2')).length, 0);
    g.expect('the owner’s write', await g.append(run!, '0', '1.1', 'a'), 3);
  },

  clock: async (g) => {
    await g.admit('m1');
    await g.claim('w1');
    await g.state.client.zadd(g.shard.lease, String(Date.now() + 7_200_000), g.chk);
    g.expect('a claim after the clock went back', (await g.claim('w2')).length, 1);
  },

  // The progress fits, so that only the token is in the way.
  'late-append': async (g) => {
    const { late } = await g.takenOver();
    g.expect('a late write', await g.append(late, '0', '1.1', 'late'), LEASE_LOST);
    g.expect('the log', await g.log(), ['run.queued']);
  },

  // The token fits, so that only the progress is in the way.
  progress: async (g) => {
    await g.admit('m1');
    const [run] = await g.claim();
    await g.append(run!, '0', '1.1', 'a');
    g.expect('the same batch again', await g.append(run!, '0', '1.1', 'a'), 2);
    g.expect('a batch that follows on nothing', await g.append(run!, '0', '1.7', 'x'), PROGRESS_DIFFERS);
    g.expect('the log', await g.log(), ['run.queued', 'a']);
  },

  'late-finish': async (g) => {
    const { late, owner } = await g.takenOver();
    g.expect('a late end', (await g.finish(late)).outcome, 'fenced');
    g.expect('the end', (await g.finish(owner)).outcome, 'ok');
    g.expect('the same end again', (await g.finish(owner)).outcome, 'ok');
    g.expect('the log', await g.log(), ['run.queued', 'run.completed']);
  },

  'finish-head': async (g) => {
    await g.admit('m1');
    const second = await g.admit('m2');
    const [run] = await g.claim();
    g.expect(
      'an end for a run that waits',
      (await g.finish({ ...run!, run_id: second.run_id })).outcome,
      'fenced',
    );
    g.expect('the inbox', await g.state.client.llen(g.shard.inbox(g.chk)), 2);
  },

  cancel: async (g) => {
    const { run_id } = await g.admit('m1');
    const [run] = await g.claim();
    const [outcome] = await g.doors.cancel(g.chk, run_id, '{"type":"run.cancelled"}');
    g.expect('a cancel of a running run', outcome, 'requested');
    g.expect('a completion after it', (await g.finish(run!)).outcome, 'cancelled');
    g.expect('a cancellation after it', (await g.finish(run!, 'cancelled')).outcome, 'ok');
  },

  'late-release': async (g) => {
    const { late, owner } = await g.takenOver();
    g.expect('a late renewal', await g.leases.renew(g.shard, [late], 1_000), [0]);
    g.expect('a late release', await g.leases.release(late, 0, 0, 0), false);
    g.expect('the owner’s write', await g.append(owner, '0', '2.1', 'a'), 2);
  },

  tool: async (g) => {
    await g.admit('m1');
    const [run] = await g.claim();
    const started = '{"type":"tool.started"}';
    await g.attempts.startTool(run!, 'call', '{"by":1}', started);
    await g.attempts.endTool(run!, 'call', '{"done":1}', '{"type":"tool.finished"}');
    g.expect(
      'what stands of a finished call',
      await g.attempts.startTool(run!, 'call', '{"by":2}', started),
      '{"done":1}',
    );
  },

  round: async (g) => {
    await g.admit('m1');
    const [run] = await g.claim();
    await g.attempts.endRound(run!, 0, 0, ['[1]']);
    await g.attempts.endRound(run!, 0, 0, ['[1]']);
    g.expect('finished rounds', (await g.attempts.history(run!)).rounds, ['[1]']);
  },

  // Two addresses, neither of which came with the message itself.
  replies: async (g) => {
    const sent = (): Promise<number> => g.state.client.xlen(g.shard.outbox('amqp'));
    await g.admit('m1');
    const [run] = await g.claim();
    await g.admit('m1', 'hello', 'amqp {"to":"a"}');
    await g.admit('m1', 'hello', 'amqp {"to":"a"}');
    g.expect('replies while the run goes on', await sent(), 0);
    await g.finish(run!);
    g.expect('replies with the end', await sent(), 1);
    await g.admit('m1', 'hello', 'amqp {"to":"b"}');
    g.expect('replies with a repeat after it', await sent(), 2);
  },

  // Kafka names its deliveries, so that the broker's repeat can be told from the client's.
  redelivery: async (g) => {
    const sent = (): Promise<number> => g.state.client.xlen(g.shard.outbox('kafka'));
    const ask = (delivery: string) => g.admit('m1', 'hello', 'kafka {"to":"a"}', delivery);
    await ask('t:0:5@1');
    const [run] = await g.claim();
    await g.finish(run!);
    g.expect('answers with the end', await sent(), 1);
    await ask('t:0:5@1');
    g.expect('answers when the same record is delivered again', await sent(), 1);
    await ask('t:0:6@2');
    g.expect('answers when it is asked again', await sent(), 2);
    const refuse = () =>
      g.doors.refuse(g.chk, 't:0:7@3', 'kafka {"to":"a"}', '{"code":"invalid_request","details":[]}');
    await refuse();
    await refuse();
    g.expect('answers after one refusal, delivered twice', await sent(), 3);
  },

  generation: async (g) => {
    const before = g.state.generation;
    await g.service.kill9();
    await g.service.restart();
    await g.state.run({ name: 'ping', lua: 'return 1', sha: '0'.repeat(40) }, [], []);
    g.expect('the generation after a restart', g.state.generation, before + 1);
  },
} as const satisfies Record<string, Proof>;
