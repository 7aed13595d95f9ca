// How the gateway takes forms with files: as a stream, at their routes only, for as long as bytes come. Everywhere else a form is refused, and a
// form's route takes nothing else.
import type { IncomingMessage } from 'node:http';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ParleyError } from '#contracts';
import { takeYourTime } from '#telemetry';

/** What such a body is called between the door and the route; nobody outside may say so. */
const RAW = 'application/x-parley-raw-form';
const ROUTES = new Set(['POST /files', 'POST /transcriptions']);

const types = new WeakMap<FastifyRequest, string>();

export function takeForms(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  // The length of a stream is bounded where it is read.
  const options = { bodyLimit: Number.MAX_SAFE_INTEGER };
  fastify.addContentTypeParser(RAW, options, (_request: FastifyRequest, payload: IncomingMessage, done) =>
    done(null, payload),
  );
  fastify.addHook('onRequest', (request, _reply, done) => {
    const { headers, method } = request;
    const type = headers['content-type'] ?? '';
    if (type.toLowerCase().startsWith(RAW)) return done(unsupported('that type is not for clients'));
    if (!ROUTES.has(`${method} ${request.routeOptions.url ?? ''}`)) return done();
    // Anything else is read as it is anywhere, and refused by the route, once it is known who asks.
    if (!/^multipart\/form-data\s*;/i.test(type)) return done();
    types.set(request, type);
    headers['content-type'] = RAW;
    done();
  });
}

/** The stream of a form and its own content type; whoever reads it bounds its time. Only for whom the guard has let in. @throws ParleyError `unsupported_media_type` */
export function rawForm(request: FastifyRequest): { type: string; body: IncomingMessage } {
  const type = types.get(request);
  if (type === undefined) throw unsupported('it is no form');
  takeYourTime(request.raw);
  return { type, body: request.raw };
}

const unsupported = (why: string): ParleyError =>
  new ParleyError('unsupported_media_type', `unable to read body; ${why}`);
