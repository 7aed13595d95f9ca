// What the commands about vCons share: the storage itself, and the options that say which account is meant.
import type { INestApplicationContext } from '@nestjs/common';
import type { AccountOptions, VconStorage } from '#knowledge';
import { Option } from 'nest-commander';
import { auditParts } from '../../backend/audited.js';
import { withBackend } from '../../backend/with-backend.js';
import { BaseCommand, type BaseOptions } from '../base-command.js';

export interface VconOptions extends BaseOptions {
  profile?: string;
}

export async function withVcons<T>(
  use: (storage: VconStorage, backend: INestApplicationContext) => Promise<T>,
): Promise<T> {
  const [config, { VconStorage, VconStorageModule }, { Metrics }, audit] = await Promise.all([
    import('#config'),
    import('#knowledge'),
    import('#telemetry'),
    auditParts(),
  ]);
  const { KnowledgeConfig, OpenaiConfig, RunsConfig, VconConfig } = config;
  return withBackend(
    [OpenaiConfig, RunsConfig, KnowledgeConfig, VconConfig, ...audit.configs],
    { imports: [VconStorageModule], providers: [Metrics, ...audit.providers] },
    (backend) => use(backend.get(VconStorage, { strict: false }), backend),
  );
}

export const accountOf = ({ profile }: VconOptions): AccountOptions =>
  profile === undefined ? {} : { profile };

/** Commands about a vCon of an account. */
export abstract class VconCommand extends BaseCommand {
  @Option({ flags: '--profile <name>', description: 'Account of OPENAI_PROFILES; default the main one.' })
  profile(name: string): string {
    return name;
  }
}
