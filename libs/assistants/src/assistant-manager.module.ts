// Provides the manager, for processes that serve or schedule it. Needs the global RedisModule and ConfigModule
// (AssistantsConfig, OpenaiConfig, RunsConfig, ToolsConfig).
import { Module } from '@nestjs/common';
import { AssistantsConfig } from '#config';
import { OpenaiModule } from '#openai';
import { AssistantsModule } from './assistants.module.js';
import { AssistantCleanUp } from './manager/assistant-clean-up.js';
import { AssistantManager } from './manager/assistant-manager.js';
import { ModelCheck } from './manager/model-check.js';
import { AssistantProjections } from './projections/assistant-projections.js';
import { ProjectionKeeper } from './projections/projection-keeper.js';
import { RefreshState } from './manager/refresh-state.js';

@Module({
  imports: [AssistantsModule, OpenaiModule],
  providers: [
    AssistantManager,
    AssistantCleanUp,
    ModelCheck,
    RefreshState,
    ProjectionKeeper,
    {
      provide: AssistantProjections,
      inject: [AssistantsConfig],
      useFactory: ({ projections }: AssistantsConfig) =>
        new AssistantProjections(projections ? process.cwd() : undefined),
    },
  ],
  exports: [AssistantsModule, AssistantManager, AssistantProjections, ProjectionKeeper],
})
export class AssistantManagerModule {}
