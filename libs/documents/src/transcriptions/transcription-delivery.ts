// Where a transcript goes besides its record: into a saved vCon as an analysis of it, and into a vector store. Each once, also when the
// work is taken up again in between.
import { Injectable } from '@nestjs/common';
import { isPlainObject, ParleyError } from '#contracts';
import { VconStorage } from '#knowledge';
import { OpenaiAccounts } from '#openai';
import { StateRedis } from '#redis';
import { DocumentJobs } from '../jobs/document-jobs.js';
import { spokenLines } from './transcript/render-transcript.js';
import { withAnalysis } from './transcript/with-analysis.js';
import type { TranscriptionJob, TranscriptionPlaces, TranscriptionResult } from './transcription-record.js';

/** Two transcripts of one vCon at once would lose one of them. */
const TURN_MS = 60_000;
const LOOK_MS = 250;

@Injectable()
export class TranscriptionDelivery {
  constructor(
    private readonly jobs: DocumentJobs,
    private readonly vcons: VconStorage,
    private readonly accounts: OpenaiAccounts,
    private readonly redis: StateRedis,
  ) {}

  /** @throws ParleyError `vcon_invalid` for one that cannot be added to; what saving and uploading throw */
  async deliver(
    job: TranscriptionJob,
    result: TranscriptionResult,
    signal: AbortSignal,
    owner: string,
  ): Promise<TranscriptionPlaces> {
    const { vcon, vector_store_id } = job.request.wishes;
    const places: TranscriptionPlaces = {};
    if (vector_store_id !== undefined)
      places.index = await this.index(job, result, vector_store_id, signal, owner);
    if (vcon !== undefined) places.vcon = await this.addToVcon(job, result, vcon, signal);
    return places;
  }

  private async addToVcon(
    job: TranscriptionJob,
    result: TranscriptionResult,
    uuid: string,
    signal: AbortSignal,
  ): Promise<{ uuid: string; analysis: number }> {
    return this.inTurn(uuid, job.id, signal, async () => {
      const kept = await this.vcons.get(job.tenant, uuid);
      if (kept?.kind !== 'original')
        throw new ParleyError('not_found', 'unable to add transcript; there is no such vCon', {
          details: ['vcon: no such vCon is kept'],
        });
      const { record } = kept;
      const text = await readAll(kept.body as AsyncIterable<Buffer>);
      const vcon = record.form === 'unsigned' ? asObject(text) : undefined;
      if (vcon === undefined || record.account.own_key)
        throw new ParleyError('vcon_invalid', 'unable to add transcript; the vCon cannot be changed', {
          details: [
            'vcon: only plain vCons of a configured account can be added to; this one is signed, encrypted or compressed',
          ],
        });
      const { changed, analysis } = withAnalysis(vcon, job, result);
      if (changed !== undefined) {
        const { profile, organization, project } = record.account;
        const name = record.file?.name ?? '';
        await this.vcons.put({
          tenant: job.tenant,
          uuid,
          bytes: Buffer.from(JSON.stringify(changed)),
          keep_owners: true,
          ...(job.user !== undefined && { saved_by: job.user }),
          options: {
            ...(profile !== undefined && { profile }),
            ...(organization !== undefined && { organization_key: organization }),
            ...(project !== undefined && { project_key: project }),
            vector_store_id: record.file?.vector_store_id ?? '',
            ...(name.includes(uuid) && { file_prefix: name.slice(0, name.indexOf(uuid)) }),
          },
        });
      }
      return { uuid, analysis };
    });
  }

  private async index(
    job: TranscriptionJob,
    result: TranscriptionResult,
    vector_store_id: string,
    signal: AbortSignal,
    owner: string,
  ): Promise<{ vector_store_id: string; file_id: string }> {
    const before = (await this.jobs.parts<{ vector_store_id: string; file_id: string }>(job.id)).get('index');
    if (before !== undefined) return before;
    const { files, vectorStores } = this.accounts.of();
    const content = Buffer.from(`${spokenLines(result.transcript)}\n`);
    const { file } = await files.upload({
      name: `${job.id}.txt`,
      type: 'text/plain',
      purpose: 'assistants',
      body: async function* () {
        yield content;
      },
      signal,
    });
    try {
      const attributes = {
        transcription: job.id,
        ...(job.request.wishes.vcon && { vcon: job.request.wishes.vcon }),
      };
      await vectorStores.attach(vector_store_id, { file_id: file.id, attributes }, signal);
      const seen = await vectorStores.settled(() => vectorStores.file(vector_store_id, file.id, signal), {
        signal,
      });
      if (seen === undefined || seen.status === 'failed' || seen.status === 'cancelled')
        throw new ParleyError('vector_store_failed', 'unable to index transcript; the store did not take it');
    } catch (error) {
      await files.delete(file.id).catch(() => undefined);
      throw error;
    }
    const place = { vector_store_id, file_id: file.id };
    await this.jobs.keepPart(job.id, owner, 'index', place);
    return place;
  }

  private async inTurn<T>(
    what: string,
    holder: string,
    signal: AbortSignal,
    work: () => Promise<T>,
  ): Promise<T> {
    const key = `${this.redis.keys.documents}lock:${what}`;
    const take = () => this.redis.attempt((client) => client.set(key, holder, 'PX', TURN_MS, 'NX'));
    const mine = async () => (await this.redis.attempt((client) => client.get(key))) === holder;
    const until = performance.now() + TURN_MS;
    while ((await take()) === null && !(await mine())) {
      if (signal.aborted || performance.now() > until)
        throw new ParleyError('busy', 'unable to add transcript; another one is being added');
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    try {
      return await work();
    } finally {
      if (await mine().catch(() => false)) await this.redis.attempt((client) => client.del(key));
    }
  }
}

async function readAll(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function asObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isPlainObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
