// Provides the assistant of a run, and the registry behind it. Needs the global RedisModule and ConfigModule.
import { Module } from '@nestjs/common';
import { AssistantRegistry } from './assistant-registry.js';
import { AssistantSource } from './assistant-source.js';
import { AssistantCanary } from './canary/assistant-canary.js';
import { CanaryCosts } from './canary/canary-costs.js';
import { ChannelAssistants } from './channel-assistants.js';
import { AssistantUsage } from './usage/assistant-usage.js';
import { DefaultAssistant } from './default-assistant.js';

@Module({
  providers: [
    AssistantRegistry,
    AssistantCanary,
    CanaryCosts,
    AssistantUsage,
    ChannelAssistants,
    DefaultAssistant,
    { provide: AssistantSource, useExisting: DefaultAssistant },
  ],
  exports: [
    AssistantRegistry,
    AssistantCanary,
    AssistantUsage,
    ChannelAssistants,
    AssistantSource,
    DefaultAssistant,
  ],
})
export class AssistantsModule {}
