// Where a one-shot request may be answered, in the order of preference.
import { Injectable } from '@nestjs/common';
import { CompletionsConfig, OpenaiConfig } from '#config';
import { COMPLETIONS_PROFILE, FALLBACK_PROFILE } from '#openai';
import { LiveModels } from './live-models.js';

export interface CompletionRoute {
  profile: string;
  model: string;
}

@Injectable()
export class CompletionRoutes {
  constructor(
    private readonly config: CompletionsConfig,
    private readonly openai: OpenaiConfig,
    private readonly models: LiveModels,
  ) {}

  /** @param model that was asked for */
  of(model: string): CompletionRoute[] {
    const first = { profile: COMPLETIONS_PROFILE, model };
    const { fallbackModel } = this.config;
    if (fallbackModel === '') return [first];
    const elsewhere = this.openai.fallbackBaseUrl !== '';
    const second = {
      profile: elsewhere ? FALLBACK_PROFILE : COMPLETIONS_PROFILE,
      // What another provider calls its models is its own matter.
      model: elsewhere ? fallbackModel : this.models.of(fallbackModel),
    };
    return !elsewhere && second.model === model ? [first] : [first, second];
  }
}
