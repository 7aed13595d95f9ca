// The local store keeps the promises of all stores, and its files are private.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalObjectStore } from './local-object-store.js';
import { keepsObjects } from './object-store.contract.js';
import { sweepsObjects } from './object-sweep.contract.js';

let directory: string;
let store: LocalObjectStore;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'objects-'));
  store = new LocalObjectStore(directory);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe('a local object store', () => {
  keepsObjects(() => store);
  sweepsObjects(() => store);
});

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

test('what a process left that died goes with the next list; what is being written stays', async () => {
  const own = await mkdtemp(join(directory, 'dead-'));
  for (const name of ['f-dead', 'f-alive']) {
    await mkdir(join(own, 'spool', name), { recursive: true });
    await writeFile(join(own, 'spool', name, 'object'), 'half');
  }
  const hoursAgo = Date.now() / 1_000 - 7_200;
  await utimes(join(own, 'spool', 'f-dead', 'object'), hoursAgo, hoursAgo);
  for await (const { hash } of new LocalObjectStore(own).list()) throw new Error(hash);
  expect(await readdir(join(own, 'spool'))).toEqual(['f-alive']);
});

// A small file system in memory: who may mount is root, and in many containers not even he.
const canMount = spawnSync('unshare', ['--mount', 'true']).status === 0;
(canMount ? test : test.skip)(
  'a full disk and a read-only one are told as such and keep nothing',
  async () => {
    const disk = await mkdtemp(join(directory, 'disk-'));
    const place = { tenant: 't', owner: 'o' };
    const away = { code: 'storage_unavailable' };
    const limit = { maxBytes: 100_000_000 };
    async function* large(): AsyncGenerator<Uint8Array> {
      for (let n = 0; n < 64; n++) yield Buffer.alloc(65_536, n);
    }
    const small = () => halves(async () => undefined);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk]);
    try {
      const full = new LocalObjectStore(disk);
      const kept = await full.put(place, small(), limit);
      await expect(full.put(place, large(), limit)).rejects.toMatchObject(away);
      expect(await readdir(join(disk, 'spool'))).toEqual([]);
      expect(await full.put(place, small(), limit)).toEqual(kept);
      execFileSync('mount', ['-o', 'remount,ro', disk]);
      await expect(full.put(place, small(), limit)).rejects.toMatchObject(away);
      await expect(full.remove(place, kept.hash)).rejects.toMatchObject(away);
      expect(await full.has(place, kept.hash)).toBe(true);
    } finally {
      execFileSync('umount', [disk]);
    }
  },
);
