// A vCon's life over REST: saved, found by a question, replaced, given back byte by byte, and gone with a receipt that says what the provider
// answered.
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { isGenuine } from '#auth';
import { startSystem, type ParleySystem, type Rest } from '../support/system.js';
import { uuidOf, vconOf } from '../support/vcon-fixture.js';

const AUDIT_KEY = 'k'.repeat(40);
const TYPE = { 'content-type': 'application/vcon+json' };

let parley: ParleySystem;
let directory: string;
let store: string;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'parley-vcons-'));
  parley = await startSystem({
    streams: [],
    env: { AUDIT_KEY, STORAGE_DIR: directory, TMPDIR: directory },
  });
  store = String((await openai('POST', '/vector_stores', { name: 'calls' }))['id']);
}, 90_000);
afterAll(async () => {
  await parley?.stop();
  rmSync(directory, { recursive: true, force: true });
}, 30_000);

async function openai(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(`${parley.emulator.url}/v1${path}`, {
    method,
    headers: { authorization: 'Bearer sk-e2e', 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return (await response.json()) as Record<string, unknown>;
}
const files = async (): Promise<{ id: string; filename: string }[]> =>
  (await openai('GET', '/files'))['data'] as { id: string; filename: string }[];
/** Regular files below the storage directory. */
const onDisk = (): string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) =>
    statSync(join(directory, name)).isFile(),
  );
const save = (text: string | Buffer, query = '', headers: Record<string, string> = TYPE): Promise<Rest> =>
  parley.rest('POST', `/vcons${query}`, text as string, headers);
const settled = async (uuid: string): Promise<Record<string, unknown>> => {
  for (let tries = 0; tries < 400; tries++) {
    const { body } = await parley.rest('GET', `/vcons/${uuid}/status`);
    if (/^(?:ready|index_failed|failed)$/.test(String(body['state']))) return body;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('the vCon does not come to rest');
};

test('is saved, found, replaced and deleted with a receipt', async () => {
  const kettle = vconOf(uuidOf('kettle'), 'Warranty of a kettle', [
    'Hello, I bought a kettle from you.',
    'The warranty of the kettle lasts thirty-six months.',
  ]);
  const lamp = vconOf(uuidOf('lamp'), 'A broken lamp', ['My lamp flickers.', 'We send you a new bulb.']);
  for (const one of [kettle, lamp]) {
    const saved = await save(one.text, `?vector_store_id=${store}`);
    expect(saved.status).toBe(201);
    expect(saved.body).toMatchObject({
      uuid: one.uuid,
      outcome: 'saved',
      file_name: `${one.uuid}.vcon.json`,
    });
    expect(await settled(one.uuid)).toMatchObject({ state: 'ready', vector_store_id: store });
  }
  const found = await parley.rest('POST', '/vcons/search', {
    query: 'How long is the warranty of the kettle?',
    vector_store_id: store,
  });
  expect(found.status).toBe(200);
  expect((found.body['items'] as object[])[0]).toMatchObject({ uuid: kettle.uuid, dialog: 1 });

  const got = await fetch(`${parley.gateway!.url}/vcons/${kettle.uuid}`);
  expect(await got.text()).toBe(kettle.text);

  expect((await save(kettle.text, `?vector_store_id=${store}`)).body).toMatchObject({ outcome: 'unchanged' });
  const longer = vconOf(kettle.uuid, 'Warranty of a kettle', ['The warranty lasts five years now.']);
  const before = await files();
  expect((await save(longer.text, `?vector_store_id=${store}`)).status).toBe(201);
  await settled(kettle.uuid);
  const after = await files();
  expect(after).toHaveLength(before.length);
  expect(after.map(({ id }) => id)).not.toEqual(before.map(({ id }) => id));
  expect(await (await fetch(`${parley.gateway!.url}/vcons/${kettle.uuid}`)).text()).toBe(longer.text);

  for (const one of [kettle, lamp]) {
    const gone = await parley.rest('DELETE', `/vcons/${one.uuid}`);
    expect(gone).toMatchObject({ status: 200, body: { complete: true } });
    expect(gone.body['objects']).toMatchObject([
      { kind: 'record', outcome: 'deleted' },
      { kind: 'original', outcome: 'deleted' },
      { kind: 'vector_store_file', outcome: 'deleted', answer: '200' },
      { kind: 'file', outcome: 'deleted', answer: '200' },
    ]);
    const receipt = gone.body['receipt'] as never;
    expect(isGenuine(AUDIT_KEY, receipt)).toBe(true);
    expect((await parley.rest('GET', `/vcons/removals/${String(gone.body['id'])}`)).body['receipt']).toEqual(
      receipt,
    );
    expect((await parley.rest('DELETE', `/vcons/${one.uuid}`)).status).toBe(404);
    expect((await parley.rest('GET', `/vcons/${one.uuid}`)).status).toBe(404);
  }
  expect(await files()).toEqual([]);
  expect(onDisk()).toEqual([]);
});

test('comes from a conserver: by its Redis and by its webhook, packed or not', async () => {
  const kept = vconOf(uuidOf('kept'), 'Kept by a conserver', ['Hello.']);
  await parley.redis.set(`vcon:${kept.uuid}`, kept.text);
  expect((await parley.rest('POST', `/vcons/${kept.uuid}/save`)).status).toBe(201);
  expect(await (await fetch(`${parley.gateway!.url}/vcons/${kept.uuid}`)).text()).toBe(kept.text);
  await parley.redis.del(`vcon:${kept.uuid}`);
  expect((await parley.rest('POST', `/vcons/${uuidOf('nowhere')}/save`)).status).toBe(404);

  const packed = vconOf(uuidOf('packed'), 'Packed', ['Hello.']);
  expect((await save(gzipSync(packed.text), '', { 'content-type': 'application/vcon+gzip' })).status).toBe(
    201,
  );
  expect(await (await fetch(`${parley.gateway!.url}/vcons/${packed.uuid}`)).text()).toBe(packed.text);
});

test('ten saves at once end with one file', async () => {
  const uuid = uuidOf('race');
  const before = (await files()).length;
  const all = await Promise.all(
    Array.from({ length: 10 }, (_, i) => save(vconOf(uuid, `Version ${i}`, [`This is version ${i}.`]).text)),
  );
  expect(all.map(({ status }) => status)).toEqual(Array(10).fill(201));
  expect(await files()).toHaveLength(before + 1);
});

test('a wrong one costs no call', async () => {
  const calls = async (): Promise<number> => (await parley.journal('/v1/files')).length;
  const before = await calls();
  const good = vconOf(uuidOf('dry'), 'Dry', ['Hello.']);
  const tries: [string, number][] = [
    ['?purpose=nonsense', 400],
    ['?expires_after_seconds=60', 400],
    ['?api_key=sk-1', 400],
    ['?file_prefix=../', 400],
    ['?unknown=1', 400],
  ];
  for (const [query, status] of tries) expect((await save(good.text, query)).status).toBe(status);
  expect((await save('{"vcon":"0.3.0"}')).status).toBe(422);
  expect((await save('not json')).status).toBe(400);
  expect((await save('')).status).toBe(400);
  expect((await save(good.text, '', { 'content-type': 'text/plain' })).status).toBe(415);
  expect((await parley.rest('PUT', `/vcons/${uuidOf('other')}`, good.text, TYPE)).status).toBe(422);
  expect(
    (await parley.rest('PUT', `/vcons/${encodeURIComponent('../../etc/x')}`, good.text, TYPE)).status,
  ).toBe(400);
  const dry = await save(good.text, '?dry_run=true');
  expect(dry.body).toMatchObject({ outcome: 'dry_run', file_name: `${good.uuid}.vcon.json` });
  expect((await parley.rest('GET', `/vcons/${good.uuid}/status`)).status).toBe(404);
  expect(await calls()).toBe(before);
});
