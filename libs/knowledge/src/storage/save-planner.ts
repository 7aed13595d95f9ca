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
    const store = options.vector_store_id ?? remote.vector_store_id ?? '';
    const wishes = store === '' ? {} : { index: { tenant, attributes: options.attributes ?? {} } };
    const study = await this.reader.study(bytes, wishes, options.strict ?? this.config.strict);
    if (uuid !== undefined && study.uuid !== uuid)
      throw new ParleyError('vcon_invalid', 'unable to save vCon; it has another uuid than the request', {
        details: ['$.uuid: is not the uuid of the request'],
      });
    if (remote.vector_store_id !== undefined && !options.dry_run)
      await this.named.note(remote.vector_store_id);
    const { filePrefix } = this.config;
    const known = { tenant, profile: remote.label, store, filePrefix, maxFileBytes: MOST_FILE_BYTES };
    return { plan: planSave(study, options, known), remote };
  }

  get cleanUp(): boolean {
    return this.config.cleanupLocalFiles;
  }
}
