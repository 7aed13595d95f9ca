// What every object store promises, run by the spec of each.
import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { expect, test } from '@jest/globals';
import type { ListedObject, ObjectStore } from './object-store.js';

const A = { tenant: 'acme', owner: 'vcon:default:1' };
const B = { tenant: 'acme', owner: 'vcon:default:2' };
const ELSEWHERE = { tenant: '../acme', owner: '../../etc' };
const LIMIT = { maxBytes: 1_000_000 };

async function* bytes(...chunks: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}
const sha = (text: string): string => createHash('sha256').update(text).digest('hex');

export function keepsObjects(get: () => ObjectStore): void {
  const listed = async (): Promise<ListedObject[]> => {
    const all: ListedObject[] = [];
    for await (const one of get().list()) all.push(one);
    return all.sort((a, b) => `${a.place}${a.hash}`.localeCompare(`${b.place}${b.hash}`));
  };
  const read = async (...[place, hash]: Parameters<ObjectStore['open']>) => {
    const { bytes: length, body } = await get().open(place, hash);
    const content = await buffer(body);
    expect(content.byteLength).toBe(length);
    return content.toString();
  };

  test('what was put comes back byte by byte, under the hash of its content', async () => {
    const put = await get().put(A, bytes('hel', '', 'lo \u0000'), LIMIT);
    expect(put).toEqual({ hash: sha('hello \u0000'), bytes: 7 });
    expect(await read(A, put.hash)).toBe('hello \u0000');
    expect(await get().has(A, put.hash)).toBe(true);
    expect((await get().put(A, bytes(), LIMIT)).bytes).toBe(0);
  });

  test('equal content is kept once in a place, and of each place by itself', async () => {
    const hash = sha('same');
    await Promise.all(Array.from({ length: 8 }, () => get().put(A, bytes('same'), LIMIT)));
    await get().put(B, bytes('same'), LIMIT);
    expect((await listed()).filter((one) => one.hash === hash)).toHaveLength(2);
    expect(await get().remove(A, hash)).toBe(true);
    expect(await get().remove(A, hash)).toBe(false);
    expect(await get().has(A, hash)).toBe(false);
    expect(await read(B, hash)).toBe('same');
    await expect(get().open(A, hash)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('all of an owner goes at once, and nothing of another', async () => {
    await get().put(A, bytes('one'), LIMIT);
    await get().put(A, bytes('two'), LIMIT);
    await get().put(B, bytes('three'), LIMIT);
    expect(await get().removeAll(A)).toBeGreaterThanOrEqual(2);
    expect(await get().removeAll(A)).toBe(0);
    expect(await read(B, sha('three'))).toBe('three');
    const places = new Set((await listed()).map(({ place }) => place));
    expect(places).toEqual(new Set([get().nameOf(B)]));
  });

  test('too much, a body that breaks and one that is given up leave nothing', async () => {
    const before = await listed();
    await expect(get().put(A, bytes('12345', '67890'), { maxBytes: 9 })).rejects.toMatchObject({
      code: 'too_large',
    });
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('half');
      throw new Error('cut');
    }
    await expect(get().put(A, broken(), LIMIT)).rejects.toThrow('cut');
    const given = AbortSignal.abort(new Error('given up'));
    await expect(get().put(A, bytes('never'), { ...LIMIT, signal: given })).rejects.toThrow('given up');
    expect(await listed()).toEqual(before);
  });

  test('puts and removals at once end as the last of each owner says', async () => {
    const place = { tenant: 'acme', owner: 'busy' };
    await Promise.all(
      Array.from({ length: 16 }, async (_, n) => {
        const { hash } = await get().put(place, bytes(`content ${n}`), LIMIT);
        await get().remove(place, hash);
      }),
    );
    expect((await listed()).filter((one) => one.place === get().nameOf(place))).toEqual([]);
    const { hash } = await get().put(place, bytes('last'), LIMIT);
    expect(await read(place, hash)).toBe('last');
    expect(await get().removeAll(place)).toBe(1);
  });

  test('a name leads nowhere else, and says nothing', async () => {
    const { hash } = await get().put(ELSEWHERE, bytes('elsewhere'), LIMIT);
    expect(get().nameOf(ELSEWHERE)).toMatch(/^[\w-]{32}\/[\w-]{32}$/);
    expect(await read(ELSEWHERE, hash)).toBe('elsewhere');
    for (const bad of ['../x', '', hash.slice(1), hash.toUpperCase()])
      await expect(async () => get().open(A, bad)).rejects.toThrow();
    const one = (await listed()).find(({ place }) => place === get().nameOf(ELSEWHERE));
    expect(Math.abs(one!.stored_at - Date.now())).toBeLessThan(60_000);
    expect(await get().removeListed(one!)).toBe(true);
    expect(await get().has(ELSEWHERE, hash)).toBe(false);
  });
}
