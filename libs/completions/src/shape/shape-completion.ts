// A one-shot request as a request to a model: the service's defaults and bounds around what was asked for. Pure.
import type { CompletionsConfig } from '#config';
import type { AnswerFormat, RunRequest } from '#contracts';
import type { ModelCatalogue, ModelRequest, ResponseInputItem, ResponseTextConfig } from '#openai';

export type ShapedCompletion = Omit<ModelRequest, 'input' | 'conversation'> & { max_output_tokens: number };

/** @param deadline UTC ms */
export function shapeCompletion(
  request: RunRequest,
  config: CompletionsConfig,
  deadline: number | undefined,
  now: number,
): ShapedCompletion {
  const { images = [], max_tokens = config.maxTokens, system_prompt, format } = request;
  const far = isFar(config, deadline, now);
  return {
    model: request.model ?? (images.length > 0 ? config.visionModel : config.model),
    tools: [],
    max_output_tokens: Math.min(max_tokens, config.maxTokens),
    temperature: request.temperature ?? config.temperature,
    ...(system_prompt !== undefined && { instructions: system_prompt }),
    ...(format !== undefined && { text: toText(format) }),
    ...(far && config.farDeadline === 'flex' && { service_tier: 'flex' as const }),
  };
}

/** @param deadline UTC ms */
export const isFar = (config: CompletionsConfig, deadline: number | undefined, now: number): boolean =>
  deadline !== undefined && deadline - now >= config.farDeadlineSeconds * 1_000;

function toText(format: AnswerFormat): ResponseTextConfig {
  if (format.type === 'json_object') return { format };
  const { strict = true, ...rest } = format;
  return { format: { ...rest, strict } };
}

/** What the model sees as the user's turn. */
export function toUserItem(message: string, images: readonly string[] = []): ResponseInputItem {
  return {
    type: 'message',
    role: 'user',
    content: [
      { type: 'input_text', text: message },
      ...images.map((image_url) => ({ type: 'input_image' as const, image_url, detail: 'auto' as const })),
    ],
  };
}

/** Tokens of one image at most, by what providers say of `detail: auto`. */
export const IMAGE_TOKENS = 1_600;
/** For models that the catalogue does not know. */
const USUAL_WINDOW = 128_000;

/** Tokens that earlier turns may have, beside everything else that the window must hold. Never negative. */
export function roomForContext(
  catalogue: ModelCatalogue,
  { model, max_output_tokens }: ShapedCompletion,
  tokens: { message: number; images: number },
): number {
  const window = catalogue.entry(model)?.context_tokens ?? USUAL_WINDOW;
  // Providers count a little more than the words: a twentieth is left for that.
  const room = window * 0.95 - max_output_tokens - tokens.message - tokens.images * IMAGE_TOKENS;
  return Math.max(0, Math.floor(room));
}
