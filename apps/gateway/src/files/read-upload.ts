// A form with files, read as it comes: each file is handed on as a stream, one after the other, and one that nobody wants is read to its end so
// that the next one is reached. Nothing of it is held.
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import { ParleyError } from '#contracts';

export interface UploadedFile {
  name: string | undefined;
  body: AsyncIterable<Uint8Array>;
}

export interface UploadForm {
  /** Fields that stood before the file. */
  fields: ReadonlyMap<string, string>;
  file: UploadedFile;
}

export interface UploadLimits {
  files: number;
  /** Without a byte from the client for so long it is given up, ms. */
  idleMs: number;
}

const FIELDS = 8;
const FIELD_BYTES = 1_024;

/**
 * @returns how many files there were, when the last is read
 * @throws ParleyError `invalid_request` for a body that is no form, has too many parts, ends early or stalls; what `take` throws
 */
export async function readUpload(
  { type, body }: { type: string; body: IncomingMessage },
  { files: mostFiles, idleMs }: UploadLimits,
  take: (form: UploadForm) => Promise<void>,
): Promise<number> {
  const parser = open(type, mostFiles);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  promise.catch(() => undefined);
  const fields = new Map<string, string>();
  let taken: Promise<void> = Promise.resolve();
  let count = 0;
  let current: Readable | undefined;

  const fail = (error: unknown): void => {
    reject(error as Error);
    body.unpipe(parser);
    // Whoever reads the file hears of it; the rest is dropped, so that the client gets its answer.
    current?.destroy(error as Error);
    body.resume();
  };
  const idle = setTimeout(() => {
    fail(cut('nothing came for too long'));
    body.destroy();
  }, idleMs);
  body.on('data', () => void idle.refresh());
  parser.on('field', (name, value, nameCut, valueCut) => {
    if (nameCut || valueCut) return fail(bad('a field is too long'));
    fields.set(name, value);
  });
  parser.on('file', (_field, stream, name) => {
    count += 1;
    current = stream;
    // Its error is told to whoever reads it; without a reader it must not end the process.
    stream.on('error', () => undefined);
    taken = taken
      // Whoever stops half-way must not end the stream: the form's next part comes behind it.
      .then(() => take({ fields, file: { name, body: stream.iterator({ destroyOnReturn: false }) } }))
      .finally(() => void stream.resume());
    taken.catch(fail);
  });
  parser.once('filesLimit', () => fail(bad(`at most ${mostFiles} files`)));
  parser.once('fieldsLimit', () => fail(bad('it has too many fields')));
  parser.once('partsLimit', () => fail(bad('it has too many parts')));
  parser.once('error', () => fail(bad('it is no form, or ends early')));
  parser.once('finish', () => taken.then(resolve, reject));
  body.once('error', () => fail(cut('the client left')));
  body.once('close', () => {
    if (!body.complete) fail(cut('the client left'));
  });
  body.pipe(parser);
  try {
    await promise;
    if (count === 0) throw bad('it has no file');
    return count;
  } finally {
    clearTimeout(idle);
    // Whoever is told that a form failed is told when nothing of it is left here.
    await taken.catch(() => undefined);
    // Whoever goes on sending what nobody wants gets as long as any other body.
    if (!body.complete) setTimeout(() => body.destroy(), idleMs).unref();
  }
}

function open(type: string, files: number): BusboyInstance {
  try {
    return new Busboy({
      headers: { 'content-type': type },
      limits: {
        files,
        fields: FIELDS,
        fieldSize: FIELD_BYTES,
        fieldNameSize: 64,
        parts: files + FIELDS,
        headerPairs: 16,
        headerSize: 4_096,
      },
    });
  } catch {
    throw bad('it is no form');
  }
}

const bad = (detail: string): ParleyError =>
  new ParleyError('invalid_request', `unable to read form; ${detail}`, { details: [detail] });

const cut = (why: string): ParleyError => new ParleyError('run_cancelled', `unable to read form; ${why}`);
