// What the commands about vector stores share.
import type { INestApplicationContext } from '@nestjs/common';
import type { Files, StoredFiles, StoreRecord, VectorStores } from '#knowledge';
import { auditParts } from '../../backend/audited.js';
import { withBackend } from '../../backend/with-backend.js';
import { CliError } from '../../io/cli-error.js';
import { table } from '../../io/output.js';

export interface OpenStores {
  stores: VectorStores;
  storedFiles: StoredFiles;
  files: Files;
  backend: INestApplicationContext;
}

export async function withStores<T>(use: (open: OpenStores) => Promise<T>): Promise<T> {
  const [config, { Files, StoredFiles, StoresModule, VectorStores }, { Metrics }, audit] = await Promise.all([
    import('#config'),
    import('#knowledge'),
    import('#telemetry'),
    auditParts(),
  ]);
  const { KnowledgeConfig, OpenaiConfig, RunsConfig } = config;
  return withBackend(
    [OpenaiConfig, RunsConfig, KnowledgeConfig, ...audit.configs],
    { imports: [StoresModule], providers: [Metrics, ...audit.providers] },
    (backend) =>
      use({
        stores: backend.get(VectorStores, { strict: false }),
        storedFiles: backend.get(StoredFiles, { strict: false }),
        files: backend.get(Files, { strict: false }),
        backend,
      }),
  );
}

export function found(record: StoreRecord | undefined): StoreRecord {
  if (record === undefined) throw new CliError('there is no such vector store');
  return record;
}

export const describe = (record: StoreRecord): string[] => [
  ...table([
    ['id', record.id],
    ['name', record.name],
    ['vector store', record.vector_store_id],
    ['profile', record.profile],
    ['state', record.state],
    ['goes after', `${record.ttl_days} days without use`],
    ['files', `${record.completed} of ${record.files.length} can be found`],
    ['reason', record.fault],
  ]),
  ...record.failed.map(({ id, reason }) => `failed        ${id || 'some'}: ${reason}`),
];
