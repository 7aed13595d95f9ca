// Two hundred vCons, twenty at a time, at a provider that fails one request in ten; then all of them are deleted there. Nothing may be left
// anywhere that no record names, and every receipt must hold. VCON_SEED repeats a run; the seed is printed.
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { isGenuine } from '#auth';
import { AppProcess } from '../support/app-process.js';
import { FaultyUpstream } from '../support/faulty-upstream.js';
import { startSystem, type ParleySystem, type Rest } from '../support/system.js';
import { uuidOf, vconOf } from '../support/vcon-fixture.js';

const SEED = Number(process.env['VCON_SEED'] ?? Date.now() % 1_000_000);
const COUNT = 200;
const AT_A_TIME = 20;
const AUDIT_KEY = 'k'.repeat(40);

let parley: ParleySystem;
let gateway: AppProcess;
let upstream: FaultyUpstream;
let directory: string;
let store: string;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'parley-vcon-faults-'));
  parley = await startSystem({ streams: [], gateway: false });
  upstream = await FaultyUpstream.start(parley.emulator.url, SEED);
  const made = await fetch(`${parley.emulator.url}/v1/vector_stores`, {
    method: 'POST',
    headers: { authorization: 'Bearer sk-e2e', 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'calls' }),
  });
  store = ((await made.json()) as { id: string }).id;
  gateway = await AppProcess.start({
    app: 'gateway',
    env: {
      ...parley.env,
      OPENAI_BASE_URL: `${upstream.url}/v1`,
      OPENAI_VECTOR_STORE_ID: store,
      // Few enough that some saves fail for good.
      MAX_RETRIES: '1',
      AUDIT_KEY,
      STORAGE_DIR: directory,
    },
    readyPath: '/health/ready',
  });
}, 90_000);
afterAll(async () => {
  await gateway?.stop();
  await upstream?.stop();
  await parley?.stop();
  rmSync(directory, { recursive: true, force: true });
}, 30_000);

async function ask(method: string, path: string, body?: string): Promise<Rest> {
  const response = await fetch(gateway.url + path, {
    method,
    ...(body !== undefined && { body, headers: { 'content-type': 'application/vcon+json' } }),
  });
  return {
    status: response.status,
    body: (await response.json()) as Rest['body'],
    headers: response.headers,
  };
}

/** Keeps `AT_A_TIME` of them going. */
async function all<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let i = next++; i < items.length; i = next++) results[i] = await work(items[i]!);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, lane));
  return results;
}

async function until<T>(look: () => Promise<T | undefined>, what: string, ms = 60_000): Promise<T> {
  for (const end = Date.now() + ms; Date.now() < end;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${what} takes too long`);
}

const cleanedUp = (): Promise<true> =>
  until(async () => {
    const { body } = await ask('GET', '/vcons/removals');
    return (body['items'] as object[]).length === 0 ? true : undefined;
  }, 'the clean-up');
const remote = async () => {
  const { files, vector_stores } = (await parley.control('GET', 'objects')) as {
    files: { id: string }[];
    vector_stores: { file_counts: { total: number } }[];
  };
  return { files: files.map(({ id }) => id).sort(), attached: vector_stores[0]!.file_counts.total };
};
const onDisk = (): string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) =>
    statSync(join(directory, name)).isFile(),
  );

test(`seed ${SEED}: ${COUNT} are saved and deleted at a provider that fails`, async () => {
  const vcons = Array.from({ length: COUNT }, (_, i) =>
    vconOf(uuidOf(`${SEED}-${i}`), `Call ${i}`, [
      `Hello, this is call ${i}.`,
      `We talk about item ${i * 7}.`,
    ]),
  );
  upstream.rate = 0.1;
  const saves = await all(vcons, ({ uuid, text }) => ask('PUT', `/vcons/${uuid}`, text));
  const records = await all(vcons, async ({ uuid }) =>
    until(async () => {
      const { body } = await ask('GET', `/vcons/${uuid}/status`);
      return /^(?:ready|index_failed|failed)$/.test(String(body['state'])) ? body : undefined;
    }, `the state of ${uuid}`),
  );
  await cleanedUp();
  const ready = records.filter(({ state }) => state === 'ready');
  const failed = records.filter(({ state }) => state !== 'ready');
  process.stdout.write(
    `\nseed ${SEED}: ${upstream.requests} requests, struck ${JSON.stringify(Object.fromEntries(upstream.struck))}; ${ready.length} ready, ${failed.length} failed (${[...new Set(failed.map(({ fault }) => (fault as { code: string }).code))].join(', ')})\n`,
  );
  expect(ready.length + failed.length).toBe(COUNT);
  for (const { fault } of failed) expect(fault).toMatchObject({ code: expect.stringMatching(/^[a-z_]+$/) });
  for (const [i, { status }] of saves.entries()) {
    const saved = records[i]!['state'] !== 'failed';
    expect([records[i]!['state'], status < 300]).toEqual([records[i]!['state'], saved]);
  }
  const live = records.flatMap(({ file_id }) => (file_id === undefined ? [] : [String(file_id)])).sort();
  expect(await remote()).toEqual({ files: live, attached: live.length });
  expect(onDisk().filter((name) => !name.startsWith('objects/'))).toEqual([]);
  expect(onDisk()).toHaveLength(live.length);
  for (const [i, { uuid, text }] of vcons.entries())
    if (records[i]!['state'] === 'ready')
      expect(await (await fetch(`${gateway.url}/vcons/${uuid}`)).text()).toBe(text);

  const deleted = await all(vcons, ({ uuid }) => ask('DELETE', `/vcons/${uuid}`));
  const removals = await all(deleted, ({ body }) =>
    until(async () => {
      const removal = (await ask('GET', `/vcons/removals/${String(body['id'])}`)).body;
      return removal['complete'] === true ? removal : undefined;
    }, 'a removal'),
  );
  for (const { receipt } of removals) expect(isGenuine(AUDIT_KEY, receipt as never)).toBe(true);
  await cleanedUp();
  const later = deleted.filter(({ status }) => status === 202).length;
  process.stdout.write(`seed ${SEED}: ${COUNT} deleted, ${later} of them later\n`);
  expect(deleted.every(({ status }) => status === 200 || status === 202)).toBe(true);
  expect(await remote()).toEqual({ files: [], attached: 0 });
  expect(onDisk()).toEqual([]);
  expect((await ask('GET', '/vcons?limit=100')).body).toEqual({ items: [] });
  upstream.rate = 0;
}, 240_000);
