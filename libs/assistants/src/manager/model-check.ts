// Whether the provider still has an assistant's model, asked now.
import { Injectable } from '@nestjs/common';
import { listModels, ModelCatalogue, ModelClients } from '#openai';

@Injectable()
export class ModelCheck {
  private asking: Promise<ReadonlySet<string>> | undefined;

  constructor(
    private readonly clients: ModelClients,
    private readonly catalogue: ModelCatalogue,
  ) {}

  /** By the name that a run would send. Callers at the same time share one request. @throws UpstreamError */
  async exists(model: string): Promise<boolean> {
    this.asking ??= listModels(this.clients.sdk()).finally(() => (this.asking = undefined));
    const offered = await this.asking;
    return offered.has(this.catalogue.resolveModel(model, new Date()).model);
  }
}
