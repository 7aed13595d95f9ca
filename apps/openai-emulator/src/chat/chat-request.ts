// POST /chat/completions as a checked request. Refuses what OpenAI refuses of the newer models.

import type { OfferedTool, OutputFormat, Question } from '../answer/turns.js';
import { ApiError } from '../errors.js';
import { checkMetadata } from '../metadata.js';
import type { ModelTraits } from '../models/catalogue.js';
import { checkSchemaName, checkStrictSchema } from '../strict-schema.js';
import { toChatTurns } from './chat-messages.js';

export interface ChatRequest {
  body: Record<string, unknown>;
  model: string;
  stream: boolean;
  includeUsage: boolean;
  obfuscated: boolean;
  question: Question;
}

/** SDK 7.55 `ChatCompletionCreateParams`. */
const FIELDS = new Set(
  `messages model audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens max_tokens metadata
   modalities moderation n parallel_tool_calls prediction presence_penalty prompt_cache_key prompt_cache_options
   prompt_cache_retention reasoning_effort response_format safety_identifier seed service_tier stop store stream stream_options
   temperature tool_choice tools top_logprobs top_p user verbosity web_search_options`.split(/\s+/),
);

/** @throws ApiError 400 */
export function toChatRequest(body: Record<string, unknown>, traits: ModelTraits): ChatRequest {
  for (const name of Object.keys(body)) {
    if (!FIELDS.has(name)) throw ApiError.badRequest(`Unrecognized request argument supplied: ${name}`);
  }
  if (body['messages'] === undefined) throw ApiError.missing('messages');
  if ((body['n'] ?? 1) !== 1)
    throw ApiError.badRequest('Only n=1 is served by this stand-in.', 'n', 'unsupported_value');
  checkStrictModel(body, traits);
  checkMetadata(body['metadata']);
  const tools = readTools(body['tools']);
  checkToolsWithReasoning(body, traits, tools.length > 0);
  const format = readFormat(body);
  const options = body['stream_options'] as
    { include_usage?: unknown; include_obfuscation?: unknown } | null | undefined;
  if (options !== undefined && options !== null && body['stream'] !== true) {
    throw ApiError.badRequest(
      "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
      'stream_options',
    );
  }
  const limit = body['max_completion_tokens'] ?? body['max_tokens'];
  const choice = body['tool_choice'];
  const named =
    typeof choice === 'object' && choice !== null
      ? (choice as { function?: { name?: unknown } }).function?.name
      : undefined;
  const turns = toChatTurns(body['messages']);
  const instructions = turns
    .filter((turn) => turn.kind === 'message' && turn.role === 'system')
    .map((turn) => (turn.kind === 'message' ? turn.text : ''));
  return {
    body,
    model: body['model'] as string,
    stream: body['stream'] === true,
    includeUsage: options?.include_usage === true,
    obfuscated: options?.include_obfuscation !== false,
    question: {
      // System messages are the instructions here, as they are a field of their own in the other API.
      turns: turns.filter((turn) => turn.kind !== 'message' || turn.role !== 'system'),
      instructions: instructions.length > 0 ? instructions.join('\n') : undefined,
      tools,
      fileSearch: undefined,
      toolChoice: {
        ...(typeof named === 'string' ? { force: named } : {}),
        mode: choice === 'none' || choice === 'required' ? choice : 'auto',
      },
      parallelCalls: body['parallel_tool_calls'] !== false,
      format,
      maxTokens: typeof limit === 'number' ? limit : undefined,
    },
  };
}

function checkStrictModel(body: Record<string, unknown>, traits: ModelTraits): void {
  const set = (name: string) => body[name] !== undefined && body[name] !== null;
  if (traits.reasoning === true && set('max_tokens'))
    throw ApiError.unsupported('max_tokens', 'max_completion_tokens');
  if (traits.strict !== true) return;
  if (set('stop')) throw ApiError.unsupported('stop');
  const free = traits.effortNone === true && body['reasoning_effort'] === 'none';
  if (set('temperature') && body['temperature'] !== 1 && !free) {
    throw ApiError.badRequest(
      `Unsupported value: 'temperature' does not support ${JSON.stringify(body['temperature'])} with this model. Only the default (1) value is supported.`,
      'temperature',
      'unsupported_value',
    );
  }
}

function checkToolsWithReasoning(
  body: Record<string, unknown>,
  traits: ModelTraits,
  hasTools: boolean,
): void {
  if (!hasTools || traits.chatTools === undefined) return;
  const effort = body['reasoning_effort'] ?? undefined;
  if (effort === 'none' && traits.effortNone === true) return;
  if (effort === undefined && traits.chatTools === 'refused-with-effort') return;
  throw ApiError.badRequest(
    `Function tools with reasoning_effort are not supported for ${String(body['model'])} in /v1/chat/completions. To use function tools, use /v1/responses or set reasoning_effort to 'none'.`,
    'reasoning_effort',
  );
}

function readTools(tools: unknown): OfferedTool[] {
  if (tools === undefined || tools === null) return [];
  if (!Array.isArray(tools)) throw ApiError.invalidType('tools', 'an array of objects', tools);
  const offered: OfferedTool[] = [];
  for (const [index, value] of tools.entries()) {
    const { type, function: fn } = value as { type?: unknown; function?: Record<string, unknown> };
    if (type === undefined) throw ApiError.missing(`tools[${index}].type`);
    if (type !== 'function') continue;
    if (fn === undefined) throw ApiError.missing(`tools[${index}].function`);
    checkSchemaName(fn['name'], `tools[${index}].function.name`);
    if (fn['strict'] === true) {
      checkStrictSchema(
        fn['parameters'],
        `function '${String(fn['name'])}'`,
        `tools[${index}].function.parameters`,
        'invalid_function_parameters',
      );
    }
    offered.push({ name: String(fn['name']), parameters: fn['parameters'] });
  }
  return offered;
}

function readFormat(body: Record<string, unknown>): OutputFormat {
  const format = body['response_format'] as
    | { type?: unknown; json_schema?: { name?: unknown; schema?: unknown; strict?: unknown } }
    | null
    | undefined;
  if (format?.type === 'json_object') {
    if (!/json/i.test(JSON.stringify(body['messages']))) {
      throw ApiError.badRequest(
        "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
        'messages',
      );
    }
    return { kind: 'json_object' };
  }
  if (format?.type !== 'json_schema') return { kind: 'text' };
  const schema = format.json_schema;
  if (schema === undefined) throw ApiError.missing('response_format.json_schema');
  checkSchemaName(schema.name, 'response_format.json_schema.name');
  if (schema.strict === true) {
    checkStrictSchema(
      schema.schema,
      `response_format '${String(schema.name)}'`,
      'response_format',
      'invalid_json_schema',
    );
  }
  return { kind: 'json_schema', schema: schema.schema };
}
