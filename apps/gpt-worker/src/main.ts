// The gpt-worker process: Kafka `gpt-send` → run → `gpt-response`. HTTP serves health and metrics only.
import '#own-source-maps';
import 'reflect-metadata';
import {
  AccessConfig,
  HealthConfig,
  KafkaConfig,
  OpenaiConfig,
  RedisConfig,
  RunsConfig,
  ToolsConfig,
  CompletionsConfig,
  PrivacyConfig,
  LimitsConfig,
} from '#config';
import { KafkaServer } from '#messaging';
import { bootstrapApp } from '#telemetry';
import { AppModule } from './app.module.js';

await bootstrapApp({
  name: 'gpt-worker',
  defaultPort: 3001,
  configs: [
    AccessConfig,
    HealthConfig,
    KafkaConfig,
    OpenaiConfig,
    RedisConfig,
    RunsConfig,
    ToolsConfig,
    CompletionsConfig,
    PrivacyConfig,
    LimitsConfig,
  ],
  module: (config) => AppModule.of(config.get(KafkaConfig)),
  prepare: (app) => void app.connectMicroservice({ strategy: app.get(KafkaServer) }),
  background: (app) => app.startAllMicroservices(),
  stopping: async (app) => app.get(KafkaServer).close(),
});
