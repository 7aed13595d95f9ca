// How the gateway takes vCons: as they came, byte by byte and larger than other bodies, from clients of ours and from conservers, whose webhook
// has a header of its own for the token.
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ParleyError } from '#contracts';

/** What a body is called between the door and the route; nobody outside may say so. */
const RAW = 'application/x-parley-raw-vcon';
const VCON = /^application\/(?:json|vcon|vcon\+json|vcon\+gzip|gzip)(?=$|[\s;])/i;
const ROUTES = new Set(['POST /vcons', 'PUT /vcons/:uuid']);
const CONSERVER_TOKEN = 'x-conserver-api-token';

export function takeRawVcons(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  fastify.addContentTypeParser(RAW, (_request: FastifyRequest, payload: IncomingMessage, done) =>
    done(null, payload),
  );
  fastify.addHook('onRequest', (request, _reply, done) => {
    const { headers, method } = request;
    const type = headers['content-type'] ?? '';
    if (type.toLowerCase().startsWith(RAW)) return done(unsupported());
    if (!ROUTES.has(`${method} ${request.routeOptions.url ?? ''}`)) return done();
    const token = headers[CONSERVER_TOKEN];
    if (headers.authorization === undefined && typeof token === 'string')
      headers.authorization = `Bearer ${token}`;
    if (VCON.test(type)) headers['content-type'] = RAW;
    done();
  });
}

/**
 * The body of a route that takes vCons.
 * @throws ParleyError `too_large` past `maxBytes`, `invalid_request` without one
 */
export async function rawVcon({ body }: FastifyRequest, maxBytes: number): Promise<Buffer> {
  if (!(body instanceof Readable)) throw noBody();
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxBytes)
        throw new ParleyError('too_large', `unable to read vCon; more than ${maxBytes} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    // The rest is read and dropped: on a connection that is kept the next request stands behind it.
    body.resume();
    if (error instanceof ParleyError) throw error;
    throw new ParleyError('invalid_request', 'unable to read vCon; the body was cut off', { cause: error });
  }
  if (bytes === 0) throw noBody();
  return Buffer.concat(chunks);
}

const noBody = (): ParleyError =>
  new ParleyError('invalid_request', 'unable to read vCon; there is no body', {
    details: ['the body must be a vCon'],
  });

const unsupported = (): ParleyError =>
  new ParleyError('unsupported_media_type', 'unable to read body; that type is not for clients');
