// The routes of /vector_stores: create, look, list, change, delete, search.

import { ApiError } from '../errors.js';
import type { Exchange } from '../http/exchange.js';
import type { Router } from '../http/router.js';
import { checkMetadata } from '../metadata.js';
import { pageOf } from '../page.js';
import { chunkSizes, expiresAfter, idsIn, onlyFields } from './checks.js';
import { search } from './search.js';
import { toSearchRequest } from './search-request.js';
import type { VectorStore } from './vector-store.js';
import type { VectorStoreRegistry } from './vector-store-registry.js';

const MOST_FILES = 500;

export class VectorStores {
  constructor(private readonly registry: VectorStoreRegistry) {}

  addTo(router: Router): void {
    const one = '/v1/vector_stores/{vector_store_id}';
    router.on('POST', '/v1/vector_stores', this.create);
    router.on('GET', '/v1/vector_stores', this.list);
    router.on('GET', one, (exchange) => exchange.json(200, this.store(exchange, true).toObject()));
    router.on('POST', one, this.update);
    router.on('DELETE', one, this.delete);
    router.on('POST', `${one}/search`, this.search);
  }

  readonly create = (exchange: Exchange): void => {
    const body = exchange.body === undefined ? {} : exchange.object();
    onlyFields(body, ['name', 'description', 'file_ids', 'expires_after', 'chunking_strategy', 'metadata']);
    const { metadata, description } = body;
    checkMetadata(metadata);
    const ids = idsIn(body['file_ids'] ?? [], 'file_ids', MOST_FILES);
    const sizes = chunkSizes(body['chunking_strategy']);
    for (const id of ids) this.registry.requireFile(id, exchange.project);
    const store = this.registry.create({
      name: optionalText(body['name'], 'name') ?? '',
      description: optionalText(description, 'description'),
      metadata: (metadata ?? {}) as Record<string, string>,
      expiresAfter: expiresAfter(body['expires_after']),
      project: exchange.project,
    });
    for (const file_id of ids)
      this.registry.attach(store, { file_id, attributes: {}, sizes }, exchange.directives);
    exchange.json(200, store.toObject());
  };

  readonly list = (exchange: Exchange): void => {
    const page = pageOf(this.registry.all(exchange.project), exchange.query);
    exchange.json(200, { ...page, data: page.data.map((store) => store.toObject()) });
  };

  readonly update = (exchange: Exchange): void => {
    const store = this.store(exchange);
    const body = exchange.object();
    onlyFields(body, ['name', 'expires_after', 'metadata']);
    checkMetadata(body['metadata']);
    const expiry = expiresAfter(body['expires_after']);
    if (body['name'] !== undefined) store.name = optionalText(body['name'], 'name') ?? '';
    if (body['expires_after'] !== undefined) store.expiresAfter = expiry;
    if (body['metadata'] !== undefined) store.metadata = (body['metadata'] ?? {}) as Record<string, string>;
    exchange.json(200, store.toObject());
  };

  readonly delete = (exchange: Exchange): void => {
    const id = idOf(exchange);
    this.registry.delete(id, exchange.project);
    exchange.json(200, { id, object: 'vector_store.deleted', deleted: true });
  };

  readonly search = (exchange: Exchange): void => {
    const request = toSearchRequest(exchange.object());
    const store = this.registry.living(idOf(exchange), exchange.project);
    this.registry.touch(store);
    exchange.json(200, {
      object: 'vector_store.search_results.page',
      search_query: request.queries,
      data: search([store], request).map(({ text, ...hit }) => ({
        ...hit,
        content: [{ type: 'text', text }],
      })),
      has_more: false,
      next_page: null,
    });
  };

  private store(exchange: Exchange, asked = false): VectorStore {
    return this.registry.get(idOf(exchange), exchange.project, asked);
  }
}

function idOf(exchange: Exchange): string {
  return exchange.params['vector_store_id']!;
}

function optionalText(value: unknown, name: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw ApiError.invalidType(name, 'a string', value);
  return value;
}
