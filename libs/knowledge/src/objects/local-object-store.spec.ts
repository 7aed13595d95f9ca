// The local store keeps the promises of all stores, and its files are private.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalObjectStore } from './local-object-store.js';
import { keepsObjects } from './object-store.contract.js';

let directory: string;
let store: LocalObjectStore;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'objects-'));
  store = new LocalObjectStore(directory);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe('a local object store', () => keepsObjects(() => store));

async function* halves(seen: () => Promise<void>): AsyncGenerator<Uint8Array> {
  yield Buffer.from('half');
  await seen();
  yield Buffer.from('whole');
}

test('what is on its way is for nobody else to read, and gone afterwards', async () => {
  const place = { tenant: 't', owner: 'o' };
  const spool = join(directory, 'spool');
  const seen = async (): Promise<void> => {
    const [own] = await readdir(spool);
    const modes = [spool, join(spool, own!), join(spool, own!, 'object')].map(
      async (path) => (await stat(path)).mode & 0o777,
    );
    expect(await Promise.all(modes)).toEqual([0o700, 0o700, 0o600]);
  };
  const { hash } = await store.put(place, halves(seen), { maxBytes: 100 });
  expect(await readdir(spool)).toEqual([]);
  expect((await stat(join(directory, 'objects', store.nameOf(place), hash))).mode & 0o777).toBe(0o600);
  await store.removeAll(place);
  expect(await readdir(join(directory, 'objects'))).not.toContain(store.nameOf(place).split('/')[0]);
});

test('a storage that cannot be written to is told as such', async () => {
  // Root may write anywhere but below a device.
  const broken = new LocalObjectStore('/dev/null/storage');
  const put = broken.put(
    { tenant: 't', owner: 'o' },
    halves(async () => undefined),
    { maxBytes: 100 },
  );
  await expect(put).rejects.toMatchObject({ code: 'storage_unavailable' });
});
