// The routes of /conversations and their items. There is no list of conversations, as at OpenAI.

import type { EmulatorClock } from '../clock.js';
import { ApiError } from '../errors.js';
import type { Exchange } from '../http/exchange.js';
import { checkMetadata } from '../metadata.js';
import { pageOf } from '../page.js';
import { toItems } from '../responses/item.js';
import type { Item } from '../responses/item.js';
import type { Conversation, ConversationStore } from './conversation-store.js';

const MAX_ITEMS = 20;

export class Conversations {
  constructor(
    private readonly store: ConversationStore,
    private readonly clock: EmulatorClock,
  ) {}

  readonly create = (exchange: Exchange): void => {
    const body = exchange.body === undefined ? {} : exchange.object();
    checkMetadata(body['metadata']);
    const items = body['items'] === undefined || body['items'] === null ? [] : readItems(body['items']);
    const metadata = (body['metadata'] ?? {}) as Record<string, string>;
    exchange.json(200, toResource(this.store.create(this.clock.seconds(), metadata, items)));
  };

  readonly retrieve = (exchange: Exchange): void => {
    exchange.json(200, toResource(this.store.get(idOf(exchange))));
  };

  readonly update = (exchange: Exchange): void => {
    const conversation = this.store.get(idOf(exchange));
    const { metadata } = exchange.object();
    if (metadata === undefined) throw ApiError.missing('metadata');
    checkMetadata(metadata);
    conversation.metadata = (metadata ?? {}) as Record<string, string>;
    exchange.json(200, toResource(conversation));
  };

  readonly delete = (exchange: Exchange): void => {
    const id = idOf(exchange);
    this.store.delete(id);
    exchange.json(200, { id, object: 'conversation.deleted', deleted: true });
  };

  readonly createItems = (exchange: Exchange): void => {
    const conversation = this.store.get(idOf(exchange));
    const items = readItems(exchange.object()['items']);
    conversation.items.push(...items);
    exchange.json(200, {
      object: 'list',
      data: items,
      first_id: items[0]?.id ?? '',
      last_id: items.at(-1)?.id ?? '',
      has_more: false,
    });
  };

  readonly listItems = (exchange: Exchange): void => {
    exchange.json(200, pageOf(this.store.get(idOf(exchange)).items, exchange.query));
  };

  readonly retrieveItem = (exchange: Exchange): void => {
    exchange.json(200, this.item(exchange).item);
  };

  readonly deleteItem = (exchange: Exchange): void => {
    const { items, item } = this.item(exchange);
    items.splice(items.indexOf(item), 1);
    const conversation = this.store.find(idOf(exchange));
    // OpenAI answers with the conversation; when that is gone there is nothing but its id left to show.
    exchange.json(
      200,
      conversation === undefined
        ? { id: idOf(exchange), object: 'conversation', created_at: 0, metadata: {} }
        : toResource(conversation),
    );
  };

  private item(exchange: Exchange): { items: Item[]; item: Item } {
    const items = this.store.itemsOf(idOf(exchange));
    const id = exchange.params['item_id']!;
    const item = items.find((each) => each.id === id);
    if (item === undefined) throw ApiError.notFound(`Item with id '${id}' not found in conversation.`);
    return { items, item };
  }
}

function idOf(exchange: Exchange): string {
  return exchange.params['conversation_id']!;
}

function readItems(value: unknown): Item[] {
  if (value === undefined) throw ApiError.missing('items');
  if (!Array.isArray(value)) throw ApiError.invalidType('items', 'an array of items', value);
  if (value.length > MAX_ITEMS) {
    throw ApiError.badRequest(
      `Invalid 'items': array too long. Expected an array with maximum length ${MAX_ITEMS}, but got an array with length ${value.length} instead.`,
      'items',
      'array_above_max_length',
    );
  }
  return toItems(value, 'items');
}

function toResource(conversation: Conversation): Record<string, unknown> {
  return {
    id: conversation.id,
    object: 'conversation',
    created_at: conversation.createdAt,
    metadata: conversation.metadata,
  };
}
