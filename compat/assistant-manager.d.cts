// The types of the assistant manager. Errors carry Parley's finite `code`.
import type { Assistant, AssistantConfig, CleanUpReport, SavedAssistant } from './assistants.cjs';

export type { Assistant, AssistantConfig, CleanUpReport, SavedAssistant };

export interface AssistantManager {
  /** A new current assistant. @param config fields that differ from the documented defaults */
  createAssistant(config?: AssistantConfig): Promise<Assistant>;
  /** To `config/openai-assistant.json` of the working directory; what stood there is kept as a copy. */
  saveAssistantConfig(assistant: Assistant): Promise<void>;
  /** The line `OPENAI_ASSISTANT_ID=` of the working directory's `.env`; every other byte stays. */
  updateEnvFile(id: string): Promise<void>;
  /** What was saved, or null. */
  loadAssistantConfig(): Promise<SavedAssistant | null>;
  /** Newest first. */
  listAssistants(): Promise<Assistant[]>;
  /** @throws an error whose `code` is `not_found` */
  getAssistant(id: string): Promise<Assistant>;
  /** @throws an error whose `code` is `not_found` or `invalid_request` */
  updateAssistant(id: string, updates: AssistantConfig): Promise<Assistant>;
  /** False when there was none by this id, which goes on record as failed. */
  deleteAssistant(id: string): Promise<boolean>;
  /** What the files name if it exists, else the current one, else a new one; both files then name it. */
  getOrCreateAssistant(forceNew?: boolean): Promise<Assistant>;
  /** Deletes all but the newest of those that nobody needs. @param keepCount at least 1; default 5 */
  cleanupAssistants(keepCount?: number): Promise<CleanUpReport>;
  /** @param intervalMs for all replicas; 0 = always due */
  setRefreshInterval(intervalMs: number): Promise<void>;
  /** Ends the connections, so that the process can end; a later call opens them again. */
  close(): Promise<void>;
}

export function createAssistantManager(): AssistantManager;

export const createAssistant: AssistantManager['createAssistant'];
export const saveAssistantConfig: AssistantManager['saveAssistantConfig'];
export const updateEnvFile: AssistantManager['updateEnvFile'];
export const loadAssistantConfig: AssistantManager['loadAssistantConfig'];
export const listAssistants: AssistantManager['listAssistants'];
export const getAssistant: AssistantManager['getAssistant'];
export const updateAssistant: AssistantManager['updateAssistant'];
export const deleteAssistant: AssistantManager['deleteAssistant'];
export const getOrCreateAssistant: AssistantManager['getOrCreateAssistant'];
export const cleanupAssistants: AssistantManager['cleanupAssistants'];
export const setRefreshInterval: AssistantManager['setRefreshInterval'];
export const close: AssistantManager['close'];
