// The S3 store keeps the promises of all stores at a real S3-compatible server, and says so when that is away.
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { KnowledgeConfig } from '#config';
import { s3Jar, startS3, type ServiceHandle } from '#testing';
import { keepsObjects } from './object-store.contract.js';
import { sweepsObjects } from './object-sweep.contract.js';
import { S3ObjectStore } from './s3-object-store.js';

const BUCKET = 'parley-originals';
const PAGE = 5;
const PLACE = { tenant: 't', owner: 'o' };
const LIMIT = { maxBytes: 100_000_000 };

(s3Jar() === undefined ? describe.skip : describe)('an S3 object store', () => {
  let service: ServiceHandle;
  let directory: string;
  let store: S3ObjectStore;

  beforeAll(async () => {
    service = await startS3(BUCKET);
    directory = await mkdtemp(join(tmpdir(), 'objects-s3-'));
    store = new S3ObjectStore(
      Object.assign(new KnowledgeConfig(), {
        storage: 's3',
        directory,
        bucket: BUCKET,
        s3Prefix: 'parley/',
        endpoint: service.url,
        accessKeyId: 'key',
        secretAccessKey: 'secret',
        pathStyle: true,
      }),
      PAGE,
    );
  }, 90_000);
  afterAll(async () => {
    store?.close();
    await service?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  keepsObjects(() => store);
  sweepsObjects(() => store);

  async function* many(chunk: Uint8Array, times: number): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < times; i++) yield chunk;
  }

  test('what was spooled is gone once it is there, and large ones come back whole', async () => {
    const chunk = randomBytes(1 << 20);
    const { hash, bytes } = await store.put(PLACE, many(chunk, 20), LIMIT);
    expect(bytes).toBe(20 << 20);
    expect(await readdir(join(directory, 'spool'))).toEqual([]);
    const opened = await store.open(PLACE, hash);
    expect(opened.bytes).toBe(bytes);
    expect((await buffer(opened.body)).equals(Buffer.concat(Array<Buffer>(20).fill(chunk)))).toBe(true);
  });

  test('more objects than a page are all listed and all go', async () => {
    const place = { tenant: 't', owner: 'many' };
    const count = 3 * PAGE + 1;
    await Promise.all(
      Array.from({ length: count }, (_, n) => store.put(place, many(Buffer.from(`${n}`), 1), LIMIT)),
    );
    let listed = 0;
    for await (const { place: name } of store.list()) if (name === store.nameOf(place)) listed++;
    expect(listed).toBe(count);
    expect(await store.removeAll(place)).toBe(count);
  });

  test('a service that is away is told as such, leaves nothing here, and is used again when it is back', async () => {
    const { hash } = await store.put(PLACE, many(Buffer.from('kept'), 1), LIMIT);
    await service.kill9();
    const away = { code: 'storage_unavailable' };
    await expect(store.put(PLACE, many(Buffer.from('new'), 1), LIMIT)).rejects.toMatchObject(away);
    await expect(store.open(PLACE, hash)).rejects.toMatchObject(away);
    await expect(store.has(PLACE, hash)).rejects.toMatchObject(away);
    await expect(store.remove(PLACE, hash)).rejects.toMatchObject(away);
    await expect(store.list()[Symbol.asyncIterator]().next()).rejects.toMatchObject(away);
    expect(await readdir(join(directory, 'spool'))).toEqual([]);
    await service.restart();
    expect(await store.has(PLACE, hash)).toBe(true);
  }, 90_000);
});
