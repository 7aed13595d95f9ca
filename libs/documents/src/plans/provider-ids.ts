// From the ids that people know to those of the provider. All tenants share its account, and there an id alone opens whoever's file it is: so what was
// uploaded or made here is named by its own id, and the provider's ids only by the installation's own tenant.
import { Injectable } from '@nestjs/common';
import { DEFAULT_TENANT, ParleyError } from '#contracts';
import { Files, VectorStores } from '#knowledge';

export interface NamedResources {
  file_ids: string[];
  vector_store_ids: string[];
}

@Injectable()
export class ProviderIds {
  constructor(
    private readonly files: Files,
    private readonly stores: VectorStores,
  ) {}

  /** @throws ParleyError `invalid_request` for what is not the tenant's, or not there */
  async of(tenant: string, { file_ids, vector_store_ids }: NamedResources): Promise<NamedResources> {
    const faults: string[] = [];
    const all = async (
      name: string,
      ids: readonly string[],
      find: (id: string) => Promise<string | undefined>,
    ) => {
      const found: string[] = [];
      for (const [i, id] of ids.entries()) {
        const known = await find(id);
        if (known === undefined) faults.push(`${name}[${i}] is not one of the tenant's, or not ready`);
        else found.push(known);
      }
      return found;
    };
    const theirs = (id: string) => (tenant === DEFAULT_TENANT ? id : undefined);
    const resources = {
      file_ids: await all('file_ids', file_ids, async (id) =>
        id.startsWith('file_') ? (await this.files.get(tenant, id))?.file_id : theirs(id),
      ),
      vector_store_ids: await all('vector_store_ids', vector_store_ids, async (id) =>
        id.startsWith('store_')
          ? (await this.stores.get(tenant, id))?.vector_store_id || undefined
          : theirs(id),
      ),
    };
    if (faults.length > 0)
      throw new ParleyError('invalid_request', 'unable to plan; a source is not there', { details: faults });
    return resources;
  }
}
