// Renderings made again from the originals, to tell where a hit comes from. The newest are kept: a search mostly finds what the one before found.
import { Injectable } from '@nestjs/common';
import { buffer } from 'node:stream/consumers';
import { ObjectStore } from '../objects/object-store.js';
import type { VconRendering } from '../vcon/vcon.js';
import { VconReader } from './vcon-reader.js';
import { placeOf, type VconRecord } from './vcon-record.js';

/** Characters, not renderings: one may be a day's meeting. */
const MOST_CHARS = 16_000_000;

@Injectable()
export class RenderedVcons {
  /** By hash of the original; a Map keeps the order in which they were used. */
  private readonly kept = new Map<string, VconRendering>();
  private chars = 0;

  constructor(
    private readonly objects: ObjectStore,
    private readonly reader: VconReader,
  ) {}

  /** @returns undefined when the original is gone or cannot be read @throws ParleyError `storage_unavailable` */
  async of(record: VconRecord): Promise<VconRendering | undefined> {
    const key = `${record.tenant}\0${record.hash}`;
    const known = this.kept.get(key);
    if (known !== undefined) {
      this.kept.delete(key);
      this.kept.set(key, known);
      return known;
    }
    const rendering = await this.make(record);
    if (rendering !== undefined) this.keep(key, rendering);
    return rendering;
  }

  private async make(record: VconRecord): Promise<VconRendering | undefined> {
    try {
      const { body } = await this.objects.open(placeOf(record), record.hash);
      return (await this.reader.study(await buffer(body), { rendering: true })).rendering;
    } catch (error) {
      if ((error as { code?: string }).code === 'storage_unavailable') throw error;
      return undefined;
    }
  }

  private keep(key: string, rendering: VconRendering): void {
    this.kept.set(key, rendering);
    this.chars += rendering.text.length;
    for (const [oldest, { text }] of this.kept) {
      if (this.chars <= MOST_CHARS) break;
      this.kept.delete(oldest);
      this.chars -= text.length;
    }
  }
}
