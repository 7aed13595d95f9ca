// The routes of /files: upload, look, list, delete, and the download that most purposes are refused.

import type { FileObject } from 'openai/resources/files';

import { ApiError } from '../errors.js';
import type { Exchange } from '../http/exchange.js';
import { pageOf } from '../page.js';
import type { FileStore } from './file-store.js';
import { DOWNLOADABLE, PURPOSES } from './purposes.js';

const BATCH_BYTES = 200 << 20;
const BATCH_SECONDS = 30 * 86_400;
const LIST_LIMIT = 10_000;

export class Files {
  constructor(private readonly store: FileStore) {}

  readonly create = (exchange: Exchange): void => {
    const { form } = exchange;
    if (form === undefined)
      throw ApiError.badRequest('The body must be multipart/form-data with a file and its purpose.');
    const { fields, file } = form;
    if (file === undefined) throw ApiError.missing('file');
    const { purpose } = fields;
    if (purpose === undefined) throw ApiError.missing('purpose');
    if (!PURPOSES.has(purpose))
      throw ApiError.badRequest(
        `'${purpose}' is not one of ${JSON.stringify([...PURPOSES])} - 'purpose'`,
        'purpose',
      );
    if (file.bytes === 0) throw ApiError.badRequest('File is empty.', 'file');
    if (purpose === 'batch' && file.bytes > BATCH_BYTES)
      throw ApiError.badRequest('File is too large for a batch. The limit is 200 MB.', 'file');
    const object = this.store.add({
      filename: file.filename,
      purpose: purpose as FileObject['purpose'],
      content: file.take(),
      project: exchange.project,
      lifetimeSeconds: lifetime(fields) ?? (purpose === 'batch' ? BATCH_SECONDS : undefined),
    });
    exchange.json(200, object);
  };

  readonly retrieve = (exchange: Exchange): void => {
    exchange.json(200, this.store.get(idOf(exchange), exchange.project).object);
  };

  readonly list = (exchange: Exchange): void => {
    const purpose = exchange.query.get('purpose');
    const files = this.store
      .all(exchange.project)
      .filter((file) => purpose === null || file.purpose === purpose);
    exchange.json(200, pageOf(files, exchange.query, { most: LIST_LIMIT, usual: LIST_LIMIT }));
  };

  readonly delete = (exchange: Exchange): void => {
    const id = idOf(exchange);
    this.store.get(id, exchange.project);
    this.store.delete(id);
    exchange.json(200, { id, object: 'file', deleted: true });
  };

  readonly content = (exchange: Exchange): void => {
    const { object, content } = this.store.get(idOf(exchange), exchange.project);
    if (!DOWNLOADABLE.has(object.purpose))
      throw ApiError.badRequest(`Not allowed to download files of purpose: ${object.purpose}`);
    exchange.bytes(content, 'application/octet-stream', {
      'content-disposition': `attachment; filename="${encodeURIComponent(object.filename)}"`,
    });
  };
}

/** @throws ApiError 400 */
function lifetime(fields: Record<string, string>): number | undefined {
  const { 'expires_after[anchor]': anchor, 'expires_after[seconds]': text } = fields;
  if (anchor === undefined && text === undefined) return undefined;
  const seconds = Number(text);
  if (anchor !== 'created_at')
    throw ApiError.badRequest(
      `Invalid value: expected 'created_at'.`,
      'expires_after.anchor',
      'invalid_value',
    );
  if (!Number.isInteger(seconds) || seconds < 3_600 || seconds > 2_592_000)
    throw ApiError.badRequest(
      `Invalid 'expires_after.seconds': expected an integer from 3600 to 2592000.`,
      'expires_after.seconds',
      'invalid_value',
    );
  return seconds;
}

function idOf(exchange: Exchange): string {
  return exchange.params['file_id']!;
}
