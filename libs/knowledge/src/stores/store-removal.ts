// Removes a store and the files that nothing else here uses. What cannot be removed now is tried again until it is gone.
import { Injectable, Logger } from '@nestjs/common';
import { toParleyError } from '#contracts';
import { OpenaiAccounts } from '#openai';
import { Files } from '../files/files.js';
import { BEGUN_MS, pauseAfter } from '../files/removal-pace.js';
import { MADE_HERE, type StoreRecord } from './store-record.js';
import { StoreRecords } from './store-records.js';

@Injectable()
export class StoreRemoval {
  private readonly logger = new Logger('VectorStores');

  constructor(
    private readonly records: StoreRecords,
    private readonly files: Files,
    private readonly accounts: OpenaiAccounts,
  ) {}

  /** @returns whether all of it is gone; else it is tried again @throws ParleyError `state_unavailable` */
  async remove(record: StoreRecord): Promise<boolean> {
    const tries = (record.tries ?? 0) + 1;
    const { fault: _fault, ...rest } = record;
    const begun = await this.records.write(
      record,
      { ...rest, state: 'deleting', tries },
      Date.now() + BEGUN_MS,
    );
    if (begun === undefined) return (await this.records.get(record.id)) === undefined;
    try {
      await this.removeStore(begun);
      const left = begun.delete_files ? await this.removeFiles(begun) : 0;
      await this.records.forget(begun);
      this.logger.log({ store: begun.id, files_left: left, tries }, 'vector store removed');
      return true;
    } catch (error) {
      const fault = toParleyError(error).code;
      const pause = pauseAfter(tries);
      await this.records.write(begun, { ...begun, fault }, Date.now() + pause);
      this.logger.warn(
        { store: begun.id, code: fault, tries, retry_in_ms: pause },
        'vector store not removed yet',
      );
      return false;
    }
  }

  /** A store whose id was lost with the answer is found by what it was made with. */
  private async removeStore({ id, profile, vector_store_id }: StoreRecord): Promise<void> {
    const { vectorStores } = this.accounts.of({ profile });
    if (vector_store_id !== '') {
      await vectorStores.delete(vector_store_id);
      return;
    }
    for await (const store of vectorStores.list())
      if (store.metadata?.[MADE_HERE] === id) await vectorStores.delete(store.id);
  }

  /** @returns files that stay, because another store here uses them */
  private async removeFiles({ tenant, files }: StoreRecord): Promise<number> {
    let left = 0;
    for (const { id } of files) {
      if ((await this.records.uses(id)) > 1) {
        left++;
        continue;
      }
      const file = await this.files.get(tenant, id);
      // What is left of a file that cannot go yet is the files' own matter.
      if (file) await this.files.delete(file);
    }
    return left;
  }
}
