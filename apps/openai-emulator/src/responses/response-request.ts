// POST /responses as a checked request. Refuses what OpenAI refuses; resolves nothing from the store.

import type { OutputFormat, Question } from '../answer/turns.js';
import { ApiError } from '../errors.js';
import type { ModelTraits } from '../models/catalogue.js';
import { checkMetadata } from '../metadata.js';
import { checkSchemaName, checkStrictSchema } from '../strict-schema.js';
import type { Item } from './item.js';
import { toItems } from './item.js';
import { checkTools, offeredTools } from './offered-tools.js';

export interface ResponseRequest {
  body: Record<string, unknown>;
  model: string;
  input: Item[];
  stream: boolean;
  background: boolean;
  store: boolean;
  conversationId: string | undefined;
  previousResponseId: string | undefined;
  /** Deltas carry padding. */
  obfuscated: boolean;
  encryptedReasoning: boolean;
  reasoningSummary: boolean;
  /** Searches of files show what they found. */
  searchResults: boolean;
}

/** SDK 7.55 `ResponseCreateParams`, and `stream`. */
const FIELDS = new Set(
  `model input instructions tools tool_choice parallel_tool_calls max_tool_calls max_output_tokens text reasoning temperature
   top_p top_logprobs include store previous_response_id conversation background stream stream_options context_management
   prompt prompt_cache_key prompt_cache_options prompt_cache_retention safety_identifier service_tier moderation metadata
   truncation user access_programs image`.split(/\s+/),
);
const LEAST_OUTPUT_TOKENS = 16;

/** @throws ApiError 400 */
export function toResponseRequest(body: Record<string, unknown>, traits: ModelTraits): ResponseRequest {
  for (const name of Object.keys(body)) {
    if (!FIELDS.has(name))
      throw ApiError.badRequest(`Unknown parameter: '${name}'.`, name, 'unknown_parameter');
  }
  for (const name of ['stream', 'background', 'store', 'parallel_tool_calls']) {
    const value = body[name] ?? undefined;
    if (value !== undefined && typeof value !== 'boolean')
      throw ApiError.invalidType(name, 'a boolean', value);
  }
  checkNumber(body, 'temperature', 0, 2);
  checkNumber(body, 'top_p', 0, 1);
  checkNumber(body, 'max_output_tokens', LEAST_OUTPUT_TOKENS, Infinity);
  checkTemperature(body, traits);
  checkMetadata(body['metadata']);
  checkTools(body['tools']);
  checkFormat(body['text']);
  const conversation = body['conversation'] ?? undefined;
  const previous = body['previous_response_id'] ?? undefined;
  if (conversation !== undefined && previous !== undefined) {
    throw ApiError.badRequest(
      "Mutually exclusive parameters: 'previous_response_id' and 'conversation'. Ensure you are only providing one of: 'previous_response_id' or 'conversation'.",
      null,
      'mutually_exclusive_parameters',
    );
  }
  const include = Array.isArray(body['include']) ? (body['include'] as unknown[]) : [];
  const reasoning = body['reasoning'] as { summary?: unknown } | null | undefined;
  const options = body['stream_options'] as { include_obfuscation?: unknown } | null | undefined;
  const input = body['input'] === undefined || body['input'] === null ? [] : toItems(body['input'], 'input');
  if (
    input.length === 0 &&
    conversation === undefined &&
    previous === undefined &&
    body['prompt'] === undefined
  ) {
    throw ApiError.badRequest(
      "Missing required parameter: 'input'. One of 'input', 'previous_response_id', 'prompt' or 'conversation' must be provided.",
      'input',
      'missing_required_parameter',
    );
  }
  return {
    body,
    model: body['model'] as string,
    input,
    stream: body['stream'] === true,
    background: body['background'] === true,
    store: body['store'] !== false,
    conversationId: conversationId(conversation),
    previousResponseId: previous === undefined ? undefined : String(previous),
    obfuscated: options?.include_obfuscation !== false,
    searchResults: include.includes('file_search_call.results'),
    encryptedReasoning: include.includes('reasoning.encrypted_content'),
    reasoningSummary: reasoning?.summary !== undefined && reasoning.summary !== null,
  };
}

/**
 * Body parts that shape the answer.
 * @param turns the whole context, input last
 */
export function toQuestion(
  body: Record<string, unknown>,
  turns: Question['turns'],
  fileSearch: Question['fileSearch'],
): Question {
  const choice = body['tool_choice'];
  const { name: named, type: kind } = (typeof choice === 'object' && choice !== null ? choice : {}) as {
    name?: unknown;
    type?: unknown;
  };
  const instructions = body['instructions'];
  const format = toFormat(body['text']);
  if (format.kind === 'json_object' && !/json/i.test(JSON.stringify([body['input'], instructions]))) {
    throw ApiError.badRequest(
      "Response input messages must contain the word 'json' in some form to use 'text.format' of type 'json_object'.",
      'input',
    );
  }
  return {
    turns,
    instructions: typeof instructions === 'string' ? instructions : undefined,
    tools: offeredTools(body['tools']),
    fileSearch,
    toolChoice: {
      ...(typeof named === 'string' && { force: named }),
      ...(kind === 'file_search' && { search: true }),
      mode: choice === 'none' || choice === 'required' ? choice : 'auto',
    },
    parallelCalls: body['parallel_tool_calls'] !== false,
    format,
    maxTokens: typeof body['max_output_tokens'] === 'number' ? body['max_output_tokens'] : undefined,
  };
}

function checkFormat(text: unknown): void {
  const format = (text as { format?: Record<string, unknown> } | null | undefined)?.format;
  if (format?.['type'] !== 'json_schema') return;
  checkSchemaName(format['name'], 'text.format.name');
  if (format['schema'] === undefined) throw ApiError.missing('text.format.schema');
  if (format['strict'] === true) {
    checkStrictSchema(
      format['schema'],
      `response_format '${String(format['name'])}'`,
      'text.format.schema',
      'invalid_json_schema',
    );
  }
}

function toFormat(text: unknown): OutputFormat {
  const format = (text as { format?: { type?: unknown; schema?: unknown } } | null | undefined)?.format;
  if (format?.type === 'json_schema') return { kind: 'json_schema', schema: format.schema };
  return { kind: format?.type === 'json_object' ? 'json_object' : 'text' };
}

function checkTemperature(body: Record<string, unknown>, traits: ModelTraits): void {
  const temperature = body['temperature'] ?? 1;
  if (traits.strict !== true || temperature === 1) return;
  const effort = (body['reasoning'] as { effort?: unknown } | null | undefined)?.effort;
  if (!(traits.effortNone === true && effort === 'none')) throw ApiError.unsupported('temperature');
}

function checkNumber(body: Record<string, unknown>, name: string, least: number, most: number): void {
  const value = body[name] ?? undefined;
  if (value === undefined) return;
  if (typeof value !== 'number') throw ApiError.invalidType(name, 'a number', value);
  const kind = Number.isInteger(value) && name.startsWith('max') ? 'integer' : 'decimal';
  if (value < least) {
    throw ApiError.badRequest(
      `Invalid '${name}': ${kind} below minimum value. Expected a value >= ${least}, but got ${value} instead.`,
      name,
      `${kind}_below_min_value`,
    );
  }
  if (value > most) {
    throw ApiError.badRequest(
      `Invalid '${name}': ${kind} above maximum value. Expected a value <= ${most}, but got ${value} instead.`,
      name,
      `${kind}_above_max_value`,
    );
  }
}

function conversationId(conversation: unknown): string | undefined {
  if (conversation === undefined || typeof conversation === 'string') return conversation;
  const { id } = conversation as { id?: unknown };
  if (typeof id !== 'string') throw ApiError.missing('conversation.id');
  return id;
}
