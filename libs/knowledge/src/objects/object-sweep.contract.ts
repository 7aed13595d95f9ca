// What a sweep of any object store promises, run by the spec of each: nothing goes that is named, young, or put again meanwhile.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { KEEPERS, ObjectKeepers, type KeptObject } from './object-keepers.js';
import type { ObjectPlace, ObjectStore } from './object-store.js';
import { ObjectSweep } from './object-sweep.js';

/** A service tells the time of a put in whole seconds. */
const AGE_MS = 2_000;
const LIMIT = { maxBytes: 1_000 };

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

export function sweepsObjects(get: () => ObjectStore): void {
  const place = (owner: string): ObjectPlace => ({ tenant: 'swept', owner });
  const put = async (owner: string, text: string): Promise<string> =>
    (await get().put(place(owner), bytes(text), LIMIT)).hash;
  const sweepOf = (kept: () => AsyncIterable<KeptObject>): ObjectSweep => {
    const keepers = new ObjectKeepers();
    for (const keeper of KEEPERS) keepers.add(keeper, async function* () {});
    keepers.add('vcons', kept);
    return new ObjectSweep(get(), keepers);
  };

  test('a sweep removes what is old and named by nobody, and only when it is told to', async () => {
    for await (const one of get().list()) await get().removeListed(one);
    const kept = { named: await put('a', 'named'), whole: await put('b', 'of a whole place') };
    const left = [await put('a', 'left in a place that is used'), await put('c', '1'), await put('d', '2')];
    await sleep(AGE_MS + 1_100);
    const young = await put('e', 'young');
    const sweep = sweepOf(async function* () {
      yield { place: place('a'), hash: kept.named };
      yield { place: place('b') };
      yield { place: place('gone'), hash: kept.named };
    });
    const told = await sweep.run(false, AGE_MS, 2);
    expect(told).toMatchObject({ applied: false, objects: 6, orphans: 3, removed: 0, orphan_bytes: 30 });
    expect(told.found.map(({ hash }) => hash).sort()).toEqual(left.sort());
    expect(await sweep.run(true, AGE_MS, 2)).toMatchObject({ objects: 6, orphans: 3, removed: 3 });
    expect(await sweep.run(true, AGE_MS)).toMatchObject({ objects: 3, orphans: 0 });
    for (const [owner, hash] of [
      ['a', kept.named],
      ['b', kept.whole],
      ['e', young],
    ] as const)
      expect(await get().has(place(owner), hash)).toBe(true);
  }, 30_000);

  test('a save under way is never hit, not even one of the very content that was left', async () => {
    const again = await put('f', 'put again');
    const lost = await put('g', 'lost');
    await sleep(AGE_MS + 1_100);
    let begun = false;
    const sweep = sweepOf(async function* () {
      // The records have been walked, and only now somebody saves it; then somebody saves something else in that place.
      begun = true;
      await put('f', 'put again');
      await put('f', 'more');
      yield* [];
    });
    const report = await sweep.run(true, AGE_MS);
    expect({ begun, removed: report.found.map(({ hash }) => hash).includes(lost) }).toEqual({
      begun: true,
      removed: true,
    });
    expect([await get().has(place('f'), again), await get().has(place('g'), lost)]).toEqual([true, false]);
    expect(report.removed).toBe(report.orphans - 1);
  }, 30_000);

  test('without the word of all keepers nothing is looked at', async () => {
    const hash = await put('h', 'somebody’s');
    const sweep = new ObjectSweep(get(), new ObjectKeepers());
    await expect(sweep.run(true, 0)).rejects.toThrow('files,vcons,transcriptions cannot be asked');
    expect(await get().has(place('h'), hash)).toBe(true);
  });
}
