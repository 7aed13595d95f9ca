// Objects on a local disk: a directory per owner, a file per content. A file is written aside and moved in when it is complete and on disk, so
// that a crash leaves a whole object or none.
import { createReadStream, type Stats } from 'node:fs';
import { mkdir, open, opendir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { objectName, placeName, readObjectName } from './object-names.js';
import {
  ObjectStore,
  type ListedObject,
  type ObjectPlace,
  type PutOptions,
  type StoredObject,
} from './object-store.js';
import { aside, dropDeadSpools, spool } from './spool.js';
import { absent, storageFault } from './storage-fault.js';

const OBJECTS = 'objects';
/** A place may vanish while something is put into it, when what was last in it goes. */
const TRIES = 5;

export class LocalObjectStore extends ObjectStore {
  private readonly root: string;

  constructor(private readonly directory: string) {
    super();
    this.root = join(directory, OBJECTS);
  }

  put(place: ObjectPlace, body: AsyncIterable<Uint8Array>, options: PutOptions): Promise<StoredObject> {
    return spool(this.directory, body, options, async ({ path, hash, bytes }) => {
      await this.moveIn(path, this.pathOf(place, hash));
      return { hash, bytes };
    });
  }

  async open(place: ObjectPlace, hash: string): Promise<{ bytes: number; body: Readable }> {
    const file = await open(this.pathOf(place, hash), 'r').catch((error: unknown) => {
      throw isAbsent(error) ? absent() : storageFault('read')(error);
    });
    const { size } = await file.stat();
    return { bytes: size, body: createReadStream('', { fd: file }) };
  }

  async has(place: ObjectPlace, hash: string): Promise<boolean> {
    try {
      await stat(this.pathOf(place, hash));
      return true;
    } catch (error) {
      return isAbsent(error) ? false : storageFault('read')(error);
    }
  }

  remove(place: ObjectPlace, hash: string): Promise<boolean> {
    return this.removeNamed(placeName(place), hash);
  }

  async removeAll(place: ObjectPlace): Promise<number> {
    const name = placeName(place);
    let removed = 0;
    for await (const hash of namesIn(join(this.root, name)))
      if (await this.removeNamed(name, hash)) removed++;
    return removed;
  }

  async *list(): AsyncGenerator<ListedObject> {
    await dropDeadSpools(this.directory);
    for await (const tenant of namesIn(this.root))
      for await (const owner of namesIn(join(this.root, tenant)))
        for await (const hash of namesIn(join(this.root, tenant, owner))) {
          const name = readObjectName(`${tenant}/${owner}/${hash}`);
          if (!name) continue;
          const found = await stat(join(this.root, name.place, name.hash)).catch(() => undefined);
          if (found) yield { ...name, bytes: found.size, stored_at: storedAt(found) };
        }
  }

  nameOf(place: ObjectPlace): string {
    return placeName(place);
  }

  /** Taken aside before it is looked at: whatever is put meanwhile is another file. */
  async removeListed({ place, hash, stored_at }: ListedObject): Promise<boolean> {
    const path = join(this.root, objectName(place, hash));
    return aside(this.directory, async (out) => {
      try {
        await rename(path, out);
      } catch (error) {
        return isAbsent(error) ? false : storageFault('remove')(error);
      }
      if (storedAt(await stat(out)) === stored_at) {
        await this.afterRemoval(path);
        return true;
      }
      await this.moveIn(out, path);
      return false;
    });
  }

  private pathOf(place: ObjectPlace, hash: string): string {
    return join(this.root, objectName(placeName(place), hash));
  }

  private async moveIn(from: string, to: string): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        await mkdir(dirname(to), { recursive: true, mode: 0o700 });
        await rename(from, to);
        break;
      } catch (error) {
        if (!isAbsent(error) || tries === TRIES) return storageFault('write')(error);
      }
    }
    // A directory that is gone by now went with the object: somebody removed it.
    for (const directory of [dirname(to), dirname(dirname(to))])
      await syncDirectory(directory).catch((error: unknown) => {
        if (!isAbsent(error)) storageFault('write')(error);
      });
  }

  private async removeNamed(place: string, hash: string): Promise<boolean> {
    const path = join(this.root, objectName(place, hash));
    try {
      await rm(path);
    } catch (error) {
      return isAbsent(error) ? false : storageFault('remove')(error);
    }
    await this.afterRemoval(path);
    return true;
  }

  private async afterRemoval(path: string): Promise<void> {
    await syncDirectory(dirname(path)).catch(() => undefined);
    // Those that hold something else stay.
    for (const directory of [dirname(path), dirname(dirname(path))])
      await rmdir(directory).catch(() => undefined);
  }
}

async function* namesIn(directory: string): AsyncGenerator<string> {
  try {
    for await (const { name } of await opendir(directory)) yield name;
  } catch (error) {
    if (!isAbsent(error)) storageFault('read')(error);
  }
}

/** A name is on disk when its directory is. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

const isAbsent = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

const storedAt = ({ mtimeMs }: Stats): number => Math.round(mtimeMs);
