// Writes events to a channel's log as the scripts of the runs do, without any run behind them: for tests of
// delivery. Knows the log's shape through #event-log only.
import { randomBytes } from 'node:crypto';
import { channelKey, isRunEnded, type ChannelRef, type RunEvent } from '#contracts';
import { EMIT_LUA } from '#event-log';
import { defineScript, StateRedis } from '#redis';
import { loadConfig, RedisConfig } from '#config';
import { sharedRedisUrl } from './services.js';

const EMIT = defineScript(
  'test-emit',
  EMIT_LUA,
  `
local base, chk, gen, e0, loud = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
redis.call('HSETNX', KEYS[1], 'e0', e0)
local hints, off = {}, 0
for i = 6, #ARGV do
  local hint
  hint, off = emit(base, chk, gen, ARGV[i])
  hints[#hints + 1] = hint
end
if loud == '1' then publish(base, hints) end
return off
`,
);

/** A state connection on the shared Redis under a prefix of its own. */
export async function openTestState(prefix = `t${randomBytes(6).toString('hex')}:`, url = sharedRedisUrl()) {
  const state = new StateRedis(loadConfig(RedisConfig, { REDIS_URL: url, REDIS_PREFIX: prefix }));
  await state.ready(5_000);
  return state;
}

export interface EmitOptions {
  /** Without the live hints, as when pub/sub lost them. */
  silent?: boolean;
}

/** Appends events in one step; a started run becomes the channel's head, an ended one leaves. @returns the last offset */
export async function emitEvents(
  state: StateRedis,
  ref: ChannelRef,
  events: readonly RunEvent[],
  { silent = false }: EmitOptions = {},
): Promise<number> {
  const chk = channelKey(ref);
  const shard = state.keys.shardOf(chk);
  const emit = async (batch: readonly RunEvent[]): Promise<number> =>
    state.run<number>(
      EMIT,
      [shard.channel(chk)],
      [
        shard.base,
        chk,
        state.generation,
        randomBytes(6).toString('hex'),
        silent ? '0' : '1',
        ...batch.map((event) => JSON.stringify(event)),
      ],
    );
  const started = events.find((event) => event.type === 'run.started');
  if (started) {
    // The head is named before its start is in the log, as in CLAIM; its start is known right after.
    const before = Number((await state.client.hget(shard.channel(chk), 'off')) ?? 0);
    const start = before + events.indexOf(started) + 1;
    await state.client.lpush(shard.inbox(chk), started.run_id);
    await state.client.hset(shard.run(started.run_id), { state: 'running', start_off: start });
  }
  const offset = await emit(events);
  for (const event of events)
    if (isRunEnded(event)) await state.client.lrem(shard.inbox(chk), 0, event.run_id);
  return offset;
}

/** The events of one answer: started, a delta per piece, completed. */
export function answerEvents(
  messageId: string,
  pieces: readonly string[],
  runId = `run-${messageId}`,
): RunEvent[] {
  const run = { run_id: runId, message_id: messageId, attempt: 1 };
  const thread_id = 'thread_test';
  return [
    { type: 'run.started', ...run, at: Date.now(), thread_id, assistant_id: 'asst_test' },
    ...pieces.map((delta): RunEvent => ({ type: 'output_text.delta', ...run, delta })),
    { type: 'run.completed', ...run, at: Date.now(), thread_id, text: pieces.join('') },
  ];
}

/** Deletes what a test left behind under its prefix. */
export async function dropTestState(state: StateRedis): Promise<void> {
  const { prefix } = state.keys;
  for await (const keys of state.client.scanStream({ match: `${prefix}*`, count: 1_000 }))
    if ((keys as string[]).length > 0) await state.client.unlink(...(keys as string[]));
  await state.close();
}
