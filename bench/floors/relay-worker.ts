// The relay's first half: provider to Redis, one stream per channel and PUBLISH, no fence, no guard, no state.
// POLICY=batch writes what has come when the last write was acknowledged, all runs in one pipeline with one PUBLISH, as
// Parley does; POLICY=each writes one XADD and one PUBLISH per delta, pipelined per turn of the event loop.
import { createServer } from 'node:http';
import { Redis } from 'ioredis';
import { FloorRun, readUpstream } from './upstream.js';

const redis = new Redis(process.env['REDIS_URL']!, { enableAutoPipelining: true });
const prefix = process.env['PREFIX']!;
const each = process.env['POLICY'] === 'each';
const offsets = new Map<string, number>();
const dirty = new Set<FloorRun>();
const now = { flushing: false, scheduled: false, turn: Promise.resolve() };

function next(channel: string): number {
  const offset = (offsets.get(channel) ?? 0) + 1;
  offsets.set(channel, offset);
  return offset;
}

function writeOne(channel: string, json: string): Promise<unknown> {
  const offset = next(channel);
  return Promise.all([
    redis.xadd(`${prefix}log:${channel}`, `${offset}-0`, 'e', json),
    redis.publish(`${prefix}live`, `${channel} ${offset} ${json}`),
  ]);
}

function want(run: FloorRun): void {
  dirty.add(run);
  if (now.scheduled || now.flushing) return;
  now.scheduled = true;
  now.turn = new Promise((resolve) =>
    setImmediate(() => {
      now.scheduled = false;
      resolve(flush());
    }),
  );
}

async function flush(): Promise<void> {
  now.flushing = true;
  const pipeline = redis.pipeline();
  const lines: string[] = [];
  for (const run of dirty) {
    const json = run.take();
    if (json === undefined) continue;
    const offset = next(run.channel);
    pipeline.xadd(`${prefix}log:${run.channel}`, `${offset}-0`, 'e', json);
    lines.push(`${run.channel} ${offset} ${json}`);
  }
  dirty.clear();
  if (lines.length > 0) await pipeline.publish(`${prefix}live`, lines.join('\n')).exec();
  now.flushing = false;
  if (dirty.size > 0) want(dirty.values().next().value!);
}

async function work(channel: string, message: string): Promise<void> {
  const run = new FloorRun(channel);
  await readUpstream(message, (text) => {
    run.add(text);
    if (each) void writeOne(channel, run.take()!);
    else want(run);
  });
  while (dirty.has(run) || now.flushing) await now.turn;
  await writeOne(channel, run.end());
  offsets.delete(channel);
}

const subscriber = redis.duplicate();
await subscriber.subscribe(`${prefix}go`);
subscriber.on('message', (_, text) => {
  const { channel, message } = JSON.parse(text) as { channel: string; message: string };
  void work(channel, message);
});
createServer((_, response) => response.end()).listen(Number(process.env['PORT']), process.env['HOST']);
