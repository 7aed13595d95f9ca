// The gateway process: REST, documents, Bull Board; health and metrics as every app has them.
import '#own-source-maps';
import 'reflect-metadata';
import helmet from '@fastify/helmet';
import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AccessPolicy, Administrators } from '#auth';
import {
  AccessConfig,
  AssistantsConfig,
  CompletionsConfig,
  DocumentsConfig,
  LimitsConfig,
  FeedbackConfig,
  KnowledgeConfig,
  OpenaiConfig,
  PrivacyConfig,
  RabbitConfig,
  RedisConfig,
  RunsConfig,
  ToolsConfig,
  VconConfig,
} from '#config';
import { JobQueue } from '#jobs';
import { bootstrapApp } from '#telemetry';
import { BOARD_PATH, mountBullBoard } from './admin/bull-board.js';
import { AppModule } from './app.module.js';
import { serveDocs } from './docs/serve-docs.js';
import { takeForms } from './forms/raw-forms.js';
import { ENVELOPE_ERRORS } from './openai-assistant/envelope.js';
import { takeRawVcons } from './vcons/raw-vcons.js';

await bootstrapApp({
  name: 'gateway',
  defaultPort: 3000,
  configs: [
    OpenaiConfig,
    PrivacyConfig,
    RedisConfig,
    RabbitConfig,
    RunsConfig,
    ToolsConfig,
    AccessConfig,
    AssistantsConfig,
    CompletionsConfig,
    DocumentsConfig,
    LimitsConfig,
    FeedbackConfig,
    KnowledgeConfig,
    VconConfig,
  ],
  errorForms: [ENVELOPE_ERRORS],
  module: () => AppModule,
  prepare: async (app) => {
    const logger = new Logger('Gateway');
    await protectPages(app);
    takeRawVcons(app);
    takeForms(app);
    serveDocs(app);
    if (!app.get(Administrators).possible)
      logger.warn(`ADMIN_PASSWORD is not set: ${BOARD_PATH} and the administrative routes are closed`);
    else await mountBullBoard(app, app.get(JobQueue).queues);
    const warning = app.get(AccessPolicy).warning;
    if (warning !== undefined) logger.warn(warning);
  },
});

/** The pages of Swagger and Bull Board bring inline styles; scripts only come from here. */
async function protectPages(app: NestFastifyApplication): Promise<void> {
  await app.register(helmet as never, {
    contentSecurityPolicy: {
      directives: {
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        upgradeInsecureRequests: null,
      },
    },
  });
}
