// Everything that turns waiting runs into answers. Starts with the app and hands its runs over when it stops.
import { Module, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { AssistantsModule, AssistantSource } from '#assistants';
import { AnswerCache, SimilarAnswers } from '#completions';
import { ServerConfig } from '#config';
import { JobsModule } from '#jobs';
import { OpenaiModule } from '#openai';
import { ThreadsModule } from '#threads';
import { Limits, UsageModule } from '#usage';
import { BatchCall } from './batch/batch-call.js';
import { BatchJobs } from './batch/batch-jobs.js';
import { BatchReceiver } from './batch/batch-receiver.js';
import { BatchReturns } from './batch/batch-returns.js';
import { BatchSender } from './batch/batch-sender.js';
import { BatchStore } from './batch/batch-store.js';
import { BatchTurn } from './batch/batch-turn.js';
import { AttemptRunner } from './worker/attempt-runner.js';
import { AttemptStart } from './engine/attempt-start.js';
import { FailurePolicy } from './engine/failure-policy.js';
import { CircuitBoard } from './worker/circuit-board.js';
import { CompletionCall } from './engine/completion-call.js';
import { CompletionRoutes } from './engine/completion-routes.js';
import { CompletionSettings } from './engine/completion-setting.js';
import { LiveModels } from './engine/live-models.js';
import { AttemptScripts } from './scripts/attempt-scripts.js';
import { BilledRound } from './engine/billed-round.js';
import { EarlierTurns } from './engine/earlier-turns.js';
import { HelperCalls } from './engine/helper-call.js';
import { SimilarRequests } from './engine/similar-requests.js';
import { Flusher } from './worker/flusher.js';
import { JobDoorbell } from './worker/job-doorbell.js';
import { LeaseScripts } from './scripts/lease-scripts.js';
import { LargeRoom } from './worker/large-room.js';
import { LeaseKeeper } from './worker/lease-keeper.js';
import { Masking } from './engine/masking.js';
import { ModelRound } from './engine/model-round.js';
import { ProviderGate } from './worker/provider-gate.js';
import { UnnamedCalls } from './worker/unnamed-calls.js';
import { RetryDoorbell } from './worker/retry-doorbell.js';
import { RunEnd } from './engine/run-end.js';
import { RunEngine } from './engine/run-engine.js';
import { RunSettings } from './engine/run-setting.js';
import { RunText } from './engine/run-text.js';
import { RunsModule } from './runs.module.js';
import { ToolJournal } from './engine/tool-journal.js';
import { ToolRounds } from './engine/tool-rounds.js';
import { ToolsModule } from './tools/index.js';
import { WakeUp } from './worker/wake-up.js';
import { Worker } from './worker/worker.js';

@Module({
  imports: [RunsModule, ToolsModule, AssistantsModule, ThreadsModule, OpenaiModule, JobsModule, UsageModule],
  providers: [
    AnswerCache,
    AttemptRunner,
    AttemptScripts,
    AttemptStart,
    BilledRound,
    BatchCall,
    BatchJobs,
    BatchReceiver,
    BatchReturns,
    BatchSender,
    BatchStore,
    BatchTurn,
    CircuitBoard,
    CompletionCall,
    CompletionRoutes,
    CompletionSettings,
    FailurePolicy,
    Flusher,
    EarlierTurns,
    HelperCalls,
    SimilarAnswers,
    SimilarRequests,
    { provide: RetryDoorbell, useClass: JobDoorbell },
    LargeRoom,
    LeaseKeeper,
    LeaseScripts,
    LiveModels,
    Masking,
    ModelRound,
    ProviderGate,
    UnnamedCalls,
    RunEnd,
    RunEngine,
    RunSettings,
    RunText,
    ToolJournal,
    ToolRounds,
    WakeUp,
    Worker,
  ],
  exports: [Worker, ProviderGate, OpenaiModule],
})
export class WorkersModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    private readonly worker: Worker,
    private readonly assistants: AssistantSource,
    private readonly limits: Limits,
    private readonly config: ServerConfig,
  ) {}

  onApplicationBootstrap(): void {
    // The assistant is there, and can be looked up, before the first message; without Redis the first run makes it.
    this.assistants.current().catch(() => undefined);
    this.limits.join();
    this.worker.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.worker.stop(this.config.shutdownGraceMs);
  }
}
