// The assistant-stream process: RabbitMQ in, run workers, WebSocket and SSE out; `ROLE` picks among them.
// HTTP listens first; the broker is connected in the background and health tells how that goes.
import '#own-source-maps';
import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { AccessPolicy } from '#auth';
import {
  AccessConfig,
  AssistantsConfig,
  DeliveryConfig,
  FeedbackConfig,
  LimitsConfig,
  OpenaiConfig,
  RabbitConfig,
  RedisConfig,
  RunsConfig,
  StreamConfig,
  ToolsConfig,
  CompletionsConfig,
  PrivacyConfig,
  DocumentsConfig,
  KnowledgeConfig,
  VconConfig,
} from '#config';
import { RabbitServer } from '#messaging';
import { bootstrapApp } from '#telemetry';
import { AppModule } from './app.module.js';
import { DeliveryWsAdapter } from './delivery/socket/delivery-ws.adapter.js';

await bootstrapApp({
  name: 'assistant-stream',
  defaultPort: 8080,
  configs: [
    StreamConfig,
    OpenaiConfig,
    RedisConfig,
    RabbitConfig,
    RunsConfig,
    ToolsConfig,
    CompletionsConfig,
    PrivacyConfig,
    AccessConfig,
    AssistantsConfig,
    LimitsConfig,
    DeliveryConfig,
    FeedbackConfig,
    // What is kept of people is erased here.
    DocumentsConfig,
    KnowledgeConfig,
    VconConfig,
  ],
  module: (config) => AppModule.of(config.get(StreamConfig)),
  prepare: (app, config) => {
    const stream = config.get(StreamConfig);
    const logger = new Logger('AssistantStream');
    logger.log({ roles: stream.roles }, 'roles');
    if (stream.has('ingress')) app.connectMicroservice({ strategy: app.get(RabbitServer) });
    if (!stream.has('delivery')) return;
    app.useWebSocketAdapter(new DeliveryWsAdapter(app));
    const warning = app.get(AccessPolicy).warning;
    if (warning !== undefined) logger.warn(warning);
  },
  background: (app) => app.startAllMicroservices(),
  stopping: async (app) => {
    const ingress = app.get(StreamConfig).has('ingress');
    if (ingress) await app.get(RabbitServer).close();
  },
});
