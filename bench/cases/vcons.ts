// What keeping vCons costs: from the request to searchable beside the same calls of the provider by themselves, and a search beside the provider's
// own. Redis has every record on disk before an answer.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { awaitQuiet } from '../measure/machine.js';
import { median, quantile, sortedOf } from '../measure/percentiles.js';
import { Rig } from '../rig/rig.js';
import type { Case } from './case.js';

const AT_A_TIME = 16;
const LOOK_MS = 10;
const WORDS = 'kettle piano ferry roof library telescope bakery dentist lantern violin harbour orchard'.split(
  ' ',
);
const JSON_TYPE = { 'content-type': 'application/json', authorization: 'Bearer bench' };

export const vcons: Case = {
  name: 'vcons',
  async run(settings) {
    const rig = await Rig.open(settings, 'always');
    const directory = mkdtempSync(join(tmpdir(), 'parley-bench-vcons-'));
    const [count, searches] = settings.quick ? [100, 200] : [500, 1_000];
    const rates = { ours: [] as number[], bare: [] as number[] };
    const waits = { ours: [] as number[], bare: [] as number[] };
    try {
      const gateway = await rig.spawn('apps/gateway/src/main.js', {
        ready: '/health/ready',
        env: {
          NODE_ENV: 'development',
          LOG_LEVEL: 'warn',
          WS_OPEN: 'true',
          REDIS_URL: rig.redis.url,
          // The vCon doors need no broker.
          RABBITMQ_URL: 'amqp://127.0.0.1:1',
          OPENAI_API_KEY: 'bench',
          OPENAI_BASE_URL: `${rig.emulator.url}/v1`,
          STORAGE_DIR: directory,
        },
      });
      for (let round = 0; round < settings.rounds; round++) {
        const [ours, bare] = [await newStore(rig.emulator.url), await newStore(rig.emulator.url)];
        await awaitQuiet(settings);
        rates.bare.push(
          await rate(count, (text) => index(rig.emulator.url, bare, text), bare, rig.emulator.url),
        );
        rates.ours.push(
          await rate(
            count,
            (text) => post(`${gateway.url}/vcons?vector_store_id=${ours}`, text),
            ours,
            rig.emulator.url,
          ),
        );
        await awaitQuiet(settings);
        waits.bare.push(
          await wait(searches, (query) =>
            post(`${rig.emulator.url}/v1/vector_stores/${ours}/search`, { query, max_num_results: 10 }),
          ),
        );
        waits.ours.push(
          await wait(searches, (query) =>
            post(`${gateway.url}/vcons/search`, { query, vector_store_id: ours }),
          ),
        );
        settings.note(
          `${rates.ours.at(-1)!.toFixed(0)} vCons/s (bare ${rates.bare.at(-1)!.toFixed(0)}), search ${waits.ours.at(-1)!.toFixed(2)} ms (bare ${waits.bare.at(-1)!.toFixed(2)})`,
        );
      }
    } finally {
      await rig.close();
      rmSync(directory, { recursive: true, force: true });
    }
    return [
      {
        id: 'vcons.index',
        what: 'vCons saved and searchable, 16 at a time (floor: upload and attach alone)',
        unit: '/s',
        value: Math.max(...rates.ours),
        median: median(rates.ours),
        floor: Math.max(...rates.bare),
      },
      {
        id: 'vcons.search',
        what: "a search, p50 (floor: the provider's own)",
        unit: 'ms',
        value: Math.min(...waits.ours),
        median: median(waits.ours),
        floor: Math.min(...waits.bare),
      },
    ];
  },
};

function textOf(i: number): string {
  const word = (n: number): string => WORDS[(i * 7 + n) % WORDS.length]!;
  const dialog = Array.from({ length: 12 }, (_, n) => ({
    type: 'text',
    start: '2026-03-01T10:00:00Z',
    parties: [n % 2],
    originator: n % 2,
    mediatype: 'text/plain',
    encoding: 'none',
    body: `In call ${i} we say of the ${word(n)} that part ${n} of it is with the ${word(n + 1)}.`,
  }));
  const parties = [{ tel: '+15550100' }, { mailto: 'agent@example.com' }];
  return JSON.stringify({
    vcon: '0.3.0',
    uuid: randomUUID(),
    created_at: '2026-03-01T10:00:00Z',
    parties,
    dialog,
  });
}

/** @returns how many a second are in the index, from the first request to the last of them */
async function rate(
  count: number,
  save: (text: string) => Promise<unknown>,
  store: string,
  url: string,
): Promise<number> {
  const texts = Array.from({ length: count }, (_, i) => textOf(i));
  const begun = performance.now();
  const lane = async (): Promise<void> => {
    for (let text = texts.pop(); text !== undefined; text = texts.pop()) await save(text);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, lane));
  while ((await indexed(url, store)) < count) await delay(LOOK_MS);
  return count / ((performance.now() - begun) / 1_000);
}

/** Median ms, one after the other. */
async function wait(times: number, ask: (query: string) => Promise<unknown>): Promise<number> {
  const taken: number[] = [];
  for (let i = 0; i < times; i++) {
    const begun = performance.now();
    await ask(`What is with the ${WORDS[i % WORDS.length]} of call ${i}?`);
    taken.push(performance.now() - begun);
  }
  return quantile(sortedOf(taken), 0.5);
}

async function index(url: string, store: string, text: string): Promise<void> {
  const form = new FormData();
  form.append('purpose', 'assistants');
  form.append('file', new Blob([text], { type: 'application/json' }), 'bench.vcon.json');
  const headers = { authorization: 'Bearer bench' };
  const uploaded = await fetch(`${url}/v1/files`, { method: 'POST', headers, body: form });
  const { id } = (await uploaded.json()) as { id: string };
  await post(`${url}/v1/vector_stores/${store}/files`, { file_id: id });
  await (await fetch(`${url}/v1/vector_stores/${store}/files/${id}`, { headers })).arrayBuffer();
}

async function newStore(url: string): Promise<string> {
  return String((await post(`${url}/v1/vector_stores`, { name: 'bench' }))['id']);
}

async function indexed(url: string, store: string): Promise<number> {
  const answer = await fetch(`${url}/v1/vector_stores/${store}`, { headers: JSON_TYPE });
  return ((await answer.json()) as { file_counts: { completed: number } }).file_counts.completed;
}

/** @throws Error for an answer that is none, so that a load which failed is no figure */
async function post(url: string, body: unknown): Promise<Record<string, unknown>> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const answer = await fetch(url, {
    method: 'POST',
    headers: url.includes('/v1/') ? JSON_TYPE : { 'content-type': 'application/json' },
    body: text,
  });
  if (!answer.ok)
    throw new Error(`unable to measure; ${answer.status} ${(await answer.text()).slice(0, 200)}`);
  return (await answer.json()) as Record<string, unknown>;
}
