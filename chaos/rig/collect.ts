// Waits until everything is at rest and then reads every store: the truth that the checker holds against what the
// actors saw.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { channelKey, type RunEvent } from '#contracts';
import { Keys, type ShardKeys } from '#redis';
import type {
  ChannelLog,
  ExpectedMessage,
  FailedEntry,
  Handover,
  History,
  Reply,
} from '../history/history.js';
import { readOperations } from '../history/recorder.js';
import type { Traffic } from '../load/traffic.js';
import { CANARY_KEY, CANARY_WEATHER_KEY, CANARY_WORD } from './canaries.js';
import type { Rig } from './rig.js';

const QUIET_MS = 60_000;
const QUIET_FOR_MS = 1_000;
const SETTLE_MS = 12_000;

const shardOf = (rig: Rig): ShardKeys => new Keys(rig.prefix, 1).all()[0]!;

/**
 * Resolves when nothing has been open for a second, or after a minute; the checker will see what is left. A second,
 * because a delivery in the hands of an ingress is in no count, and its reply is still to come.
 */
export async function untilQuiet(rig: Rig, traffic: Traffic): Promise<void> {
  await untilAtRest(rig, () => traffic.producer.count(rig.names.queue).catch(() => 1));
  await untilSeen(rig, traffic);
}

/**
 * Without subscribers.
 * @param queued messages that a broker still holds
 * @returns whether it came to rest
 */
export async function untilAtRest(
  rig: Rig,
  queued: () => Promise<number> = () => Promise.resolve(0),
  ms = QUIET_MS,
): Promise<boolean> {
  const deadline = Date.now() + ms;
  const shard = shardOf(rig);
  let quietSince = Number.POSITIVE_INFINITY;
  while (Date.now() < deadline) {
    const [open, replies, answers, waiting, settled] = await Promise.all([
      rig.state.hget(shard.counters, 'open'),
      rig.state.xlen(shard.outbox('amqp')),
      rig.state.xlen(shard.outbox('kafka')),
      queued(),
      rig.kafka?.settled() ?? true,
    ]);
    const quiet = Number(open ?? 0) === 0 && replies + answers + waiting === 0 && settled;
    quietSince = quiet ? Math.min(quietSince, Date.now()) : Number.POSITIVE_INFINITY;
    if (Date.now() - quietSince >= QUIET_FOR_MS) return true;
    await delay(100);
  }
  return false;
}

/** Lost hints are made up for within five seconds; a subscriber that is behind after that stays behind. */
async function untilSeen(rig: Rig, traffic: Traffic): Promise<void> {
  const deadline = Date.now() + SETTLE_MS;
  const shard = shardOf(rig);
  while (Date.now() < deadline) {
    let behind = 0;
    for (const subscriber of traffic.subscribers) {
      for (const channel of subscriber.channels) {
        const tip = await rig.state.hget(shard.channel(channelKey({ tenant: 'default', channel })), 'off');
        const seen = subscriber.cursor(channel)?.split(':').at(-1);
        if (tip !== null && seen !== tip) behind++;
      }
    }
    if (behind === 0) return;
    await delay(200);
  }
}

/** What the checker needs to know besides the stores. */
export interface Sent {
  channels: readonly string[];
  messages: readonly ExpectedMessage[];
  replies: readonly Reply[];
  failed: readonly FailedEntry[];
}

export async function collect(rig: Rig, { channels, messages, replies, failed }: Sent): Promise<History> {
  const all = new Set([...channels, ...messages.map(({ channel }) => channel)]);
  const [logs, upstream, weather, kafka] = await Promise.all([
    Promise.all([...all].map((channel) => readLog(rig, channel))),
    rig.emulator.calls(),
    rig.emulator.weather(),
    rig.kafka?.history(),
  ]);
  return {
    seed: rig.options.seed,
    lease_ms: rig.options.leaseMs,
    messages,
    operations: readOperations(join(rig.options.dir, 'history')),
    logs: logs.filter((log) => log !== undefined),
    replies,
    failed,
    upstream,
    weather,
    handovers: [...rig.workers, ...rig.gptWorkers].flatMap(({ log }) => readHandovers(log)),
    ...(kafka && { kafka }),
    workers: rig.workers.length + rig.gptWorkers.length,
    leaks: await findLeaks(rig),
    ended_at: Date.now(),
  };
}

async function readLog(rig: Rig, channel: string): Promise<ChannelLog | undefined> {
  const shard = shardOf(rig);
  const chk = channelKey({ tenant: 'default', channel });
  const [[e0, off], rows, waiting, generation] = await Promise.all([
    rig.state.hmget(shard.channel(chk), 'e0', 'off'),
    rig.state.xrange(shard.log(chk), '-', '+'),
    rig.state.llen(shard.inbox(chk)),
    rig.state.get(new Keys(rig.prefix, 1).generation),
  ]);
  if (!e0) return undefined;
  const events = rows.map(([id, fields]) => ({
    offset: Number.parseInt(id, 10),
    event: JSON.parse(fields[1]!) as RunEvent,
  }));
  return { channel, epoch: `${e0}.${generation}`, tip: Number(off), events, waiting };
}

function readHandovers(file: string): Handover[] {
  return logLines(file)
    .filter(({ msg, reason }) => msg === 'run released' && reason === 'handover')
    .map(({ run_id, attempt, time }) => ({
      run_id: String(run_id),
      attempt: Number(attempt),
      at: typeof time === 'number' ? time : Date.parse(String(time)),
    }));
}

function logLines(file: string): Record<string, unknown>[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as Record<string, unknown>];
      } catch {
        // What a dying process did not write to the end.
        return [];
      }
    });
}

async function findLeaks(rig: Rig): Promise<string[]> {
  const found: string[] = [];
  const look = (where: string, text: string): void => {
    for (const word of [CANARY_KEY, CANARY_WORD, CANARY_WEATHER_KEY])
      if (text.includes(word)) found.push(`${where} holds ${word}`);
  };
  for (const name of readdirSync(rig.options.dir))
    if (name.endsWith('.log') && !name.startsWith('emulator'))
      look(name, readFileSync(join(rig.options.dir, name), 'utf8'));
  for (const app of rig.apps) look(`${app.name}/metrics`, await (await fetch(`${app.url}/metrics`)).text());
  return found;
}
