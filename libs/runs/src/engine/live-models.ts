// The model that a name means today. What replaces a retired one is said once, not with every run.
import { Injectable, Logger } from '@nestjs/common';
import { ModelCatalogue } from '#openai';

@Injectable()
export class LiveModels {
  private readonly logger = new Logger(LiveModels.name);
  private readonly warned = new Set<string>();

  constructor(private readonly catalogue: ModelCatalogue) {}

  of(name: string): string {
    const { model, replaced } = this.catalogue.resolveModel(name, new Date());
    if (replaced && !this.warned.has(name)) {
      this.warned.add(name);
      this.logger.warn({ model, reason: replaced.reason }, `the model ${name} is replaced by ${model}`);
    }
    return model;
  }
}
