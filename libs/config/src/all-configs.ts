// Every config class, in the order of the documentation. A new concern is added here once.
import { AccessConfig } from './concerns/access.config.js';
import { AssistantsConfig } from './concerns/assistants.config.js';
import { CompletionsConfig } from './concerns/completions.config.js';
import { DeliveryConfig } from './concerns/delivery.config.js';
import { DocumentsConfig } from './concerns/documents.config.js';
import { FeedbackConfig } from './concerns/feedback.config.js';
import { HealthConfig } from './concerns/health.config.js';
import { KafkaConfig } from './concerns/kafka.config.js';
import { LimitsConfig } from './concerns/limits.config.js';
import { OpenaiConfig } from './concerns/openai.config.js';
import { KnowledgeConfig } from './concerns/knowledge.config.js';
import { PrivacyConfig } from './concerns/privacy.config.js';
import { RabbitConfig } from './concerns/rabbit.config.js';
import { RedisConfig } from './concerns/redis.config.js';
import { RunsConfig } from './concerns/runs.config.js';
import { ServerConfig, StreamConfig } from './concerns/server.config.js';
import { ToolsConfig } from './concerns/tools.config.js';
import { VconConfig } from './concerns/vcon.config.js';
import type { ConfigClass } from './load-config.js';

export const ALL_CONFIGS: readonly ConfigClass[] = [
  ServerConfig,
  HealthConfig,
  OpenaiConfig,
  RedisConfig,
  RabbitConfig,
  KafkaConfig,
  StreamConfig,
  DeliveryConfig,
  RunsConfig,
  ToolsConfig,
  CompletionsConfig,
  AssistantsConfig,
  LimitsConfig,
  DocumentsConfig,
  FeedbackConfig,
  AccessConfig,
  PrivacyConfig,
  KnowledgeConfig,
  VconConfig,
];
