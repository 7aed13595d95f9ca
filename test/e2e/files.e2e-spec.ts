// Files over REST, from the form to the provider and back, on disk and away again; and what hostile forms get.
import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { startSystem, type ParleySystem } from '../support/system.js';

const TOKEN = 'files-token';
let parley: ParleySystem;

beforeAll(async () => {
  parley = await startSystem({
    streams: [],
    env: { UPLOAD_MAX_BYTES: '1000000', UPLOAD_MAX_FILES: '5', WS_TOKEN: TOKEN },
  });
});
afterAll(() => parley.stop());
beforeEach(() => parley.control('DELETE', 'rules'));

const AUTH = { authorization: `Bearer ${TOKEN}` };
const PDF = Buffer.from('%PDF-1.7\n%\u00e2\u00e3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n', 'latin1');

interface Item {
  file?: { id: string; name: string; bytes: number; sha256: string; state: string; kind: string };
  error?: { code: string; status: number };
}

function form(...files: [name: string, content: Buffer | string][]): FormData {
  const body = new FormData();
  for (const [name, content] of files)
    body.append('file', new Blob([typeof content === 'string' ? content : new Uint8Array(content)]), name);
  return body;
}
async function upload(body: FormData, query = '') {
  const response = await fetch(`${parley.gateway!.url}/files${query}`, {
    method: 'POST',
    body,
    headers: AUTH,
  });
  return { status: response.status, body: (await response.json()) as { items: Item[]; code?: string } };
}
const remote = async () => {
  const response = await fetch(`${parley.env['OPENAI_BASE_URL']}/files?limit=1000`, {
    headers: { authorization: 'Bearer sk-e2e' },
  });
  return ((await response.json()) as { data: { id: string; filename: string }[] }).data;
};
const onDisk = (): string[] =>
  readdirSync(parley.directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
const rest = (method: string, path: string) => parley.rest(method, path, undefined, AUTH);
async function until(what: () => Promise<boolean>, most = 200): Promise<void> {
  for (let tries = 0; !(await what()); tries++) {
    if (tries > most) throw new Error('it does not come to be');
    await sleep(100);
  }
}

test('a file goes up, is listed, comes back byte by byte, and is gone everywhere', async () => {
  const { status, body } = await upload(form(['Résumé 1.txt', 'hello wörld']));
  expect(status).toBe(201);
  const { file } = body.items[0]!;
  expect(file).toMatchObject({ name: 'Résumé 1.txt', bytes: 12, state: 'ready', kind: 'txt' });
  expect((await remote()).map(({ filename }) => filename)).toEqual(['Résumé 1.txt']);
  const [path] = onDisk();
  expect(statSync(path!).mode & 0o777).toBe(0o600);
  const content = await fetch(`${parley.gateway!.url}/files/${file!.id}/content`, { headers: AUTH });
  expect(await content.text()).toBe('hello wörld');
  expect(content.headers.get('content-disposition')).toBe(
    "attachment; filename*=UTF-8''R%C3%A9sum%C3%A9%201.txt",
  );
  expect(content.headers.get('x-content-type-options')).toBe('nosniff');
  expect((await rest('GET', `/files/${file!.id}`)).body).toMatchObject({ sha256: file!.sha256 });
  expect((await rest('GET', '/files')).body['items']).toHaveLength(1);
  expect((await rest('DELETE', `/files/${file!.id}`)).body).toEqual({ id: file!.id, complete: true });
  expect((await rest('DELETE', `/files/${file!.id}`)).status).toBe(404);
  expect((await rest('GET', `/files/${file!.id}/content`)).status).toBe(404);
  expect([await remote(), onDisk()]).toEqual([[], []]);
});

test('good files of a form are taken, bad ones are each told why', async () => {
  const { status, body } = await upload(
    form(
      ['plan.pdf', PDF],
      ['large.txt', 'x'.repeat(1_000_001)],
      ['virus.exe', 'MZ'],
      ['picture.pdf', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])],
      ['notes.txt', 'fine'],
    ),
  );
  expect(status).toBe(207);
  expect(body.items.map(({ file, error }) => file?.name ?? `${error!.status} ${error!.code}`)).toEqual([
    'plan.pdf',
    '413 too_large',
    '415 unsupported_media_type',
    '415 unsupported_media_type',
    'notes.txt',
  ]);
  expect((await remote()).map(({ filename }) => filename).sort()).toEqual(['notes.txt', 'plan.pdf']);
  for (const { file } of body.items) if (file) await rest('DELETE', `/files/${file.id}`);
  expect([await remote(), onDisk()]).toEqual([[], []]);
});

test('a form that will not do is refused as a whole, and nothing of it stays', async () => {
  const many = form(...Array.from({ length: 6 }, (_, n): [string, string] => [`${n}.txt`, `${n}`]));
  expect((await upload(many)).status).toBe(400);
  expect((await upload(form())).status).toBe(400);
  expect((await upload(form(['a.txt', 'a']), '?purpose=fine-tune')).status).toBe(400);
  expect((await upload(form(['a.txt', 'a']), '?profile=nobody')).status).toBe(400);
  expect((await upload(form(['a.txt', 'a']), '?api_key=sk-x')).status).toBe(400);
  expect((await upload(form(['empty.txt', '']))).status).toBe(400);
  expect((await upload(form(['nul.txt', 'a\0b']))).status).toBe(415);
  expect((await upload(form(['latin.txt', Buffer.from([0x61, 0xe4, 0x62])]))).status).toBe(415);
  await until(async () => (await remote()).length === 0);
  expect(onDisk()).toEqual([]);
  expect((await rest('GET', '/files')).body['items']).toEqual([]);
});

test('names lead nowhere', async () => {
  for (const [name, kept] of [
    ['../../etc/passwd.txt', 'passwd.txt'],
    ['C:\\temp\\a.txt', 'a.txt'],
    ['a\u202etxt.txt', 'atxt.txt'],
  ]) {
    const { body } = await upload(form([name!, 'content']));
    expect(body.items[0]!.file!.name).toBe(kept);
    await rest('DELETE', `/files/${body.items[0]!.file!.id}`);
  }
  expect(onDisk()).toEqual([]);
  for (const id of ['..%2f..%2fetc%2fpasswd', 'file_x', '__proto__', 'file-abc'])
    for (const path of [`/files/${id}`, `/files/${id}/content`])
      expect((await rest('GET', path)).status).toBe(404);
});

test('a form at a JSON route, JSON at the route of forms, and types that mean to trick are refused', async () => {
  const hostile = '{"files":[{"filepath":"/etc/passwd"}]}';
  const types = ['application/json', 'text/plain', 'multipart/mixed; boundary=x', 'multipart/form-data'];
  const own = [
    'application/x-parley-raw-form',
    'APPLICATION/x-parley-raw-form; a=b',
    'application/x-parley-raw-vcon',
  ];
  for (const type of [...types, ...own]) {
    const { status } = await parley.rest('POST', '/files', hostile, { ...AUTH, 'content-type': type });
    expect([type, status]).toEqual([type, 415]);
  }
  const utf7 = { ...AUTH, 'content-type': 'multipart/form-data; boundary=x; charset=utf-7' };
  expect((await parley.rest('POST', '/files', 'x', utf7)).status).toBe(415);
  const packed = { ...AUTH, 'content-type': 'multipart/form-data; boundary=x', 'content-encoding': 'gzip' };
  expect((await parley.rest('POST', '/files', 'x', packed)).status).toBe(415);
  const forms = await fetch(`${parley.gateway!.url}/channels/c/messages`, {
    method: 'POST',
    body: form(['a.txt', 'a']),
    headers: AUTH,
  });
  expect(forms.status).toBe(415);
  const broken = { ...AUTH, 'content-type': 'multipart/form-data; boundary=x' };
  for (const body of [
    'nothing',
    '--x\r\n',
    '--x\r\ncontent-disposition: form-data; name="f"; filename="a.txt"\r\n\r\nhalf',
  ])
    expect([body, (await parley.rest('POST', '/files', body, broken)).status]).toEqual([body, 400]);
  expect(onDisk()).toEqual([]);
  expect(await remote()).toEqual([]);
});

test('nobody gets in without a token, however much he sends', async () => {
  const response = await fetch(`${parley.gateway!.url}/files`, {
    method: 'POST',
    body: form(['a.txt', 'x'.repeat(900_000)]),
  });
  expect(response.status).toBe(401);
  expect(onDisk()).toEqual([]);
});

test('an upload that the provider does not take leaves nothing, here or there', async () => {
  await parley.control('POST', 'rules', {
    match: { path: '/v1/files', method: 'POST' },
    directive: 'fail 401',
  });
  expect(await upload(form(['a.txt', 'a']))).toMatchObject({
    status: 502,
    body: { code: 'upstream_authentication' },
  });
  await until(async () => onDisk().length === 0);
  await until(async () => ((await rest('GET', '/files')).body['items'] as unknown[]).length === 0);
  expect(await remote()).toEqual([]);
});

test('a file that the provider does not remove yet is shown, and removed when it does', async () => {
  const { body } = await upload(form(['a.txt', 'a']));
  const { id } = body.items[0]!.file!;
  await parley.control('POST', 'rules', { match: { method: 'DELETE' }, directive: 'fail 403' });
  const { status, body: answer } = await rest('DELETE', `/files/${id}`);
  expect([status, answer]).toEqual([202, { id, complete: false }]);
  expect(onDisk()).toEqual([]);
  expect((await rest('GET', `/files/${id}`)).body).toMatchObject({ state: 'deleting' });
  expect((await rest('GET', `/files/${id}/content`)).status).toBe(404);
  await parley.control('DELETE', 'rules');
  await until(async () => (await rest('GET', `/files/${id}`)).status === 404);
  expect(await remote()).toEqual([]);
}, 60_000);

test('a storage that cannot be written to is told as such, nothing is noted, and it is used again when it is back', async () => {
  const spool = join(parley.directory, 'spool');
  rmSync(spool, { recursive: true, force: true });
  writeFileSync(spool, '');
  expect(await upload(form(['a.txt', 'a']))).toMatchObject({
    status: 503,
    body: { code: 'storage_unavailable' },
  });
  expect((await rest('GET', '/files')).body['items']).toEqual([]);
  expect(await remote()).toEqual([]);
  rmSync(spool);
  const { status, body } = await upload(form(['a.txt', 'a']));
  expect(status).toBe(201);
  await rest('DELETE', `/files/${body.items[0]!.file!.id}`);
});

test('a client that leaves in the middle leaves nothing behind', async () => {
  const { port } = parley.gateway!;
  await new Promise<void>((resolve) => {
    const leaving = httpRequest({
      port,
      path: '/files',
      method: 'POST',
      headers: { ...AUTH, 'content-type': 'multipart/form-data; boundary=x', 'content-length': 900_000 },
    });
    leaving.on('error', () => resolve());
    leaving.write('--x\r\ncontent-disposition: form-data; name="f"; filename="a.txt"\r\n\r\n');
    leaving.write('x'.repeat(400_000));
    void until(async () => onDisk().length === 1).then(() => leaving.destroy());
  });
  await until(async () => onDisk().length === 0);
  await until(async () => ((await rest('GET', '/files')).body['items'] as unknown[]).length === 0);
});

test('a gateway that is killed in an upload takes it away when it is back', async () => {
  await parley.control('POST', 'rules', { match: { path: '/v1/files', method: 'POST' }, directive: 'hang' });
  const cut = upload(form(['cut.txt', 'cut'])).catch(() => undefined);
  await until(async () => onDisk().length === 1);
  await until(async () => (await parley.journal('/v1/files')).length > 0);
  await parley.gateway!.kill9();
  await cut;
  await parley.control('DELETE', 'rules');
  const back = await parley.gateway!.again();
  try {
    // Until then the upload might still be somebody's.
    await until(async () => onDisk().length === 0, 900);
    const listed = await fetch(`${back.url}/files`, { headers: AUTH });
    expect(((await listed.json()) as { items: unknown[] }).items.length).toBeLessThanOrEqual(1);
  } finally {
    await back.stop();
  }
}, 120_000);
