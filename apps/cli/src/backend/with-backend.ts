// The parts of the system that one command needs, started for it and closed after it.
import {
  Module,
  type DynamicModule,
  type INestApplicationContext,
  type ModuleMetadata,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { ConfigClass } from '#config';
import { CliError } from '../io/cli-error.js';

const REDIS_WAIT_MS = 5_000;

@Module({})
class Backend {}

/**
 * @param configs besides RedisConfig
 * @throws CliError when Redis cannot be used; ConfigError naming every variable at fault
 */
export async function openBackend(
  configs: readonly ConfigClass[],
  parts: ModuleMetadata,
  env: NodeJS.ProcessEnv = process.env,
): Promise<INestApplicationContext> {
  const [{ ConfigModule, loadConfigs, RedisConfig }, { RedisModule, StateRedis }] = await Promise.all([
    import('#config'),
    import('#redis'),
  ]);
  const loaded = loadConfigs([RedisConfig, ...configs], env);
  const module: DynamicModule = {
    module: Backend,
    global: true,
    ...parts,
    imports: [ConfigModule.of(loaded), RedisModule, ...(parts.imports ?? [])],
    exports: parts.providers ?? ([] as never),
  };
  const backend = await NestFactory.createApplicationContext(module, { logger: false, abortOnError: false });
  const redis = backend.get(StateRedis);
  try {
    await redis.ready(REDIS_WAIT_MS);
  } catch {
    await backend.close();
    throw new CliError(`unable to use Redis; ${redis.fault ?? 'no answer'} (REDIS_URL)`);
  }
  return backend;
}

/** @throws what {@link openBackend} throws, and `use` */
export async function withBackend<T>(
  configs: readonly ConfigClass[],
  parts: ModuleMetadata,
  use: (backend: INestApplicationContext) => Promise<T>,
): Promise<T> {
  const backend = await openBackend(configs, parts);
  try {
    return await use(backend);
  } finally {
    await backend.close();
  }
}
