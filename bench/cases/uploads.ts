// What large files cost the gateway in memory: its resident set while one file, and then eight at once, go from the form to the disk and to the provider.
// A file that were held anywhere on that way would show as a whole.
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { rssKiB } from '../measure/processes.js';
import { Rig, type Program } from '../rig/rig.js';
import type { Case } from './case.js';

const MIB = 1_024 * 1_024;
const AT_ONCE = 8;
const SAMPLE_MS = 20;
const SETTLE_MS = 1_000;
/** Growth of the resident set that is allowed, whatever the size of the files. */
const MOST_KIB = { one: 64 * 1_024, eight: 128 * 1_024 };
const CHUNK = Buffer.from('All of this is text, and none of it is kept in memory.\n'.repeat(1_200));

export const uploads: Case = {
  name: 'uploads',
  async run({ note, ...settings }) {
    const bytes = (settings.quick ? 100 : 500) * MIB;
    const directory = mkdtempSync(join(tmpdir(), 'parley-bench-uploads-'));
    const rig = await Rig.open(settings, 'everysec');
    try {
      const gateway = await rig.spawn('apps/gateway/src/main.js', {
        ready: '/health/ready',
        collectable: true,
        env: {
          NODE_ENV: 'development',
          LOG_LEVEL: 'warn',
          WS_OPEN: 'true',
          REDIS_URL: rig.redis.url,
          // The files' door needs no broker.
          RABBITMQ_URL: 'amqp://127.0.0.1:1',
          OPENAI_API_KEY: 'bench',
          OPENAI_BASE_URL: `${rig.emulator.url}/v1`,
          STORAGE_DIR: directory,
          UPLOAD_MAX_BYTES: String(512 * MIB),
        },
      });
      // What any upload brings: code that is compiled, buffers that stay for the next one.
      for (let i = 0; i < 4; i++) await upload(gateway.url, 4 * MIB);
      const one = await growth(gateway, 1, bytes);
      note(`one file: ${describe(one)}`);
      const eight = await growth(gateway, AT_ONCE, bytes);
      note(`${AT_ONCE} at once: ${describe(eight)}`);
      const size = `${bytes / MIB} MiB`;
      return [
        {
          id: 'uploads.one',
          what: `growth of the gateway's resident set by a file of ${size}`,
          unit: 'KiB',
          value: one.kib,
          target: { most: MOST_KIB.one },
        },
        {
          id: 'uploads.eight',
          what: `the same by ${AT_ONCE} such files at once`,
          unit: 'KiB',
          value: eight.kib,
          target: { most: MOST_KIB.eight },
        },
        { id: 'uploads.rate', what: 'from form to provider, one file', unit: 'MiB/s', value: one.rate },
      ];
    } finally {
      await rig.close();
      rmSync(directory, { recursive: true, force: true });
    }
  },
};

interface Growth {
  /** The most that the resident set stood above what it was before. */
  kib: number;
  /** MiB a second, all together. */
  rate: number;
}

const describe = ({ kib, rate }: Growth): string =>
  `${(kib / 1_024).toFixed(1)} MiB more at its most, ${rate.toFixed(0)} MiB/s`;

async function growth(gateway: Program, count: number, bytes: number): Promise<Growth> {
  gateway.collect();
  await delay(SETTLE_MS);
  const before = rssKiB(gateway.pid);
  let most = before;
  const sampling = setInterval(() => (most = Math.max(most, rssKiB(gateway.pid))), SAMPLE_MS);
  const begun = performance.now();
  let ids: string[];
  try {
    ids = await Promise.all(Array.from({ length: count }, () => upload(gateway.url, bytes)));
  } finally {
    clearInterval(sampling);
  }
  const seconds = (performance.now() - begun) / 1_000;
  for (const id of ids) await fetch(`${gateway.url}/files/${id}`, { method: 'DELETE' });
  return { kib: most - before, rate: (count * bytes) / MIB / seconds };
}

/** @returns the file's id */
async function upload(url: string, bytes: number): Promise<string> {
  const head = '--b\r\ncontent-disposition: form-data; name="file"; filename="large.txt"\r\n\r\n';
  const tail = '\r\n--b--\r\n';
  const sending = request(`${url}/files`, {
    method: 'POST',
    headers: {
      'content-type': 'multipart/form-data; boundary=b',
      'content-length': head.length + bytes + tail.length,
    },
  });
  const answered = once(sending, 'response') as Promise<[AsyncIterable<Buffer> & { statusCode: number }]>;
  sending.write(head);
  for (let left = bytes; left > 0; left -= CHUNK.length)
    if (!sending.write(CHUNK.subarray(0, left))) await Promise.race([once(sending, 'drain'), answered]);
  sending.end(tail);
  const [answer] = await answered;
  const parts: Buffer[] = [];
  for await (const part of answer) parts.push(part);
  const text = Buffer.concat(parts).toString();
  if (answer.statusCode !== 201)
    throw new Error(`unable to measure; an upload got ${answer.statusCode} ${text}`);
  return (JSON.parse(text) as { items: { file: { id: string } }[] }).items[0]!.file.id;
}
