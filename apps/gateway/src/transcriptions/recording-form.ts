// The multipart form that a recording comes in: its file goes on as a stream while it is read, its fields are collected. Knows nothing
// of transcriptions.
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { Busboy } from '@fastify/busboy';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ParleyError } from '#contracts';

/** What a body is called between the door and the route; nobody outside may say so. */
const RAW = 'application/x-parley-recording';
const ROUTE = 'POST /transcriptions';
const FORM = /^multipart\/form-data(?=$|[\s;])/i;
const LIMITS = {
  fieldNameSize: 100,
  fieldSize: 8_192,
  fields: 250,
  files: 1,
  parts: 260,
  headerPairs: 20,
} as const;

const types = new WeakMap<IncomingMessage, string>();

export function takeRecordings(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  fastify.addContentTypeParser(RAW, (_request: FastifyRequest, payload: IncomingMessage, done) =>
    done(null, payload),
  );
  fastify.addHook('onRequest', (request, _reply, done) => {
    const { headers, method } = request;
    const type = headers['content-type'] ?? '';
    if (type.toLowerCase().startsWith(RAW))
      return done(
        new ParleyError('unsupported_media_type', 'unable to read body; that type is not for clients'),
      );
    if (`${method} ${request.routeOptions.url ?? ''}` !== ROUTE || !FORM.test(type)) return done();
    types.set(request.raw, type);
    headers['content-type'] = RAW;
    done();
  });
}

export interface RecordingForm<T> {
  /** Each value of each field, in order. */
  fields: ReadonlyMap<string, readonly string[]>;
  /** What became of the file; undefined when none came. */
  file: T | undefined;
}

/**
 * @param keep takes the part named `file`; what it throws ends the reading. When anything else fails after it, `drop` gets what it gave
 * @throws ParleyError `unsupported_media_type` for what is no form, `invalid_request` for a broken one
 */
export function readRecordingForm<T>(
  request: FastifyRequest,
  keep: (file: Readable) => Promise<T>,
  drop: (kept: T) => Promise<void>,
): Promise<RecordingForm<T>> {
  const type = types.get(request.raw);
  const payload = request.body;
  if (type === undefined || payload !== request.raw)
    throw new ParleyError('unsupported_media_type', 'unable to read form; it is none', {
      details: ['the body must be multipart/form-data'],
    });
  return new Promise((resolve, reject) => {
    const fields = new Map<string, string[]>();
    let keeping: Promise<T> | undefined;
    let settled = false;
    let part: Readable | undefined;
    const fail = (reason: unknown): void => {
      if (settled) return;
      settled = true;
      request.raw.unpipe(form);
      // The rest is not wanted; reading on lets the sender hear why.
      request.raw.resume();
      part?.destroy(reason as Error);
      void (keeping ?? Promise.resolve(undefined)).then(
        (kept) => (kept === undefined ? undefined : drop(kept).catch(() => undefined)),
        () => undefined,
      );
      reject(reason as Error);
    };
    const broken = (detail: string): void =>
      fail(new ParleyError('invalid_request', 'unable to read form', { details: [detail] }));
    let form: InstanceType<typeof Busboy>;
    try {
      form = new Busboy({
        headers: { ...request.headers, 'content-type': type } as IncomingHttpHeaders & {
          'content-type': string;
        },
        limits: LIMITS,
      });
    } catch {
      request.raw.resume();
      return reject(
        new ParleyError('invalid_request', 'unable to read form', { details: ['the form has no boundary'] }),
      );
    }
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
        settled = true;
        resolve({ fields, file });
        return undefined;
      }, fail);
    });
    request.raw.once('aborted', () => broken('the form ended half-way'));
    request.raw.once('error', () => broken('the form ended half-way'));
    request.raw.pipe(form);
  });
}
