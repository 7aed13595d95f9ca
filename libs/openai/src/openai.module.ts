// Wires the provider from configuration: clients, catalogue, conversations, health. Needs OpenaiConfig and
// RunsConfig to be provided (ConfigModule.of does).
import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { liveSecret, OpenaiConfig, RunsConfig } from '#config';
import { OpenaiAccounts } from './accounts/openai-accounts.js';
import { readProfiles } from './accounts/read-profiles.js';
import { BatchesClient } from './batches/batches-client.js';
import { parseModelAliases } from './catalogue/model-aliases.js';
import { ModelCatalogue } from './catalogue/model-catalogue.js';
import {
  COMPLETIONS_PROFILE,
  DEFAULT_PROFILE,
  FALLBACK_PROFILE,
  ModelClients,
} from './client/model-clients.js';
import { ModelHealth } from './client/model-health.js';
import type { OpenaiProfile } from './client/openai-profile.js';
import { EmbeddingsClient } from './embeddings/embeddings-client.js';
import { TranscriptionsClient } from './transcriptions/transcriptions-client.js';
import { ConversationsClient } from './conversations/conversations-client.js';

@Module({
  providers: [
    {
      provide: ModelCatalogue,
      inject: [OpenaiConfig],
      useFactory: (config: OpenaiConfig) => new ModelCatalogue(parseModelAliases(config.aliases)),
    },
    {
      provide: ModelClients,
      inject: [OpenaiConfig, RunsConfig, ModelCatalogue],
      useFactory: (config: OpenaiConfig, runs: RunsConfig, catalogue: ModelCatalogue) => {
        const { organization, project, baseUrl: baseURL } = config;
        const apiKey = liveSecret(config, 'apiKey');
        const account = { apiKey, organization, project, baseURL };
        const patience = config.timeoutSeconds * 1_000;
        const oneShot = { first_output_ms: patience, idle_ms: patience };
        const { fallbackBaseUrl } = config;
        const profiles: OpenaiProfile[] = [
          { name: DEFAULT_PROFILE, ...account },
          { name: COMPLETIONS_PROFILE, ...account, timeouts: oneShot },
          ...(fallbackBaseUrl === ''
            ? []
            : [
                {
                  name: FALLBACK_PROFILE,
                  apiKey: liveSecret(config, 'fallbackApiKey'),
                  baseURL: fallbackBaseUrl,
                  timeouts: oneShot,
                },
              ]),
        ];
        const timeouts = { first_output_ms: runs.firstOutputMs, idle_ms: runs.idleMs };
        return new ModelClients({ profiles, api: config.api, timeouts }, catalogue);
      },
    },
    {
      provide: OpenaiAccounts,
      inject: [OpenaiConfig, RunsConfig],
      useFactory: (config: OpenaiConfig, runs: RunsConfig) => {
        const { organization, project, baseUrl: baseURL, vectorStore } = config;
        const apiKey = liveSecret(config, 'apiKey');
        const own = { name: DEFAULT_PROFILE, apiKey, organization, project, baseURL, vectorStore };
        return new OpenaiAccounts([own, ...readProfiles(config.profiles, own)], runs.maxRetries);
      },
    },
    {
      provide: BatchesClient,
      inject: [ModelClients, OpenaiConfig, ModelCatalogue],
      useFactory: (clients: ModelClients, config: OpenaiConfig, catalogue: ModelCatalogue) =>
        new BatchesClient(clients.sdk(COMPLETIONS_PROFILE), config.api, catalogue),
    },
    {
      provide: TranscriptionsClient,
      inject: [ModelClients, ModelCatalogue],
      useFactory: (clients: ModelClients, catalogue: ModelCatalogue) =>
        new TranscriptionsClient(clients.sdk(), catalogue),
    },
    {
      provide: EmbeddingsClient,
      inject: [ModelClients, ModelCatalogue],
      useFactory: (clients: ModelClients, catalogue: ModelCatalogue) =>
        new EmbeddingsClient(clients.sdk(COMPLETIONS_PROFILE), catalogue),
    },
    {
      provide: ConversationsClient,
      inject: [ModelClients],
      useFactory: (clients: ModelClients) => new ConversationsClient(clients.sdk()),
    },
    {
      provide: ModelHealth,
      inject: [ModelClients],
      useFactory: (clients: ModelClients) => new ModelHealth(clients.sdk()),
    },
  ],
  exports: [
    OpenaiAccounts,
    BatchesClient,
    ModelCatalogue,
    ModelClients,
    ConversationsClient,
    EmbeddingsClient,
    ModelHealth,
    TranscriptionsClient,
  ],
})
export class OpenaiModule implements OnApplicationShutdown {
  constructor(
    @Inject(ModelClients) private readonly clients: ModelClients,
    @Inject(OpenaiAccounts) private readonly accounts: OpenaiAccounts,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.clients.close(), this.accounts.close()]);
  }
}
