// What a run works with, whoever has found it.
import type { AssistantSnapshot } from '#assistants';
import type { ModelRequest } from '#openai';
import type { Thread } from '#threads';
import type { Conversation } from './conversation.js';

export interface RunSetting {
  /** Absent where a request stands alone. */
  thread?: Thread;
  /** Absent where a model answers as asked. */
  assistant?: AssistantSnapshot;
  /** The request without its input. */
  request: Omit<ModelRequest, 'input' | 'conversation'>;
  /** Up to the user's message. */
  conversation: Conversation;
}
