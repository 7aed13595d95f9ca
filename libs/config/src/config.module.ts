// Makes loaded config objects injectable by their class.
import { Module, type DynamicModule } from '@nestjs/common';

@Module({})
export class ConfigModule {
  /** @param configs instances from `loadConfigs`; each is provided under its own class, everywhere. */
  static of(configs: readonly object[]): DynamicModule {
    const providers = configs.map((config) => ({ provide: config.constructor, useValue: config }));
    return { module: ConfigModule, global: true, providers, exports: providers.map((p) => p.provide) };
  }
}
