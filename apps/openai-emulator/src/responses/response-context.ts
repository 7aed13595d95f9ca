// What a request builds on: the previous response, a conversation, earlier items by reference. Also who may write there.

import type { ConversationStore } from '../conversations/conversation-store.js';
import { ApiError } from '../errors.js';
import { isOurs } from './encrypted.js';
import type { Item } from './item.js';
import { checkCallPairs } from './item.js';
import type { ResponseDraft } from './response-draft.js';
import type { ResponseRequest } from './response-request.js';
import type { ResponseStore } from './response-store.js';

const MAX_REMEMBERED_ITEMS = 100_000;

export class ResponseContext {
  /** Output items of stored responses, which a later input may name by id. */
  private readonly kept = new Map<string, Item>();
  /** Item → the reasoning it came of; the one is refused without the other. */
  private readonly reasoningOf = new Map<string, string>();

  constructor(
    private readonly responses: ResponseStore,
    private readonly conversations: ConversationStore,
  ) {}

  /**
   * All items the model is given, oldest first.
   * @throws ApiError 400 or 404 for unknown ids, foreign reasoning, calls without outputs
   */
  resolve(request: ResponseRequest): Item[] {
    const earlier = this.earlier(request);
    const known = new Set(earlier.map((item) => item.id));
    const input = request.input.map((item) => this.known(item, known));
    const items = earlier.length === 0 ? input : [...earlier, ...input];
    checkCallPairs(items);
    this.checkReasoning(items);
    return items;
  }

  /** @throws ApiError 400 conversation_locked */
  lock(request: ResponseRequest, responseId: string): void {
    if (request.conversationId !== undefined) this.conversations.lock(request.conversationId, responseId);
  }

  /** Writes a finished response's items where they belong and lets the next one in; for every way a response can end. */
  release(draft: ResponseDraft): void {
    const { conversationId, store, input } = draft.request;
    const usable = draft.status === 'completed' || draft.status === 'incomplete';
    if (usable && store) this.remember(draft.output);
    if (usable && (store || draft.request.encryptedReasoning)) this.tieToReasoning(draft.output);
    if (conversationId === undefined) return;
    const conversation = this.conversations.find(conversationId);
    if (conversation?.lockedBy !== draft.id) return;
    conversation.lockedBy = undefined;
    if (usable) conversation.items.push(...input, ...draft.output);
  }

  clear(): void {
    this.kept.clear();
    this.reasoningOf.clear();
  }

  private earlier(request: ResponseRequest): readonly Item[] {
    if (request.conversationId !== undefined) return this.conversations.get(request.conversationId).items;
    if (request.previousResponseId === undefined) return [];
    const previous = this.responses.find(request.previousResponseId);
    if (previous === undefined) {
      throw ApiError.badRequest(
        `Previous response with id '${request.previousResponseId}' not found.`,
        'previous_response_id',
        'previous_response_not_found',
      );
    }
    return [...previous.context, ...previous.draft.output];
  }

  private known(item: Item, earlier: ReadonlySet<string>): Item {
    if (item.type === 'item_reference') {
      const found = this.kept.get(item.id);
      if (found === undefined) throw unknownItem(item.id);
      return found;
    }
    if (item.type !== 'reasoning') return item;
    const encrypted = item['encrypted_content'];
    if (typeof encrypted === 'string') {
      if (isOurs(encrypted)) return item;
      throw ApiError.badRequest(
        `The encrypted content for item ${item.id} could not be verified. Reason: Encrypted content could not be decrypted or parsed.`,
        null,
        'invalid_encrypted_content',
      );
    }
    if (!this.kept.has(item.id) && !earlier.has(item.id)) throw unknownItem(item.id);
    return item;
  }

  private checkReasoning(items: readonly Item[]): void {
    if (this.reasoningOf.size === 0) return;
    const present = new Set(items.map((item) => item.id));
    for (const item of items) {
      const reasoning = this.reasoningOf.get(item.id);
      if (reasoning === undefined || present.has(reasoning)) continue;
      throw ApiError.badRequest(
        `Item '${item.id}' of type '${item.type}' was provided without its required 'reasoning' item: '${reasoning}'.`,
        'input',
      );
    }
  }

  private tieToReasoning(items: readonly Item[]): void {
    let reasoning: string | undefined;
    for (const item of items) {
      if (item.type === 'reasoning') reasoning = item.id;
      else if (reasoning !== undefined) this.reasoningOf.set(item.id, reasoning);
    }
    while (this.reasoningOf.size > MAX_REMEMBERED_ITEMS)
      this.reasoningOf.delete(this.reasoningOf.keys().next().value!);
  }

  private remember(items: readonly Item[]): void {
    for (const item of items) {
      this.kept.set(item.id, item);
      if (this.kept.size > MAX_REMEMBERED_ITEMS) this.kept.delete(this.kept.keys().next().value!);
    }
  }
}

function unknownItem(id: string): ApiError {
  return ApiError.notFound(
    `Item with id '${id}' not found. Items are not persisted when \`store\` is set to false. Try again with \`store\` set to true, or remove this item from your input.`,
    'input',
  );
}
