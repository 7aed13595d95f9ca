// The multipart form that a recording comes in: its file goes on as a stream while it is read, its fields are collected. Knows nothing
// of transcriptions.
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import { ParleyError } from '#contracts';

const LIMITS = {
  fieldNameSize: 100,
  fieldSize: 8_192,
  fields: 250,
  files: 1,
  parts: 260,
  headerPairs: 20,
} as const;

/** Without a byte for so long the sender is taken for gone, ms. */
const IDLE_MS = 30_000;

export interface RecordingForm<T> {
  /** Each value of each field, in order. */
  fields: ReadonlyMap<string, readonly string[]>;
  /** What became of the file; undefined when none came. */
  file: T | undefined;
}

/**
 * @param keep takes the part named `file`; what it throws ends the reading. When anything else fails after it, `drop` gets what it gave
 * @throws ParleyError `invalid_request` for a broken form, or one that ends or stalls half-way
 */
export async function readRecordingForm<T>(
  { type, body }: { type: string; body: IncomingMessage },
  keep: (file: Readable) => Promise<T>,
  drop: (kept: T) => Promise<void>,
): Promise<RecordingForm<T>> {
  const form = open(type);
  return new Promise((resolve, reject) => {
    const fields = new Map<string, string[]>();
    let keeping: Promise<T> | undefined;
    let settled = false;
    let part: Readable | undefined;
    const idle = setTimeout(() => {
      broken('nothing came for too long');
      body.destroy();
    }, IDLE_MS);
    const settle = (): void => {
      settled = true;
      clearTimeout(idle);
      // Whoever goes on sending what nobody wants gets as long as any other body.
      if (!body.complete) setTimeout(() => body.destroy(), IDLE_MS).unref();
    };
    const fail = (reason: unknown): void => {
      if (settled) return;
      settle();
      body.unpipe(form);
      // The rest is not wanted; reading on lets the sender hear why.
      body.resume();
      part?.destroy(reason as Error);
      void (keeping ?? Promise.resolve(undefined)).then(
        (kept) => (kept === undefined ? undefined : drop(kept).catch(() => undefined)),
        () => undefined,
      );
      reject(reason as Error);
    };
    const broken = (detail: string): void =>
      fail(new ParleyError('invalid_request', 'unable to read form', { details: [detail] }));
    form.on('file', (name, stream) => {
      // Its errors come through the reading of it.
      stream.on('error', () => undefined);
      if (name !== 'file') return broken('the file must be named file');
      if (settled) return void stream.resume();
      part = stream;
      keeping = keep(stream);
      keeping.catch(fail);
    });
    form.on('field', (name, value, nameCut, valueCut) => {
      if (nameCut || valueCut) return broken('a field is too long');
      const known = fields.get(name);
      if (known === undefined) fields.set(name, [value]);
      else known.push(value);
    });
    for (const limit of ['partsLimit', 'filesLimit', 'fieldsLimit'] as const)
      form.on(limit, () => broken('there are too many parts, or more than one file'));
    form.on('error', () => broken('the form is not well-formed'));
    form.on('finish', () => {
      void (keeping ?? Promise.resolve(undefined)).then((file) => {
        if (settled) return undefined;
        settle();
        resolve({ fields, file });
        return undefined;
      }, fail);
    });
    body.on('data', () => void idle.refresh());
    body.once('error', () => broken('the form ended half-way'));
    body.once('close', () => {
      if (!body.complete) broken('the form ended half-way');
    });
    body.pipe(form);
  });
}

function open(type: string): BusboyInstance {
  try {
    return new Busboy({ headers: { 'content-type': type }, limits: LIMITS });
  } catch {
    throw new ParleyError('invalid_request', 'unable to read form', {
      details: ['the form has no boundary'],
    });
  }
}
