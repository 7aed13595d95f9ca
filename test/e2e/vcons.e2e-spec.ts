// A vCon's life over REST: saved, found by a question, replaced, given back byte by byte, and gone with a receipt that says what the provider
// answered.
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { isGenuine } from '#auth';
import { AppProcess } from '../support/app-process.js';
import { ADMIN, startSystem, type ParleySystem, type Rest } from '../support/system.js';
import { uuidOf, vconOf } from '../support/vcon-fixture.js';

const AUDIT_KEY = 'k'.repeat(40);
const MOST = 4_000_000;
const ADMIN_LOGIN = {
  authorization: `Basic ${Buffer.from(`${ADMIN.user}:${ADMIN.password}`).toString('base64')}`,
};
const TYPE = { 'content-type': 'application/vcon+json' };

let parley: ParleySystem;
let directory: string;
let store: string;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'parley-vcons-'));
  parley = await startSystem({
    streams: [],
    env: { AUDIT_KEY, STORAGE_DIR: directory, TMPDIR: directory, VCON_MAX_BYTES: String(MOST) },
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
const cli = (...args: string[]) => parley.cli(args);
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

test('may be large, but not too large, packed or not', async () => {
  const before = (await files()).length;
  const sound = (bytes: number) =>
    vconOf(uuidOf('large'), 'Large', [], {
      dialog: [
        {
          type: 'recording',
          start: '2026-03-01T10:00:00Z',
          parties: [0, 1],
          mediatype: 'audio/x-wav',
          encoding: 'base64url',
          body: 'A'.repeat(bytes),
        },
      ],
    });
  const large = sound(3_000_000);
  const saved = await save(large.text, `?vector_store_id=${store}`);
  expect([saved.status, saved.body['bytes']]).toEqual([201, Buffer.byteLength(large.text)]);
  expect(Number(saved.body['file_bytes'])).toBeLessThan(2_000);
  expect(await (await fetch(`${parley.gateway!.url}/vcons/${large.uuid}`)).text()).toBe(large.text);
  await parley.rest('DELETE', `/vcons/${large.uuid}`);
  const { text } = sound(5_000_000);
  for (const [body, type] of [
    [text, 'application/vcon+json'],
    [gzipSync(text), 'application/vcon+gzip'],
  ] as const)
    expect((await save(body, '', { 'content-type': type })).status).toBe(413);
  expect(await files()).toHaveLength(before);
});

test('an unchanged webhook of a conserver gets in by its own header', async () => {
  const gateway = await AppProcess.start({
    app: 'gateway',
    env: { ...parley.env, WS_TOKEN: 'conserver-secret', WS_OPEN: 'false' },
    readyPath: '/health/ready',
  });
  try {
    const { text } = vconOf(uuidOf('webhook'), 'By webhook', ['Hello.']);
    const deliver = async (headers: Record<string, string>): Promise<number> =>
      (
        await fetch(`${gateway.url}/vcons`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body: text,
        })
      ).status;
    expect(await deliver({})).toBe(401);
    expect(await deliver({ 'x-conserver-api-token': 'wrong' })).toBe(401);
    expect(await deliver({ 'x-conserver-api-token': 'conserver-secret' })).toBe(201);
    expect(await deliver({ authorization: 'Bearer conserver-secret' })).toBe(201);
  } finally {
    await gateway.stop();
  }
}, 30_000);

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

test('the command line saves, finds, gives back and deletes, with a receipt that can be checked', async () => {
  const { uuid, text } = vconOf(uuidOf('cli'), 'By hand', ['We sell lanterns made of copper.']);
  const [file, receipt] = [join(directory, 'one.json'), join(directory, 'receipt.json')];
  writeFileSync(file, text);
  const saved = await cli('vcons', 'save', file, '--vector-store', store, '--json');
  expect(JSON.parse(saved.stdout)).toMatchObject({ outcome: 'saved', uuid });
  expect(saved.stdout).not.toContain('lantern');
  expect(await settled(uuid)).toMatchObject({ state: 'ready' });
  expect((await cli('vcons', 'get', uuid)).stdout).toBe(text);
  expect((await cli('vcons', 'list')).stdout).toContain(uuid);
  const found = await cli('vcons', 'search', 'copper lanterns', '--vector-store', store);
  expect(found.stdout).toMatch(new RegExp(`^${uuid} .*dialog 0\\n +We sell lanterns`));
  expect((await cli('vcons', 'delete', uuid, '--dry-run')).stdout).toContain('would be');
  const gone = await cli('vcons', 'delete', uuid, '--yes', '--json');
  expect(JSON.parse(gone.stdout)).toMatchObject({ kind: 'vcon', subject: uuid });
  writeFileSync(receipt, gone.stdout);
  expect((await cli('erasures', 'verify', receipt)).stdout).toBe('genuine\n');
  expect(await cli('vcons', 'status', uuid)).toMatchObject({ code: 1 });
  expect((await cli('vcons', 'sweep', '--json')).code).toBe(0);
}, 60_000);

test('an original whose record was lost is told, goes by hand once it is old, and nothing else goes', async () => {
  const [kept, lost, young] = ['kept', 'lost', 'young'].map((name) => vconOf(uuidOf(name), name, [name]));
  for (const { text } of [kept!, lost!, young!]) await save(text);
  const form = new FormData();
  form.append('file', new Blob(['a file']), 'kept.txt');
  const url = `${parley.gateway!.url}/files`;
  const { items } = (await (await fetch(url, { method: 'POST', body: form })).json()) as {
    items: { file: { id: string } }[];
  };
  for (const { uuid } of [lost!, young!])
    for (const key of await parley.redis.keys(`${parley.prefix}{vcons}:r:*${uuid}`))
      await parley.redis.del(key);
  const objects = join(directory, 'objects');
  const originals = (): string[] =>
    readdirSync(objects, { recursive: true, encoding: 'utf8' }).filter((name) => /[0-9a-f]{64}$/.test(name));
  const nameOf = ({ text }: { text: string }): string =>
    originals().find((name) => name.endsWith(createHash('sha256').update(text).digest('hex')))!;
  const hoursAgo = Date.now() / 1_000 - 7_200;
  for (const name of originals())
    if (name !== nameOf(young!)) utimesSync(join(objects, name), hoursAgo, hoursAgo);
  const before = originals();
  const [path, bytes] = [nameOf(lost!), lost!.text.length];
  const { body } = await parley.rest('POST', '/vcons/sweeps', undefined, ADMIN_LOGIN);
  expect(body['originals']).toEqual({
    applied: false,
    objects: before.length,
    orphans: 1,
    orphan_bytes: bytes,
    removed: 0,
    found: [{ name: path, bytes, stored_at: expect.stringMatching(/Z$/) }],
  });
  expect(originals()).toEqual(before);
  const told = await cli('vcons', 'sweep');
  expect(told.stdout).toContain(`original  ${path}  ${bytes} bytes\n`);
  expect((await cli('vcons', 'sweep', '--apply')).stdout).toContain(
    `1 of ${before.length} originals (${bytes} bytes), 1 removed\n`,
  );
  expect(originals()).toEqual(before.filter((name) => !name.endsWith(path)));
  expect((await parley.rest('GET', `/vcons/${kept!.uuid}`)).status).toBe(200);
  expect(await (await fetch(`${url}/${items[0]!.file.id}/content`)).text()).toBe('a file');
  await parley.rest('DELETE', `/vcons/${kept!.uuid}`);
  await parley.rest('DELETE', `/files/${items[0]!.file.id}`);
  rmSync(join(objects, nameOf(young!)));
}, 60_000);

test('logs say what was done, and nothing of whom or by which key', async () => {
  const key = 'sk-canary-0123456789';
  const { uuid, text } = vconOf(uuidOf('quiet'), 'Subject-canary', ['Words-canary are said.']);
  const headers = { ...TYPE, 'x-openai-api-key': key };
  expect((await save(text, `?vector_store_id=${store}`, headers)).status).toBe(201);
  const failed = await save(
    vconOf(uuidOf('quiet-2'), 'Subject-canary', ['x']).text,
    '?vector_store_id=vs_none',
    headers,
  );
  expect([failed.status, failed.body['code']]).toEqual([502, 'vector_store_failed']);
  const refused = await save(text, '', { ...TYPE, 'x-openai-api-key': 'sk-invalid' });
  expect([refused.status, refused.body['code']]).toEqual([502, 'upstream_authentication']);
  const log = parley.gateway!.log();
  for (const said of [
    'save begins',
    'uploaded',
    'attached to the vector store',
    'save ends',
    'save failed',
    'cleaned up',
  ])
    expect(log).toContain(said);
  expect(log).toContain(uuid);
  for (const secret of [key, 'sk-invalid', 'sk-e2e', 'canary', '5550100777', 'caller@example'])
    expect(
      [log, JSON.stringify(failed.body), JSON.stringify(refused.body)].some((one) => one.includes(secret)),
    ).toBe(false);
});
