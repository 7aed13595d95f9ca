// Provides threads and the transcript store that the configuration names. Needs the global RedisModule and
// ConfigModule (RedisConfig, RunsConfig).
import { Module } from '@nestjs/common';
import { RunsConfig } from '#config';
import { ConversationsClient, OpenaiModule } from '#openai';
import { StateRedis } from '#redis';
import { OpenaiTranscript } from './openai-transcript.js';
import { RedisTranscript } from './redis-transcript.js';
import { ThreadInventory } from './thread-inventory.js';
import { ThreadStore } from './thread-store.js';
import { TranscriptStore } from './transcript-store.js';

@Module({
  imports: [OpenaiModule],
  providers: [
    ThreadStore,
    ThreadInventory,
    {
      provide: TranscriptStore,
      inject: [RunsConfig, StateRedis, ConversationsClient],
      useFactory: (config: RunsConfig, redis: StateRedis, client: ConversationsClient): TranscriptStore =>
        config.transcriptStore === 'openai'
          ? new OpenaiTranscript(redis, client)
          : new RedisTranscript(redis, config.contextItems),
    },
  ],
  exports: [ThreadStore, ThreadInventory, TranscriptStore],
})
export class ThreadsModule {}
