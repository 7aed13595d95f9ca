// The steps of a save at the provider, each with its lines in the log.
import { Injectable, Logger } from '@nestjs/common';
import type { SavePlan } from './save-plan.js';
import type { Held } from './vcon-lock.js';
import type { Fault } from './vcon-record.js';
import type { IndexState, VconRemote } from './vcon-remote.js';

@Injectable()
export class SaveSteps {
  private readonly logger = new Logger('VconStorage');
  private readonly toldOf = new Set<string>();

  /** @param tried hears of each try @returns the file's id @throws ParleyError */
  async upload(
    held: Held,
    plan: SavePlan,
    remote: VconRemote,
    path: string,
    tried: () => void,
  ): Promise<string> {
    const { name, purpose, content, options } = plan;
    const { uuid: vcon, profile } = plan.ref;
    const bytes = content.length;
    const begun = performance.now();
    this.logger.log({ vcon, profile, bytes }, 'upload begins');
    const { file_id } = await remote.upload({
      path,
      bytes,
      name,
      purpose,
      signal: held.signal,
      begun: tried,
      ...(options.expires_after_seconds !== undefined && {
        expires_after_seconds: options.expires_after_seconds,
      }),
    });
    const ms = Math.round(performance.now() - begun);
    this.logger.log({ vcon, profile, bytes, ms, file_id }, 'uploaded');
    return file_id;
  }

  /** @returns a fault for an account that may not use vector stores: then the vCon is kept all the same */
  async attach(
    held: Held,
    { vector_store_id, attributes, options, ref }: SavePlan,
    remote: VconRemote,
    file_id: string,
  ): Promise<IndexState | Fault | undefined> {
    if (vector_store_id === undefined) return undefined;
    const { max_chunk_size_tokens, chunk_overlap_tokens } = options;
    const fields = { vcon: ref.uuid, profile: ref.profile, file_id, vector_store_id };
    try {
      const index = await remote.attach({
        vector_store_id,
        file_id,
        attributes,
        signal: held.signal,
        ...(max_chunk_size_tokens !== undefined && { max_chunk_size_tokens }),
        ...(chunk_overlap_tokens !== undefined && { chunk_overlap_tokens }),
      });
      this.logger.log({ ...fields, state: index.status }, 'attached to the vector store');
      return index;
    } catch (error) {
      if (!isForbidden(error)) throw error;
      if (!this.toldOf.has(ref.profile))
        this.logger.warn(
          { ...fields, code: 'no_vector_store_access' },
          'the account may not use vector stores',
        );
      this.toldOf.add(ref.profile);
      return { code: 'no_vector_store_access' };
    }
  }
}

/** The provider said no to this request; nothing came of it. */
export const isRefusal = (error: unknown): boolean => {
  const status = statusOf(error);
  return status !== undefined && status >= 400 && status < 500 && status !== 408 && status !== 409;
};

const isForbidden = (error: unknown): boolean => statusOf(error) === 403;

/** What the provider answered, if it did. */
const statusOf = (error: unknown): number | undefined =>
  (error as { status?: number }).status ?? ((error as { cause?: { status?: number } }).cause ?? {}).status;
