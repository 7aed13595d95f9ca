// Everything that turns waiting runs into answers. Starts with the app and hands its runs over when it stops.
import { Module, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { AssistantsModule } from '#assistants';
import { ServerConfig } from '#config';
import { JobsModule } from '#jobs';
import { OpenaiModule } from '#openai';
import { ThreadsModule } from '#threads';
import { AttemptRunner } from './attempt-runner.js';
import { AttemptStart } from './attempt-start.js';
import { FailurePolicy } from './failure-policy.js';
import { Flusher } from './flusher.js';
import { JobDoorbell } from './job-doorbell.js';
import { LeaseKeeper } from './lease-keeper.js';
import { ModelRound } from './model-round.js';
import { ProviderGate } from './provider-gate.js';
import { RetryDoorbell } from './retry-doorbell.js';
import { RunEnd } from './run-end.js';
import { RunEngine } from './run-engine.js';
import { RunSettings } from './run-setting.js';
import { RunText } from './run-text.js';
import { RunsModule } from './runs.module.js';
import { ToolJournal } from './tool-journal.js';
import { ToolRounds } from './tool-rounds.js';
import { ToolsModule } from './tools/index.js';
import { WakeUp } from './wake-up.js';
import { Worker } from './worker.js';

@Module({
  imports: [RunsModule, ToolsModule, AssistantsModule, ThreadsModule, OpenaiModule, JobsModule],
  providers: [
    AttemptRunner,
    AttemptStart,
    FailurePolicy,
    Flusher,
    { provide: RetryDoorbell, useClass: JobDoorbell },
    LeaseKeeper,
    ModelRound,
    ProviderGate,
    RunEnd,
    RunEngine,
    RunSettings,
    RunText,
    ToolJournal,
    ToolRounds,
    WakeUp,
    Worker,
  ],
  exports: [Worker, ProviderGate],
})
export class WorkersModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    private readonly worker: Worker,
    private readonly config: ServerConfig,
  ) {}

  onApplicationBootstrap(): void {
    this.worker.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.worker.stop(this.config.shutdownGraceMs);
  }
}
