// The texts that a plan is made from: those that were handed over, and what was said in saved vCons.
import { buffer } from 'node:stream/consumers';
import { Injectable } from '@nestjs/common';
import { ParleyError } from '#contracts';
import { VconReader, VconStorage } from '#knowledge';
import type { TextSource } from './plan-question.js';
import type { PlanJob } from './plan-record.js';
import { MOST_TEXT_BYTES } from './plan-wish.js';

@Injectable()
export class PlanSources {
  constructor(
    private readonly vcons: VconStorage,
    private readonly reader: VconReader,
  ) {}

  /** @throws ParleyError `not_found`, `vcon_invalid`, `too_large`, `storage_unavailable` */
  async of(job: PlanJob): Promise<TextSource[]> {
    if (job.request.task !== 'create') return [];
    const { sources, vcons } = job.request.wish;
    const texts: TextSource[] = sources.map(({ name, text }) => ({ name, text }));
    for (const uuid of vcons) texts.push(await this.vcon(job.tenant, uuid));
    const bytes = texts.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
    if (bytes > MOST_TEXT_BYTES)
      throw new ParleyError('too_large', 'unable to plan; the sources are too long', {
        details: [`vcons: with the sources at most ${MOST_TEXT_BYTES} bytes of text are taken`],
      });
    return texts;
  }

  private async vcon(tenant: string, uuid: string): Promise<TextSource> {
    const kept = await this.vcons.get(tenant, uuid);
    if (kept?.kind !== 'original')
      throw new ParleyError('not_found', 'unable to plan; there is no such vCon', {
        details: ['vcons: no such vCon is kept'],
      });
    const { rendering } = await this.reader.study(await buffer(kept.body), { rendering: true });
    if (rendering === undefined)
      throw new ParleyError('vcon_invalid', 'unable to plan; the vCon cannot be read', {
        details: ['vcons: encrypted ones are no sources'],
      });
    return { name: `vcon ${uuid.toLowerCase()}`, text: rendering.text };
  }
}
