// What the two modules speak of: OpenAI's assistant object with Parley's additions, and what is kept of it in a file.

export type AssistantTool =
  | { type: 'function'; function: { name: string; [more: string]: unknown } }
  | { type: 'code_interpreter' }
  | { type: 'file_search'; file_search?: { max_num_results?: number; [more: string]: unknown } };

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
  model: string;
  instructions: string | null;
  tools: AssistantTool[];
  tool_resources: {
    code_interpreter?: { file_ids: string[] };
    file_search?: { vector_store_ids: string[] };
  };
  /** At most 16 pairs. */
  metadata: Record<string, string>;
  temperature: number | null;
  top_p: number | null;
  response_format: ResponseFormat;
}

/** Fields that differ; what is left out keeps its value. */
export type AssistantConfig = Partial<AssistantSettings>;

export interface Assistant extends AssistantSettings {
  id: string;
  object: 'assistant';
  /** UTC seconds. */
  created_at: number;
  purpose: string;
  /** The one that new runs get. */
  version: number;
  created_by: string;
  /** Whether a clean-up may delete it. */
  made_by_us: boolean;
  /** Whether it is the current one of its purpose. */
  current: boolean;
}

/** `config/openai-assistant.json` as it was found; other programs write it too. */
export interface SavedAssistant {
  assistantId?: string;
  name?: string | null;
  model?: string;
  description?: string | null;
  instructions?: string | null;
  tools?: unknown[];
  metadata?: Record<string, string>;
  /** ISO 8601. */
  createdAt?: string;
  updatedAt?: string;
}

export interface CleanUpReport {
  keep: number;
  dry_run: boolean;
  /** Newest first. */
  deleted: string[];
  kept: { id: string; reason: 'current' | 'foreign' | 'chosen' | 'on_trial' | 'in_use' }[];
  failed: { id: string; code: string }[];
}
