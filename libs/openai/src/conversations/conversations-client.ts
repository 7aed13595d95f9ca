// OpenAI Conversations, thinly: the transcript that the provider holds. Knows the API's limits and its errors,
// nothing of threads.
import type { OpenAI } from 'openai';
import type { ConversationItem } from 'openai/resources/conversations/items';
import type { ResponseInputItem } from 'openai/resources/responses/responses';
import { toUpstreamError } from '../errors/to-upstream-error.js';

export type { ConversationItem };

/** What one request may carry. */
const ITEMS_PER_CALL = 20;
const PAGE = 100;
const CALL_MS = 30_000;

/** Every method throws UpstreamError; `not_found` where the conversation or item is gone. */
export class ConversationsClient {
  constructor(private readonly openai: OpenAI) {}

  /** Resolves to the new id (`conv_…`). @param metadata at most 16 pairs */
  async create(metadata: Record<string, string> = {}, signal?: AbortSignal): Promise<string> {
    const { id } = await told(this.openai.conversations.create({ metadata }, options(signal)));
    return id;
  }

  async exists(conversation: string, signal?: AbortSignal): Promise<boolean> {
    try {
      await told(this.openai.conversations.retrieve(conversation, options(signal)));
      return true;
    } catch (error) {
      if (toUpstreamError(error).kind === 'not_found') return false;
      throw error;
    }
  }

  /** The provider keeps the items of a deleted conversation: delete them first. */
  async delete(conversation: string, signal?: AbortSignal): Promise<void> {
    await told(this.openai.conversations.delete(conversation, options(signal)));
  }

  /** Adds in order, in calls of at most 20. Not atomic across calls: look at the items after a failure. */
  async addItems(
    conversation: string,
    items: readonly ResponseInputItem[],
    signal?: AbortSignal,
  ): Promise<ConversationItem[]> {
    const added: ConversationItem[] = [];
    for (let at = 0; at < items.length; at += ITEMS_PER_CALL) {
      const body = { items: items.slice(at, at + ITEMS_PER_CALL) };
      const page = await told(this.openai.conversations.items.create(conversation, body, options(signal)));
      added.push(...page.data);
    }
    return added;
  }

  /**
   * Items from the oldest on, those after `after` (an item id) if given. Pages are fetched as they are read.
   */
  async *listItems(
    conversation: string,
    after?: string,
    signal?: AbortSignal,
  ): AsyncGenerator<ConversationItem> {
    yield* this.pages(conversation, 'asc', after, signal);
  }

  /** Items from the newest on. */
  async *listNewestItems(conversation: string, signal?: AbortSignal): AsyncGenerator<ConversationItem> {
    yield* this.pages(conversation, 'desc', undefined, signal);
  }

  async deleteItem(conversation: string, item: string, signal?: AbortSignal): Promise<void> {
    const where = { conversation_id: conversation };
    await told(this.openai.conversations.items.delete(item, where, options(signal)));
  }

  private async *pages(
    conversation: string,
    order: 'asc' | 'desc',
    after: string | undefined,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<ConversationItem> {
    const query = { order, limit: PAGE, ...(after === undefined ? {} : { after }) };
    try {
      for await (const item of this.openai.conversations.items.list(conversation, query, options(signal)))
        yield item;
    } catch (error) {
      throw toUpstreamError(error);
    }
  }
}

const options = (signal: AbortSignal | undefined) => ({
  timeout: CALL_MS,
  ...(signal === undefined ? {} : { signal }),
});

async function told<T>(call: PromiseLike<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw toUpstreamError(error);
  }
}
