// Reads and checks everything about a save before anything is done, so that a wrong vCon or an account that is not configured costs nobody a call.
import { Injectable } from '@nestjs/common';
import { VconConfig } from '#config';
import { ParleyError } from '#contracts';
import { NamedStores } from '../stores/named-stores.js';
import { planSave, type SavePlan } from './save-plan.js';
import { readSaveOptions, type SaveOptions } from './vcon-options.js';
import { VconReader } from './vcon-reader.js';
import { VconAccounts } from './vcon-accounts.js';
import type { VconRemote } from './vcon-remote.js';

/** What OpenAI takes in one file. */
const MOST_FILE_BYTES = 512 * 1024 * 1024;

@Injectable()
export class SavePlanner {
  constructor(
    private readonly reader: VconReader,
    private readonly accounts: VconAccounts,
    private readonly config: VconConfig,
    private readonly named: NamedStores,
  ) {}

  /**
   * @param uuid that it must have, where the caller named one
   * @throws ParleyError `invalid_request`, `too_large`, `vcon_invalid`, `upstream_account`
   */
  async plan(
    tenant: string,
    bytes: Buffer,
    uuid: string | undefined,
    wanted: SaveOptions,
  ): Promise<{ plan: SavePlan; remote: VconRemote }> {
    const options = readSaveOptions(wanted);
    const remote = this.accounts.of(options);
    const { parsed, original } = await this.reader.read(bytes, options.strict ?? this.config.strict);
    if (uuid !== undefined && parsed.uuid !== uuid)
      throw new ParleyError('vcon_invalid', 'unable to save vCon; it has another uuid than the request', {
        details: ['$.uuid: is not the uuid of the request'],
      });
    if (remote.vector_store_id !== undefined && !options.dry_run)
      await this.named.note(remote.vector_store_id);
    const known = {
      tenant,
      profile: remote.label,
      vector_store_id: remote.vector_store_id,
      filePrefix: this.config.filePrefix,
      maxFileBytes: MOST_FILE_BYTES,
    };
    return { plan: planSave(original, parsed, options, known, (one) => this.reader.render(one)), remote };
  }

  get cleanUp(): boolean {
    return this.config.cleanupLocalFiles;
  }
}
