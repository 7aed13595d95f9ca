// Which models answer today, and GET /models in OpenAI's form.

import type { Model } from 'openai/resources/models';

import type { EmulatorClock } from '../clock.js';
import { ApiError } from '../errors.js';
import type { Exchange } from '../http/exchange.js';
import type { ModelEntry, ModelTraits } from './catalogue.js';
import { MODELS } from './catalogue.js';

const BY_ID = new Map(MODELS.map((model) => [model.id, model]));

export class Models {
  constructor(private readonly clock: EmulatorClock) {}

  /**
   * What a model refuses. Fine-tunes (`ft:…`) and `emu-…` ids exist and refuse nothing.
   * @throws ApiError 404 model_not_found for unknown ids and past the shutdown date, 400 when `model` is no string
   */
  require(model: unknown): ModelTraits {
    if (model === undefined) throw ApiError.missing('model');
    if (typeof model !== 'string') throw ApiError.invalidType('model', 'a string', model);
    if (model.startsWith('ft:') || model.startsWith('emu-')) return {};
    const entry = BY_ID.get(model);
    if (entry === undefined) {
      throw ApiError.notFound(
        `The model \`${model}\` does not exist or you do not have access to it.`,
        null,
        'model_not_found',
      );
    }
    if (this.isGone(entry)) {
      throw ApiError.notFound(
        `The model \`${model}\` has been deprecated, learn more here: https://platform.openai.com/docs/deprecations`,
        null,
        'model_not_found',
      );
    }
    return entry;
  }

  readonly list = (exchange: Exchange): void => {
    const data = MODELS.filter((model) => !this.isGone(model)).map(toModel);
    exchange.json(200, { object: 'list', data });
  };

  readonly retrieve = (exchange: Exchange): void => {
    const id = exchange.params['model']!;
    this.require(id);
    exchange.json(200, toModel(BY_ID.get(id) ?? { id, created: '2026-01-01' }));
  };

  private isGone(model: ModelEntry): boolean {
    return model.shutdown !== undefined && this.clock.now() >= Date.parse(model.shutdown);
  }
}

function toModel(entry: ModelEntry): Model {
  return {
    id: entry.id,
    object: 'model',
    created: Date.parse(entry.created) / 1000,
    owned_by: entry.id.startsWith('ft:') ? 'org-emulator' : 'system',
    shutdown_date: entry.shutdown ?? null,
  };
}
