// A form with files, read as it comes: each file is handed on as a stream, one after the other, and one that nobody wants is read to its end so
// that the next one is reached. Nothing of it is held.
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import { ParleyError } from '#contracts';

/** Each value of each field, in order. */
export type FormFields = ReadonlyMap<string, readonly string[]>;

export interface FormFile {
  /** Of the field. */
  field: string;
  /** As its owner calls it. */
  name: string | undefined;
  body: AsyncIterable<Uint8Array>;
}

export interface FormPart {
  /** Those that stood before the file. */
  fields: FormFields;
  file: FormFile;
  /** Aborted when the form fails, also by another part. */
  signal: AbortSignal;
}

/** What a door takes. */
export interface FormLimits {
  files: number;
  fields: number;
  /** Of one value, bytes. */
  fieldBytes: number;
}

/** Without a byte from the client for so long it is given up. */
const IDLE_MS = 30_000;

/**
 * @param take gets each file in turn; what it throws ends the reading. It is never left running: who is told that the form failed is told
 * when it has ended, so that all it removes is gone by then
 * @returns all fields, when everything is read and taken
 * @throws ParleyError `invalid_request` for a body that is no form, has no file or too many parts; `run_cancelled` for one that ends early or
 * stalls; what `take` throws
 */
export async function readForm(
  { type, body }: { type: string; body: IncomingMessage },
  limits: FormLimits,
  take: (part: FormPart) => Promise<void>,
): Promise<FormFields> {
  const parser = open(type, limits);
  const { promise: read, resolve, reject } = Promise.withResolvers<void>();
  const failed = new AbortController();
  const { signal } = failed;
  const fields = new Map<string, string[]>();
  let taken: Promise<void> | undefined;
  let current: Readable | undefined;

  const fail = (error: unknown): void => {
    if (signal.aborted) return;
    failed.abort(error);
    reject(error as Error);
    body.unpipe(parser);
    // Whoever reads the file hears of it; the rest is dropped, so that the client gets its answer.
    current?.destroy(error as Error);
    body.resume();
  };
  const idle = setTimeout(() => {
    fail(cut('nothing came for too long'));
    body.destroy();
  }, IDLE_MS);
  body.on('data', () => void idle.refresh());
  parser.on('field', (name, value, nameCut, valueCut) => {
    if (nameCut || valueCut) return fail(bad('a field is too long'));
    const values = fields.get(name);
    if (values === undefined) fields.set(name, [value]);
    else values.push(value);
  });
  parser.on('file', (field, stream, name) => {
    // Its error is told to whoever reads it; without a reader it must not end the process.
    stream.on('error', () => undefined);
    if (signal.aborted) return void stream.resume();
    current = stream;
    // Whoever stops half-way must not end the stream: the form's next part comes behind it.
    const file = { field, name, body: stream.iterator({ destroyOnReturn: false }) };
    taken = (taken ?? Promise.resolve())
      .then(() => {
        signal.throwIfAborted();
        return take({ fields, file, signal });
      })
      .finally(() => void stream.resume());
    taken.catch(fail);
  });
  parser.once('filesLimit', () => fail(bad(`at most ${limits.files} files`)));
  parser.once('fieldsLimit', () => fail(bad('it has too many fields')));
  parser.once('partsLimit', () => fail(bad('it has too many parts')));
  parser.once('error', () => fail(bad('it is no form, or ends early')));
  parser.once('finish', () => {
    if (taken === undefined) fail(bad('it has no file'));
    else taken.then(resolve, fail);
  });
  body.once('error', () => fail(cut('the client left')));
  body.once('close', () => {
    if (!body.complete) fail(cut('the client left'));
  });
  body.pipe(parser);
  try {
    await read;
    return fields;
  } finally {
    clearTimeout(idle);
    await taken?.catch(() => undefined);
    // Whoever goes on sending what nobody wants gets as long as any other body.
    if (!body.complete) setTimeout(() => body.destroy(), IDLE_MS).unref();
  }
}

function open(type: string, { files, fields, fieldBytes }: FormLimits): BusboyInstance {
  try {
    return new Busboy({
      headers: { 'content-type': type },
      limits: {
        files,
        fields,
        fieldSize: fieldBytes,
        fieldNameSize: 100,
        parts: files + fields,
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
