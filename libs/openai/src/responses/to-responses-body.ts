// A ModelRequest as the body of POST /responses. Pure; what a model refuses has been dropped before.
import type { ResponseCreateParamsStreaming, ResponseInputItem } from 'openai/resources/responses/responses';
import type { ModelRequest } from '../model/model-request.js';

/**
 * Keeps no state at the provider (`store: false`) unless a conversation holds the transcript there; the
 * reasoning then travels with us, encrypted, where the model `reasons`. Background responses without a store
 * can be fetched for about ten minutes.
 */
export function toResponsesBody(request: ModelRequest, reasons: boolean): ResponseCreateParamsStreaming {
  const { conversation, input, tools, parallel_tool_calls, ...rest } = request;
  const stateless = conversation === undefined;
  return {
    ...rest,
    stream: true,
    stream_options: { include_obfuscation: false },
    store: !stateless,
    input: stateless ? input.filter(isReplayable) : input,
    ...(conversation === undefined ? {} : { conversation }),
    ...(stateless && reasons ? { include: ['reasoning.encrypted_content'] } : {}),
    ...(tools.length > 0 ? { tools } : {}),
    ...(tools.length > 0 && parallel_tool_calls !== undefined ? { parallel_tool_calls } : {}),
  };
}

/** Without its encrypted content a reasoning item is a mere reference, and to nothing: 404. */
function isReplayable(item: ResponseInputItem): boolean {
  return item.type !== 'reasoning' || typeof item.encrypted_content === 'string';
}
