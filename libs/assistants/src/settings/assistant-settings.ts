// What an assistant is set to, in the words of OpenAI's assistant object. A version of an assistant is exactly
// this, and never changes once it is written.

export type AssistantTool =
  | { type: 'function'; function: { name: string; [more: string]: unknown } }
  | { type: 'code_interpreter' }
  | { type: 'file_search'; file_search?: { max_num_results?: number; [more: string]: unknown } };

export interface ToolResources {
  code_interpreter?: { file_ids: string[] };
  file_search?: { vector_store_ids: string[] };
}

export type ResponseFormat =
  | 'auto'
  | { type: 'text' }
  | { type: 'json_object' }
  | {
      type: 'json_schema';
      json_schema: { name: string; schema: Record<string, unknown>; strict?: boolean; description?: string };
    };

export interface AssistantSettings {
  name: string | null;
  description: string | null;
  /** As configured; the model catalogue resolves retired names. */
  model: string;
  instructions: string | null;
  /** Function tools count by their name: what the model learns of them is said where they are registered. */
  tools: AssistantTool[];
  tool_resources: ToolResources;
  /** At most 16 pairs; keys up to 64, values up to 512 characters. */
  metadata: Record<string, string>;
  temperature: number | null;
  top_p: number | null;
  response_format: ResponseFormat;
  /** Parley's own, of the assistant that is made from the configuration. */
  resume?: 'rerun' | 'background';
}

/** Any part of the settings; what is left out keeps its value. */
export type AssistantConfig = Partial<Omit<AssistantSettings, 'resume'>>;

const EMPTY: AssistantSettings = {
  name: null,
  description: null,
  model: '',
  instructions: null,
  tools: [],
  tool_resources: {},
  metadata: {},
  temperature: null,
  top_p: null,
  response_format: 'auto',
};

/** Field by field: `metadata` and `tool_resources` by their own members, everything else as a whole. */
export function mergeSettings(base: Partial<AssistantSettings>, config: AssistantConfig): AssistantSettings {
  const given = Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined));
  const merged: AssistantSettings = { ...EMPTY, ...base, ...given };
  merged.metadata = { ...base.metadata, ...config.metadata };
  merged.tool_resources = { ...base.tool_resources, ...config.tool_resources };
  return merged;
}

/** From how Redis holds them. Records of before this registry named function tools by plain text. */
export function parseSettings(json: string): AssistantSettings {
  const stored = JSON.parse(json) as Partial<AssistantSettings> & { tools?: (AssistantTool | string)[] };
  const tools = (stored.tools ?? []).map((tool): AssistantTool =>
    typeof tool === 'string' ? { type: 'function', function: { name: tool } } : tool,
  );
  return { ...EMPTY, ...stored, tools };
}
