// A multipart body, read as it comes: fields as text, the file as the pieces that arrived, never copied together.

import type { IncomingMessage } from 'node:http';

import { Busboy, type BusboyInstance } from '@fastify/busboy';

import { ApiError } from '../errors.js';

/** OpenAI takes files up to here. */
const MAX_FILE_BYTES = 512 << 20;

export interface UploadedFile {
  filename: string;
  chunks: Buffer[];
  bytes: number;
}

export interface Form {
  /** Nested ones are named as sent: `expires_after[anchor]`. */
  fields: Record<string, string>;
  file: UploadedFile | undefined;
}

export const isForm = (request: IncomingMessage): boolean =>
  /^multipart\/form-data\b/i.test(request.headers['content-type'] ?? '');

/**
 * @throws ApiError 400 for a body that is no form or has several files, 413 for a file past 512 MB; the socket's error
 * when the client leaves before the end
 */
export function readForm(request: IncomingMessage): Promise<Form> {
  const { promise, resolve, reject } = Promise.withResolvers<Form>();
  const form: Form = { fields: {}, file: undefined };
  const refuse = (error: ApiError): void => {
    reject(error);
    // The rest is read and dropped, so that the client gets its answer.
    request.unpipe();
    request.resume();
  };
  const bad = (): ApiError => ApiError.badRequest('We could not parse the multipart body of your request.');
  let parser: BusboyInstance;
  try {
    parser = new Busboy({
      headers: { ...request.headers, 'content-type': request.headers['content-type'] ?? '' },
      limits: { files: 1, fileSize: MAX_FILE_BYTES },
    });
  } catch {
    refuse(bad());
    return promise;
  }
  parser.on('field', (name, value) => (form.fields[name] = value));
  parser.on('file', (_name, stream, filename) => {
    const file: UploadedFile = { filename: filename ?? 'upload', chunks: [], bytes: 0 };
    form.file = file;
    stream.on('data', (chunk: Buffer) => {
      file.chunks.push(chunk);
      file.bytes += chunk.length;
    });
    stream.once('limit', () => refuse(new ApiError(413, 'File is too large. The limit is 512 MB.')));
  });
  parser.once('filesLimit', () => refuse(ApiError.badRequest('Expected one file.', 'file')));
  parser.once('finish', () => resolve(form));
  parser.once('error', () => refuse(bad()));
  request.once('error', reject);
  request.once('aborted', () => reject(new Error('the client left')));
  request.pipe(parser);
  return promise;
}
