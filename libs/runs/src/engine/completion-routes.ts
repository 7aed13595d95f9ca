// Where a one-shot request may be answered, in the order of preference.
import { Injectable } from '@nestjs/common';
import { CompletionsConfig, OpenaiConfig } from '#config';
import { COMPLETIONS_PROFILE, FALLBACK_PROFILE, type ModelRequest } from '#openai';
import { LiveModels } from './live-models.js';
import { Masking } from './masking.js';

export interface CompletionRoute {
  profile: string;
  model: string;
  /** Another worker can take the answer up again. */
  background?: true;
}

/** What is asked on that route. Another provider does not know the tiers of the first, and may refuse the call for one. */
export function requestOn({ profile, ...how }: CompletionRoute, request: ModelRequest): ModelRequest {
  const { service_tier, ...asked } = request;
  return { ...asked, ...(service_tier && profile !== FALLBACK_PROFILE && { service_tier }), ...how };
}

@Injectable()
export class CompletionRoutes {
  constructor(
    private readonly config: CompletionsConfig,
    private readonly openai: OpenaiConfig,
    private readonly models: LiveModels,
    private readonly masking: Masking,
  ) {}

  /** @param model that was asked for */
  of(model: string): CompletionRoute[] {
    const first = this.own(model);
    const { fallbackModel } = this.config;
    if (fallbackModel === '') return [first];
    const elsewhere = this.openai.fallbackBaseUrl !== '';
    // What another provider calls its models is its own matter, and what it keeps of an answer.
    const second = elsewhere
      ? { profile: FALLBACK_PROFILE, model: fallbackModel }
      : this.own(this.models.of(fallbackModel));
    return !elsewhere && second.model === model ? [first] : [first, second];
  }

  private own(model: string): CompletionRoute {
    // What was taken out of a text and is to be put back, only the worker that did so knows.
    const background = this.openai.resume === 'background' && !this.masking.isReversible;
    return { profile: COMPLETIONS_PROFILE, model, ...(background && { background }) };
  }
}
