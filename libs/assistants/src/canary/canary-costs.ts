// What runs of a version cost, by the catalogue's prices: of one run as it ends, and on average of all that were counted.
import { Injectable } from '@nestjs/common';
import { OpenaiConfig } from '#config';
import { ParleyError, type Usage } from '#contracts';
import { costOf, ModelCatalogue, parseModelAliases, type ModelPrice } from '#openai';
import { AssistantRegistry } from '../assistant-registry.js';
import { AssistantUsage } from '../usage/assistant-usage.js';

export interface MeanCost {
  /** Completed ones. */
  runs: number;
  /** US dollars per run. */
  usd: number;
}

@Injectable()
export class CanaryCosts {
  private readonly catalogue: ModelCatalogue;

  constructor(
    config: OpenaiConfig,
    private readonly registry: AssistantRegistry,
    private readonly usage: AssistantUsage,
  ) {
    this.catalogue = new ModelCatalogue(parseModelAliases(config.aliases));
  }

  /** US dollars; undefined when the model's price is not known. @param model as configured */
  ofRun(model: string, usage: Usage): number | undefined {
    const price = this.price(model);
    return price && costOf(price, usage);
  }

  /** Of all completed runs of a version; undefined when there were none, or when its price is not known. */
  async mean(tenant: string, id: string, version: number): Promise<MeanCost | undefined> {
    const price = this.price((await this.registry.version(tenant, id, version)).settings.model);
    const counts = (await this.usage.of(tenant, id)).versions.find((one) => one.version === version);
    if (price === undefined || counts === undefined || counts.completed === 0) return undefined;
    return { runs: counts.completed, usd: costOf(price, counts) / counts.completed };
  }

  /** @throws ParleyError `not_found`; `invalid_request` when no price is known, so that a bound would hold nothing */
  async mustBeKnown(tenant: string, id: string, version: number): Promise<void> {
    const { model } = (await this.registry.version(tenant, id, version)).settings;
    if (this.price(model) !== undefined) return;
    throw new ParleyError('invalid_request', 'unable to bound costs; the price of a model is not known', {
      details: [`the price of version ${version}'s model is not known, so its cost cannot be bounded`],
    });
  }

  private price(model: string): ModelPrice | undefined {
    return this.catalogue.entry(this.catalogue.resolveModel(model, new Date()).model)?.price;
  }
}
