// Everything that can stream an answer to a subscriber, startable under one interface: Parley in two layouts, and floors.
import type { Program, Rig } from './rig.js';

export interface Target {
  name: string;
  url: string;
  /** Processes whose CPU the path costs: provider, clients and, for the one-process floor, Redis stay out. */
  pids: Record<string, number>;
}

export type TargetName = 'one-process' | 'relay' | 'relay-each' | 'parley-split' | 'parley-one';

export const TARGET_TEXT: Record<TargetName, string> = {
  'one-process': 'floor: one process, no Redis',
  relay: 'floor: bare relay, batched by acknowledgement',
  'relay-each': 'floor: bare relay, XADD + PUBLISH per delta',
  'parley-split': 'Parley, worker and delivery apart',
  'parley-one': 'Parley, worker and delivery in one process',
};

export async function startTarget(rig: Rig, name: TargetName): Promise<Target> {
  const redis = rig.redis.pid;
  const of = (door: Program, pids: Record<string, number>): Target => ({
    name,
    url: `ws://127.0.0.1:${door.port}/ws`,
    pids,
  });
  switch (name) {
    case 'one-process': {
      const env = { UPSTREAM: rig.emulator.url };
      const one = await rig.spawn('bench/floors/one-process.js', { ready: '/', env });
      return of(one, { relay: one.pid });
    }
    case 'relay':
    case 'relay-each': {
      const POLICY = name === 'relay' ? 'batch' : 'each';
      const env = { UPSTREAM: rig.emulator.url, REDIS_URL: rig.redis.url, PREFIX: `${name}:`, POLICY };
      const worker = await rig.spawn('bench/floors/relay-worker.js', { ready: '/', env });
      const delivery = await rig.spawn('bench/floors/relay-delivery.js', { ready: '/', env });
      return of(delivery, { worker: worker.pid, delivery: delivery.pid, redis });
    }
    case 'parley-split': {
      const env = { REDIS_PREFIX: 'split:' };
      const worker = await rig.app('worker', env);
      const delivery = await rig.app('delivery', env);
      return of(delivery, { worker: worker.pid, delivery: delivery.pid, redis });
    }
    case 'parley-one': {
      const one = await rig.app('worker,delivery', { REDIS_PREFIX: 'one:' });
      return of(one, { parley: one.pid, redis });
    }
    default:
      return name satisfies never;
  }
}
