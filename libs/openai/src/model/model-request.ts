// What one call to a model carries. Knows the provider's item shapes (the Responses API's own, snake_case);
// knows neither which API will be spoken nor what a run is.
import type {
  FunctionTool,
  ResponseInputItem,
  ResponseTextConfig,
} from 'openai/resources/responses/responses';

/** A function the model may call: `{type: 'function', name, description?, parameters, strict}`. */
export type FunctionToolDefinition = Pick<
  FunctionTool,
  'type' | 'name' | 'description' | 'parameters' | 'strict'
>;

/** A tool that the provider runs itself; chat completions have none of them. */
export type HostedToolDefinition =
  | { type: 'code_interpreter'; container: { type: 'auto'; file_ids?: string[] } }
  | { type: 'file_search'; vector_store_ids: string[]; max_num_results?: number };

export type ToolDefinition = FunctionToolDefinition | HostedToolDefinition;

export interface ModelRequest {
  /** A live model id: resolve aliases with `ModelCatalogue.resolveModel` first. */
  model: string;
  instructions?: string;
  /** Transcript in order, oldest first. With `conversation`, only what is new. */
  input: ResponseInputItem[];
  tools: ToolDefinition[];
  temperature?: number;
  top_p?: number;
  /** Upper bound of visible and reasoning tokens together. */
  max_output_tokens?: number;
  parallel_tool_calls?: boolean;
  text?: ResponseTextConfig;
  /** Id of a transcript that the provider holds (`conv_…`); the responses API only. */
  conversation?: string;
  /** Run apart from the connection, so that `resume` and `poll` work; the responses API only. */
  background?: boolean;
  /** `flex` is slower and cheaper; the responses API and OpenAI's own chat only. */
  service_tier?: 'flex';
  prompt_cache_key?: string;
  /** At most 128 characters, already hashed. */
  safety_identifier?: string;
  /** At most 16 pairs; keys up to 64, values up to 512 characters. */
  metadata?: Record<string, string>;
}
