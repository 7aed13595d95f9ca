// The routes of /vector_stores/{id}/files: attach, look, list, change attributes, read the parsed text, detach.

import { ApiError } from '../errors.js';
import type { Exchange } from '../http/exchange.js';
import type { Router } from '../http/router.js';
import { pageOf, type Page } from '../page.js';
import type { Settings } from '../settings.js';
import { attributesIn, chunkSizes, onlyFields } from './checks.js';
import type { StoreFile } from './store-file.js';
import type { Attachment, VectorStoreRegistry } from './vector-store-registry.js';
import type { VectorStore } from './vector-store.js';

const STATUSES: readonly string[] = ['in_progress', 'completed', 'failed', 'cancelled'];

export class StoreFiles {
  constructor(
    private readonly registry: VectorStoreRegistry,
    private readonly settings: Settings,
  ) {}

  addTo(router: Router): void {
    const all = '/v1/vector_stores/{vector_store_id}/files';
    const one = `${all}/{file_id}`;
    router.on('POST', all, this.attach);
    router.on('GET', all, this.list);
    router.on('GET', one, this.retrieve);
    router.on('POST', one, this.update);
    router.on('DELETE', one, this.detach);
    router.on('GET', `${one}/content`, this.content);
  }

  readonly attach = (exchange: Exchange): void => {
    const attachment = toAttachment(exchange.object());
    const store = this.registry.living(exchange.params['vector_store_id']!, exchange.project);
    exchange.json(200, this.registry.attach(store, attachment, exchange.directives).toObject());
  };

  readonly list = (exchange: Exchange): void => {
    const store = this.registry.get(exchange.params['vector_store_id']!, exchange.project, true);
    exchange.json(200, pageOfFiles([...store.files.values()], exchange.query));
  };

  readonly retrieve = (exchange: Exchange): void => {
    const { file } = this.file(exchange, true);
    exchange.json(200, file.toObject(), pollHint(file.status, this.settings));
  };

  readonly update = (exchange: Exchange): void => {
    const { file } = this.file(exchange);
    const body = exchange.object();
    onlyFields(body, ['attributes']);
    if (body['attributes'] === undefined) throw ApiError.missing('attributes');
    file.attributes = attributesIn(body['attributes']);
    exchange.json(200, file.toObject());
  };

  readonly detach = (exchange: Exchange): void => {
    const { store, file } = this.file(exchange);
    store.files.delete(file.id);
    exchange.json(200, { id: file.id, object: 'vector_store.file.deleted', deleted: true });
  };

  readonly content = (exchange: Exchange): void => {
    const { file } = this.file(exchange);
    const data = file.status === 'completed' ? [{ type: 'text', text: file.parsed }] : [];
    exchange.json(200, { object: 'vector_store.file_content.page', data, has_more: false, next_page: null });
  };

  private file(exchange: Exchange, asked = false): { store: VectorStore; file: StoreFile } {
    const { vector_store_id: storeId, file_id: id } = exchange.params;
    const store = this.registry.get(storeId!, exchange.project);
    const file = store.files.get(id!);
    if (file === undefined)
      throw ApiError.notFound(`No file found with id '${id}' in vector store '${storeId}'.`);
    if (asked) this.registry.look(file);
    return { store, file };
  }
}

/** One entry of an attach or of a batch. @throws ApiError 400 */
export function toAttachment(body: Record<string, unknown>, path = ''): Attachment {
  onlyFields(body, ['file_id', 'attributes', 'chunking_strategy'], path);
  const { file_id } = body;
  if (file_id === undefined) throw ApiError.missing(`${path}file_id`);
  if (typeof file_id !== 'string') throw ApiError.invalidType(`${path}file_id`, 'a string', file_id);
  return {
    file_id,
    attributes: attributesIn(body['attributes'], `${path}attributes`),
    sizes: chunkSizes(body['chunking_strategy'], `${path}chunking_strategy`),
  };
}

/** @throws ApiError 400 for a filter that is no status */
export function pageOfFiles(files: readonly StoreFile[], query: URLSearchParams): Page<object> {
  const filter = query.get('filter');
  if (filter !== null && !STATUSES.includes(filter))
    throw ApiError.badRequest(
      `Invalid value: '${filter}'. Supported values are: ${STATUSES.map((each) => `'${each}'`).join(', ')}.`,
      'filter',
      'invalid_value',
    );
  const page = pageOf(
    files.filter(({ status }) => filter === null || status === filter),
    query,
  );
  return { ...page, data: page.data.map((file) => file.toObject()) };
}

/** When to ask again, as the SDK's helpers understand it. */
export function pollHint(status: string, settings: Settings): Record<string, string> {
  return status === 'in_progress' ? { 'openai-poll-after-ms': String(settings.poll_after_ms) } : {};
}
