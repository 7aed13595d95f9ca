// From the environment to the configs of one app, with warnings for names that nothing reads.
import type { Logger } from 'pino';
import {
  ALL_CONFIGS,
  ServerConfig,
  loadConfigs,
  redactedConfig,
  unknownVariables,
  type ConfigClass,
  type Environment,
} from '#config';

export interface AppConfig {
  /** One instance per class, for `ConfigModule.of`. */
  instances: readonly object[];
  get<T extends object>(type: ConfigClass<T>): T;
}

/** @throws ConfigError with every fault of every class at once */
export function loadAppConfig(types: readonly ConfigClass[], env: Environment): AppConfig {
  const instances = loadConfigs([...new Set([ServerConfig, ...types])], env);
  return {
    instances,
    get<T extends object>(type: ConfigClass<T>): T {
      const found = instances.find((config) => config instanceof type);
      if (!found) throw new Error(`unable to read ${type.name}; the app does not list it`);
      return found as T;
    },
  };
}

/** Unknown names are likely slips of the pen; the values in use are printed at debug, secrets only as set or not. */
export function reportConfig(config: AppConfig, env: Environment, logger: Logger): void {
  for (const { name: variable, meant } of unknownVariables(ALL_CONFIGS, env)) {
    const hint = meant.length > 0 ? `; did you mean ${meant.join(' or ')}?` : '';
    logger.warn({ variable }, `${variable} is set, but nothing reads it${hint}`);
  }
  if (logger.isLevelEnabled('debug'))
    logger.debug(
      { config: Object.assign({}, ...config.instances.map(redactedConfig)) as object },
      'configuration',
    );
}
