// A multipart body, read as it comes: fields as text, the file at the pace of whoever keeps it.

import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';

import { Busboy, type BusboyInstance } from '@fastify/busboy';

import { ApiError } from '../errors.js';
import { MEMORY_BYTES } from '../files/file-bytes.js';
import { Upload, type UploadSummary } from './upload.js';

/** OpenAI takes files up to here. */
const MAX_FILE_BYTES = 512 << 20;
/** Samples of voices come as text. */
const MAX_FIELD_BYTES = 8 << 20;

/** What journal and rules see of a form: not the bytes of its file. Grows while the form comes in. */
export type FormSummary = Record<string, string | string[] | UploadSummary> & { file?: UploadSummary };

export interface Form {
  /** Nested ones are named as sent: `expires_after[anchor]`. */
  fields: Record<string, string>;
  /** Those of several values, named without the `[]` they are sent with. */
  lists: Record<string, string[]>;
  file: Upload | undefined;
  summary: FormSummary;
}

/** Names are the client's, so that nothing may be inherited. */
const bare = <T>(): T => Object.create(null) as T;

export const emptyForm = (): Form => ({ fields: bare(), lists: bare(), file: undefined, summary: bare() });

export const isForm = (request: IncomingMessage): boolean =>
  /^multipart\/form-data\b/i.test(request.headers['content-type'] ?? '');

/**
 * Fills `form`, and resolves when all of it has come.
 * @param body the request, or what is left of it behind a fault
 * @param keep whether a file too large for memory is wanted, by the fields that have come
 * @throws ApiError 400 for a body that is no form or has several files, 413 for a file past 512 MB; the socket's error
 * when the client leaves before the end
 */
export function readForm(
  request: IncomingMessage,
  body: Readable,
  form: Form,
  keep: (form: Form) => boolean,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const refuse = (error: ApiError): void => {
    reject(error);
    // The rest is read and dropped, so that the client gets its answer.
    body.unpipe();
    body.resume();
  };
  const bad = (): ApiError => ApiError.badRequest('We could not parse the multipart body of your request.');
  let parser: BusboyInstance;
  try {
    parser = new Busboy({
      headers: { ...request.headers, 'content-type': request.headers['content-type'] ?? '' },
      // A test reads the name as it was sent.
      preservePath: true,
      limits: { files: 1, fileSize: MAX_FILE_BYTES, fieldSize: MAX_FIELD_BYTES },
    });
  } catch {
    refuse(bad());
    return promise;
  }
  let stored: Promise<void> | undefined;
  parser.on('field', (name, value) => addField(form, name, value));
  parser.on('file', (field, stream, filename, _encoding, type) => {
    const upload = new Upload(
      { field, filename: filename ?? 'upload', type, bytes: 0, sha256: undefined },
      Number(request.headers['content-length'] ?? 0) > MEMORY_BYTES + MAX_FIELD_BYTES,
      () => keep(form),
    );
    form.file = upload;
    form.summary.file = upload.summary;
    stored = new Promise((done, failed) => upload.once('finish', done).once('error', failed));
    stored.catch(reject);
    // The form ends in the middle of the file.
    stream.once('error', () => refuse(bad()));
    stream.once('limit', () => refuse(new ApiError(413, 'File is too large. The limit is 512 MB.')));
    stream.pipe(upload);
  });
  parser.once('filesLimit', () => refuse(ApiError.badRequest('Expected one file.', 'file')));
  parser.once('finish', () => {
    (stored ?? Promise.resolve()).then(resolve, reject);
  });
  parser.once('error', () => refuse(bad()));
  for (const source of [request, body]) source.once('error', reject);
  request.once('aborted', () => reject(new Error('the client left')));
  body.pipe(parser);
  return promise;
}

function addField(form: Form, name: string, value: string): void {
  const list = /^(.+)\[\d*\]$/.exec(name)?.[1];
  if (list === undefined) {
    form.fields[name] = value;
    form.summary[name] = value;
    return;
  }
  (form.lists[list] ??= []).push(value);
  form.summary[list] = form.lists[list];
}
