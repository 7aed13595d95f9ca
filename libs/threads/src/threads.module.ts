// Provides threads and the transcript store that the configuration names. Needs the global RedisModule and
// ConfigModule (RedisConfig, RunsConfig, OpenaiConfig).
import { Module } from '@nestjs/common';
import { ConfigError, OpenaiConfig, RunsConfig } from '#config';
import { ConversationsClient, OpenaiModule } from '#openai';
import { StateRedis } from '#redis';
import { OpenaiTranscript } from './openai-transcript.js';
import { RedisTranscript } from './redis-transcript.js';
import { ThreadErasure } from './thread-erasure.js';
import { ThreadImport } from './thread-import.js';
import { ThreadInventory } from './thread-inventory.js';
import { ThreadStore } from './thread-store.js';
import { ThreadSummaries } from './thread-summary.js';
import { TranscriptStore } from './transcript-store.js';

@Module({
  imports: [OpenaiModule],
  providers: [
    ThreadStore,
    ThreadInventory,
    ThreadErasure,
    ThreadImport,
    ThreadSummaries,
    {
      provide: TranscriptStore,
      inject: [RunsConfig, OpenaiConfig, StateRedis, ConversationsClient],
      useFactory: (
        runs: RunsConfig,
        openai: OpenaiConfig,
        redis: StateRedis,
        client: ConversationsClient,
      ) => {
        if (runs.transcriptStore === 'redis') return new RedisTranscript(redis, runs.contextItems);
        // Without this the past would be forgotten in silence.
        if (openai.api === 'chat')
          throw new ConfigError([
            'TRANSCRIPT_STORE=openai needs OPENAI_API=responses; chat completions know no conversations',
          ]);
        return new OpenaiTranscript(redis, client);
      },
    },
  ],
  exports: [ThreadStore, ThreadErasure, ThreadImport, ThreadInventory, ThreadSummaries, TranscriptStore],
})
export class ThreadsModule {}
