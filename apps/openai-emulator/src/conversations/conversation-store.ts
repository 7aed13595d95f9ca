// Conversations, their items and their lock. Items outlive their conversation, as at OpenAI.

import { ApiError } from '../errors.js';
import { newId } from '../ids.js';
import type { Item } from '../responses/item.js';

const CAPACITY = 50_000;

export interface Conversation {
  id: string;
  createdAt: number;
  metadata: Record<string, string>;
  items: Item[];
  /** Id of the response that runs on it. */
  lockedBy: string | undefined;
}

export class ConversationStore {
  private readonly conversations = new Map<string, Conversation>();
  /** Items whose conversation was deleted: still there, only unreachable by list. */
  private readonly orphans = new Map<string, Item[]>();

  create(createdAt: number, metadata: Record<string, string>, items: Item[]): Conversation {
    const conversation = { id: newId('conv_'), createdAt, metadata, items, lockedBy: undefined };
    this.conversations.set(conversation.id, conversation);
    if (this.conversations.size > CAPACITY)
      this.conversations.delete(this.conversations.keys().next().value!);
    return conversation;
  }

  find(id: string): Conversation | undefined {
    return this.conversations.get(id);
  }

  /** @throws ApiError 404 */
  get(id: string): Conversation {
    const found = this.conversations.get(id);
    if (found === undefined) throw notFound(id);
    return found;
  }

  /** The items of a conversation, deleted or not. @throws ApiError 404 when it never was */
  itemsOf(id: string): Item[] {
    const items = this.conversations.get(id)?.items ?? this.orphans.get(id);
    if (items === undefined) throw notFound(id);
    return items;
  }

  /** @throws ApiError 404 */
  delete(id: string): void {
    const { items } = this.get(id);
    this.conversations.delete(id);
    if (items.length > 0) this.orphans.set(id, items);
  }

  /** @throws ApiError 400 conversation_locked while another response runs */
  lock(id: string, responseId: string): Conversation {
    const conversation = this.get(id);
    if (conversation.lockedBy !== undefined) {
      throw ApiError.badRequest(
        'Another process is currently operating on this conversation. Please retry in a few seconds.',
        'conversation',
        'conversation_locked',
      );
    }
    conversation.lockedBy = responseId;
    return conversation;
  }

  clear(): void {
    this.conversations.clear();
    this.orphans.clear();
  }
}

function notFound(id: string): ApiError {
  return ApiError.notFound(`Conversation with id '${id}' not found.`);
}
