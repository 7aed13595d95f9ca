// Provides the assistant of a run. Needs the global RedisModule and ConfigModule.
import { Module } from '@nestjs/common';
import { AssistantSource } from './assistant-source.js';
import { DefaultAssistant } from './default-assistant.js';

@Module({
  providers: [DefaultAssistant, { provide: AssistantSource, useExisting: DefaultAssistant }],
  exports: [AssistantSource, DefaultAssistant],
})
export class AssistantsModule {}
