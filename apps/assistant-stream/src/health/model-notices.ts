// Says once at start, and again each day, what an operator should know about the configured model: that it
// is replaced, will be shut down, or is not to be had.
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { OpenaiConfig } from '#config';
import { ModelCatalogue, ModelHealth, modelNotices, type ModelNotice } from '#openai';

const DAY_MS = 24 * 3_600_000;

@Injectable()
export class ModelNotices implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(ModelNotices.name);
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly config: OpenaiConfig,
    private readonly catalogue: ModelCatalogue,
    private readonly health: ModelHealth,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.say(), DAY_MS).unref();
    void this.say();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private async say(): Promise<void> {
    const health = await this.health.check();
    for (const notice of modelNotices([this.config.model], this.catalogue, health, new Date()))
      this.logger.warn(sentence(notice));
  }
}

function sentence({ name, model, notice, shutdown_date }: ModelNotice): string {
  switch (notice) {
    case 'replaced':
      return `OPENAI_MODEL ${name} is replaced by ${model}${shutdown_date ? `: it was shut down on ${shutdown_date}` : ''}`;
    case 'ending':
      return `the model ${model} will be shut down on ${shutdown_date}; set OPENAI_MODEL or MODEL_ALIASES before`;
    case 'unavailable':
      return `the provider does not list the model ${model}`;
    default:
      return notice satisfies never;
  }
}
