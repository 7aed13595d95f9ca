// A ModelRequest as the body of POST /chat/completions, in the words that the model accepts. Pure.
import type {
  ChatCompletionCreateParamsStreaming,
  ChatCompletionTool,
} from 'openai/resources/chat/completions';
import type { ModelTraits } from '../catalogue/models.data.js';
import { UpstreamError } from '../errors/upstream-error.js';
import type { FunctionToolDefinition, ModelRequest } from '../model/model-request.js';
import { toChatMessages } from './to-chat-messages.js';

/** @throws UpstreamError `invalid_request` for tools with a model that takes them over the Responses API only */
export function toChatBody(request: ModelRequest, traits: ModelTraits): ChatCompletionCreateParamsStreaming {
  const { model, instructions, input, text } = request;
  const tools = request.tools.filter((tool): tool is FunctionToolDefinition => tool.type === 'function');
  const has_tools = tools.length > 0;
  if (has_tools && traits.chat_tools === 'never')
    throw new UpstreamError('invalid_request', `${model} takes tools over the Responses API only`);
  const limit = request.max_output_tokens;
  const limit_name = traits.max_completion_tokens ? 'max_completion_tokens' : 'max_tokens';
  const response_format = toResponseFormat(text);
  return {
    model,
    messages: toChatMessages(instructions, input),
    stream: true,
    stream_options: { include_usage: true },
    ...(has_tools ? { tools: tools.map(toChatTool) } : {}),
    ...(has_tools && request.parallel_tool_calls !== undefined
      ? { parallel_tool_calls: request.parallel_tool_calls }
      : {}),
    ...(has_tools && traits.chat_tools === 'effort_none' ? { reasoning_effort: 'none' as const } : {}),
    ...(limit === undefined ? {} : { [limit_name]: limit }),
    ...(request.temperature === undefined ? {} : { temperature: request.temperature }),
    ...(request.top_p === undefined ? {} : { top_p: request.top_p }),
    ...(response_format === undefined ? {} : { response_format }),
    ...(text?.verbosity ? { verbosity: text.verbosity } : {}),
    // Other people's servers may refuse what only OpenAI knows. (`metadata` is for stored completions.)
    ...(traits.max_completion_tokens ? onlyOpenai(request) : {}),
  };
}

function onlyOpenai({ prompt_cache_key, safety_identifier, service_tier }: ModelRequest) {
  return {
    store: false,
    ...(service_tier === undefined ? {} : { service_tier }),
    ...(prompt_cache_key === undefined ? {} : { prompt_cache_key }),
    ...(safety_identifier === undefined ? {} : { safety_identifier }),
  };
}

function toChatTool({ name, description, parameters, strict }: FunctionToolDefinition): ChatCompletionTool {
  return {
    type: 'function',
    function: {
      name,
      ...(description ? { description } : {}),
      ...(parameters ? { parameters } : {}),
      ...(strict === null ? {} : { strict }),
    },
  };
}

function toResponseFormat(
  text: ModelRequest['text'],
): ChatCompletionCreateParamsStreaming['response_format'] {
  const format = text?.format;
  if (format === undefined || format.type === 'text') return undefined;
  if (format.type === 'json_object') return format;
  const { type, ...json_schema } = format;
  return { type, json_schema };
}
