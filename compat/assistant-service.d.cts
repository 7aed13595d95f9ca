// The types of the assistant service. Errors carry Parley's finite `code`.
import type { AssistantConfig } from './assistants.cjs';

export type { AssistantConfig };

export interface AssistantServiceStatus {
  assistantId: string | null;
  /** ISO 8601. */
  lastRefresh: string | null;
  /** Milliseconds. */
  refreshInterval: number;
  needsRefresh: boolean;
}

export interface AssistantService {
  /** The current assistant's id; the assistant is made when there is none. */
  initialize(): Promise<string>;
  /** The same, refreshed when its interval has passed. */
  getCurrentAssistantId(): Promise<string>;
  /** A new current assistant, now; its id. @param config fields that differ from the one before */
  refreshAssistantId(config?: AssistantConfig): Promise<string>;
  getStatus(): Promise<AssistantServiceStatus>;
  /** Ends the connections, so that the process can end; a later call opens them again. */
  close(): Promise<void>;
}

export function createAssistantService(): AssistantService;

export const initialize: AssistantService['initialize'];
export const getCurrentAssistantId: AssistantService['getCurrentAssistantId'];
export const refreshAssistantId: AssistantService['refreshAssistantId'];
export const getStatus: AssistantService['getStatus'];
export const close: AssistantService['close'];
