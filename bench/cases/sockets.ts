// What an idle WebSocket costs one delivery process, merely connected and subscribed to a channel of its own, beside a bare
// server.
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { rssKiB } from '../measure/processes.js';
import { Rig, type Program } from '../rig/rig.js';
import type { Figure } from '../report.js';
import type { Case } from './case.js';

const SOCKETS = 10_000;
/** Connected before: they use up what a fresh process has left over in its heap, and would make the others look free. */
const EARLIER = 3_000;
const MOST_KIB = 15;
/** Handshakes under way at a time. */
const AT_ONCE = 100;
const SETTLE_MS = 1_500;

export const sockets: Case = {
  name: 'sockets',
  async run(settings) {
    const rig = await Rig.open(settings);
    try {
      const bare = await rig.spawn('bench/floors/idle-door.js', { ready: '/', collectable: true });
      const floor = await measure(bare, undefined);
      // A process of its own for each: what the first sockets leave behind would be there for the next.
      const idle = await measure(await rig.app('delivery', { REDIS_PREFIX: 'idle:' }, true), undefined);
      const subscribed = await measure(await rig.app('delivery', { REDIS_PREFIX: 'busy:' }, true), 'busy');
      settings.note(`bare ${show(floor)}\nidle ${show(idle)}\nsubscribed ${show(subscribed)}`);
      const figure = (id: string, what: string, { kib }: Cost): Figure => ({
        id: `sockets.${id}`,
        what: `${SOCKETS} sockets on one process, ${what}`,
        unit: 'KiB each',
        value: kib,
        floor: floor.kib,
      });
      return [
        { ...figure('idle', 'idle', idle), target: { most: MOST_KIB } },
        figure('subscribed', 'each subscribed to a channel of its own', subscribed),
        {
          id: 'sockets.connect',
          what: `time to connect ${SOCKETS} sockets, ${AT_ONCE} at a time`,
          unit: 's',
          value: idle.seconds,
          floor: floor.seconds,
        },
      ];
    } finally {
      await rig.close();
    }
  },
};

interface Cost {
  kib: number;
  /** To connect all, and to subscribe them where that is asked. */
  seconds: number;
}

/** @param name subscribes every socket to a channel of that name and its number */
async function measure(program: Program, name: string | undefined): Promise<Cost> {
  const earlier = await connectMany(program, EARLIER, name && `${name}-earlier`);
  const before = await settledRss(program);
  const started = performance.now();
  const all = await connectMany(program, SOCKETS, name);
  const seconds = (performance.now() - started) / 1_000;
  const kib = ((await settledRss(program)) - before) / SOCKETS;
  for (const socket of [...earlier, ...all]) socket.terminate();
  await program.stop();
  return { kib, seconds };
}

async function connectMany(program: Program, count: number, name: string | undefined): Promise<WebSocket[]> {
  const all: WebSocket[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      const channel = name === undefined ? undefined : `${name}-${next}`;
      next++;
      all.push(await connectOne(`ws://127.0.0.1:${program.port}/ws`, channel));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return all;
}

function connectOne(url: string, channel: string | undefined): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    socket.once('error', reject);
    socket.once('open', () => {
      if (channel === undefined) return resolve(socket);
      socket.once('message', () => resolve(socket));
      socket.send(JSON.stringify({ action: 'subscribe', channel, format: 'delta' }));
    });
  });
}

/** After two collections, the second of which frees what the first has only finalised. */
async function settledRss(program: Program): Promise<number> {
  for (let i = 0; i < 2; i++) {
    program.collect();
    await delay(SETTLE_MS);
  }
  return rssKiB(program.pid);
}

const show = ({ kib, seconds }: Cost): string => `${kib.toFixed(1)} KiB each, ${seconds.toFixed(1)} s`;
