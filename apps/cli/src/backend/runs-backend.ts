// What commands about messages and runs need: intake, runs, dead letters, the log.
import type { INestApplicationContext, ModuleMetadata } from '@nestjs/common';
import type { ConfigClass } from '#config';
import { withBackend } from './with-backend.js';

export async function withRuns<T>(
  use: (backend: INestApplicationContext) => Promise<T>,
  {
    configs = [],
    imports = [],
    providers = [],
  }: Pick<ModuleMetadata, 'imports' | 'providers'> & {
    configs?: ConfigClass[];
  } = {},
): Promise<T> {
  const [{ RunsConfig }, { RunsModule }, { EventLogModule }, { Metrics }] = await Promise.all([
    import('#config'),
    import('#runs'),
    import('#event-log'),
    import('#telemetry'),
  ]);
  const parts: ModuleMetadata = {
    imports: [RunsModule, EventLogModule, ...imports],
    providers: [Metrics, ...providers],
  };
  return withBackend([RunsConfig, ...configs], parts, use);
}
