// A request's history in one form, whichever API it came by.

export type Turn =
  | { kind: 'message'; role: 'user' | 'assistant' | 'system'; text: string; images: number; files: number }
  | { kind: 'call'; callId: string; name: string; arguments: string }
  | { kind: 'output'; callId: string; text: string }
  | { kind: 'other' };

export interface OfferedTool {
  name: string;
  parameters: unknown;
}

/** A piece of a file that a search has found. */
export interface FileHit {
  file_id: string;
  filename: string;
  /** 0 to 1. */
  score: number;
  attributes: Readonly<Record<string, string | number | boolean>>;
  text: string;
}

export interface FileSearchAnswer {
  queries: string[];
  /** Best first. */
  hits: FileHit[];
}

export interface OutputFormat {
  kind: 'text' | 'json_object' | 'json_schema';
  schema?: unknown;
}

/** What an answer is built from. */
export interface Question {
  turns: Turn[];
  instructions: string | undefined;
  tools: OfferedTool[];
  /** Searches the files that the request offers. */
  fileSearch: ((query: string) => FileSearchAnswer) | undefined;
  /** A name forces that tool, `search` the search of files, `required` any, `none` forbids. */
  toolChoice: { force?: string; search?: boolean; mode: 'auto' | 'required' | 'none' };
  parallelCalls: boolean;
  format: OutputFormat;
  /** Tokens the answer may have. */
  maxTokens: number | undefined;
}

/** Index of the last user message, or -1. */
export function lastUserIndex(turns: readonly Turn[]): number {
  return turns.findLastIndex((turn) => turn.kind === 'message' && turn.role === 'user');
}
