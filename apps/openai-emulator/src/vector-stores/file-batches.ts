// The routes of /vector_stores/{id}/file_batches: many files at once, how far they are, and their cancellation.

import { ApiError } from '../errors.js';
import type { Exchange } from '../http/exchange.js';
import type { Router } from '../http/router.js';
import type { Settings } from '../settings.js';
import { attributesIn, chunkSizes, idsIn, onlyFields, tooMany } from './checks.js';
import { pageOfFiles, pollHint, toAttachment } from './store-files.js';
import type { Attachment, VectorStoreRegistry } from './vector-store-registry.js';
import { toBatchObject, type FileBatch, type VectorStore } from './vector-store.js';

const MOST_FILES = 2_000;

export class FileBatches {
  constructor(
    private readonly registry: VectorStoreRegistry,
    private readonly settings: Settings,
  ) {}

  addTo(router: Router): void {
    const all = '/v1/vector_stores/{vector_store_id}/file_batches';
    const one = `${all}/{batch_id}`;
    router.on('POST', all, this.create);
    router.on('GET', one, this.retrieve);
    router.on('POST', `${one}/cancel`, this.cancel);
    router.on('GET', `${one}/files`, this.listFiles);
  }

  readonly create = (exchange: Exchange): void => {
    const attachments = toAttachments(exchange.object());
    const store = this.registry.living(exchange.params['vector_store_id']!, exchange.project);
    for (const { file_id } of attachments) this.registry.requireFile(file_id, exchange.project);
    const files = attachments.map((each) => this.registry.attach(store, each, exchange.directives));
    this.answer(exchange, store, this.registry.addBatch(store, files));
  };

  readonly retrieve = (exchange: Exchange): void => {
    const { store, batch } = this.batch(exchange, true);
    this.answer(exchange, store, batch);
  };

  readonly cancel = (exchange: Exchange): void => {
    const { store, batch } = this.batch(exchange);
    if (toBatchObject(store, batch).status === 'in_progress') {
      batch.cancelled = true;
      for (const file of batch.files) file.cancel();
    }
    this.answer(exchange, store, batch);
  };

  readonly listFiles = (exchange: Exchange): void => {
    exchange.json(200, pageOfFiles(this.batch(exchange, true).batch.files, exchange.query));
  };

  private answer(exchange: Exchange, store: VectorStore, batch: FileBatch): void {
    const object = toBatchObject(store, batch);
    exchange.json(200, object, pollHint(object.status, this.settings));
  }

  private batch(exchange: Exchange, asked = false): { store: VectorStore; batch: FileBatch } {
    const { vector_store_id: storeId, batch_id: id } = exchange.params;
    const store = this.registry.get(storeId!, exchange.project);
    if (!id!.startsWith('vsfb_'))
      throw ApiError.badRequest(
        `Invalid 'batch_id': '${id}'. Expected an ID that begins with 'vsfb_'.`,
        'batch_id',
        'invalid_value',
      );
    const batch = store.batches.get(id!);
    if (batch === undefined)
      throw ApiError.notFound(`No file batch found with id '${id}' in vector store '${storeId}'.`);
    if (asked) for (const file of batch.files) this.registry.look(file);
    return { store, batch };
  }
}

/** @throws ApiError 400 */
function toAttachments(body: Record<string, unknown>): Attachment[] {
  onlyFields(body, ['file_ids', 'files', 'attributes', 'chunking_strategy']);
  const { file_ids, files } = body;
  if (file_ids !== undefined && files !== undefined)
    throw ApiError.badRequest(
      "Mutually exclusive parameters: 'file_ids' and 'files'. Ensure you are only providing one of: 'file_ids' or 'files'.",
      null,
      'mutually_exclusive_parameters',
    );
  const found = files === undefined ? fromIds(body) : fromFiles(files);
  if (found.length === 0)
    throw ApiError.badRequest(
      `Invalid '${files === undefined ? 'file_ids' : 'files'}': empty array. Expected an array with minimum length 1, but got an empty array instead.`,
      files === undefined ? 'file_ids' : 'files',
      'empty_array',
    );
  return found;
}

function fromIds(body: Record<string, unknown>): Attachment[] {
  if (body['file_ids'] === undefined) throw ApiError.missing('file_ids');
  const attributes = attributesIn(body['attributes']);
  const sizes = chunkSizes(body['chunking_strategy']);
  const ids = idsIn(body['file_ids'], 'file_ids', MOST_FILES);
  return [...new Set(ids)].map((file_id) => ({ file_id, attributes, sizes }));
}

/** Here each entry speaks for itself: what the batch says of all is not heard. */
function fromFiles(files: unknown): Attachment[] {
  if (!Array.isArray(files)) throw ApiError.invalidType('files', 'an array of objects', files);
  tooMany(files, 'files', MOST_FILES);
  return files.map((file: unknown, index) => {
    if (typeof file !== 'object' || file === null)
      throw ApiError.invalidType(`files[${index}]`, 'an object', file);
    return toAttachment(file as Record<string, unknown>, `files[${index}].`);
  });
}
