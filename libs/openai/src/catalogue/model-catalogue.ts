// Answers what a model name means today and what that model refuses. Pure over its data; warns nobody: a
// replaced name comes back as data and the caller says it once.
import type { ModelApi } from '../model/model-client.js';
import type { ModelRequest } from '../model/model-request.js';
import {
  MODELS,
  NEVER_A_MODEL,
  UNKNOWN_MODEL,
  type ModelEntry,
  type ModelPrice,
  type ModelTraits,
} from './models.data.js';
import { EMBEDDERS, type EmbedderEntry } from './embedders.data.js';
import { TRANSCRIBERS, type TranscriberEntry } from './transcribers.data.js';

export interface ResolvedModel {
  /** What to send. */
  model: string;
  /** Present when that is not what was asked for. */
  replaced?: { from: string; reason: 'alias' | 'shut_down' | 'never_existed'; shutdown_date?: string };
  /** Announced end of `model`, YYYY-MM-DD. */
  shutdown_date?: string;
}

export interface ShapedRequest {
  request: ModelRequest;
  capabilities: ModelTraits;
  /** Names of the parameters that the model would have refused. */
  dropped: string[];
}

/** Dates and fine-tunes share their base model's traits. */
const SNAPSHOT = /-\d{4}-\d{2}-\d{2}$/;

export class ModelCatalogue {
  constructor(private readonly aliases: ReadonlyMap<string, string> = new Map()) {}

  /** Own aliases are final; else a name that is dead on `today` leads to its living successor. Unknown names pass. */
  resolveModel(name: string, today: Date): ResolvedModel {
    const alias = this.aliases.get(name);
    if (alias !== undefined)
      return alias === name ? { model: name } : { model: alias, replaced: { from: name, reason: 'alias' } };
    const day = today.toISOString().slice(0, 10);
    const invented = Object.hasOwn(NEVER_A_MODEL, name) ? NEVER_A_MODEL[name] : undefined;
    if (invented !== undefined) {
      const model = living(invented, day);
      return { model, replaced: { from: name, reason: 'never_existed' }, ...ends(model) };
    }
    const model = living(name, day);
    if (model === name) return { model, ...ends(model) };
    return { model, replaced: { from: name, reason: 'shut_down', ...ends(name) }, ...ends(model) };
  }

  /** Everything known of a model, or undefined. */
  entry(model: string): ModelEntry | undefined {
    return find(model);
  }

  /** The catalogue's own name of a model: its own, or that of the model that a snapshot or fine-tune stems from. */
  baseName(model: string): string | undefined {
    const base = baseOf(model);
    return [base, base.replace(SNAPSHOT, '')].find(
      (name) => (own(name) ?? heard(name) ?? this.embedder(name)) !== undefined,
    );
  }

  /** By the catalogue, or undefined when it is not known. */
  price(model: string): ModelPrice | undefined {
    return (find(model) ?? this.transcriber(model) ?? this.embedder(model))?.price;
  }

  /** Everything known of a model that writes down speech, or undefined. */
  transcriber(model: string): TranscriberEntry | undefined {
    return heard(model) ?? heard(model.replace(SNAPSHOT, ''));
  }

  /** Everything known of a model that makes vectors, or undefined. */
  embedder(model: string): EmbedderEntry | undefined {
    return Object.hasOwn(EMBEDDERS, model) ? EMBEDDERS[model] : undefined;
  }

  capabilities(model: string): ModelTraits {
    return find(model) ?? UNKNOWN_MODEL;
  }

  /** Drops and clamps what `request.model` would refuse over this API. */
  shapeRequest(request: ModelRequest, api: ModelApi): ShapedRequest {
    const entry = find(request.model);
    const capabilities = entry ?? UNKNOWN_MODEL;
    const shaped: ModelRequest = { ...request };
    const dropped: string[] = [];
    const drop = (name: 'temperature' | 'top_p' | 'conversation' | 'background'): void => {
      if (shaped[name] === undefined) return;
      delete shaped[name];
      dropped.push(name);
    };
    if (capabilities.reasoning) {
      drop('temperature');
      drop('top_p');
    }
    if (api === 'chat') {
      const hosted = shaped.tools.filter(({ type }) => type !== 'function');
      shaped.tools = shaped.tools.filter(({ type }) => type === 'function');
      dropped.push(...hosted.map(({ type }) => type));
      drop('conversation');
      drop('background');
    }
    const most = shaped.max_output_tokens;
    if (most !== undefined && most < LEAST_OUTPUT_TOKENS && api === 'responses')
      shaped.max_output_tokens = LEAST_OUTPUT_TOKENS;
    if (entry !== undefined && (most ?? 0) > entry.max_output_tokens)
      shaped.max_output_tokens = entry.max_output_tokens;
    return { request: shaped, capabilities, dropped };
  }
}

/** The Responses API refuses to be asked for less; chat completions does not. */
const LEAST_OUTPUT_TOKENS = 16;

function find(model: string): ModelEntry | undefined {
  const base = baseOf(model);
  return own(base) ?? own(base.replace(SNAPSHOT, ''));
}

const baseOf = (model: string): string => (model.startsWith('ft:') ? (model.split(':')[1] ?? '') : model);

const own = (name: string): ModelEntry | undefined =>
  Object.hasOwn(MODELS, name) ? MODELS[name] : undefined;

const heard = (name: string): TranscriberEntry | undefined =>
  Object.hasOwn(TRANSCRIBERS, name) ? TRANSCRIBERS[name] : undefined;

const life = (name: string): Pick<ModelEntry, 'shutdown_date' | 'replacement'> | undefined =>
  find(name) ?? heard(name) ?? heard(name.replace(SNAPSHOT, ''));

function living(name: string, day: string): string {
  // A fine-tune dies with its base, but no other model is a substitute for it.
  const entry = name.startsWith('ft:') ? undefined : life(name);
  if (entry?.shutdown_date === undefined || entry.replacement === undefined || day < entry.shutdown_date)
    return name;
  return living(entry.replacement, day);
}

function ends(name: string): { shutdown_date?: string } {
  const date = life(name)?.shutdown_date;
  return date === undefined ? {} : { shutdown_date: date };
}
