// How long a client may take to send a body: half a minute, but where a route takes files, which bound the time without a byte themselves. Node
// has one limit for all requests; this is one for each, with the answer that Node would have given.
import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

const BODY_MS = 30_000;
/** Of any request, also with files. */
export const LONGEST_BODY_MS = 3_600_000;

const deadlines = new WeakMap<IncomingMessage, NodeJS.Timeout>();

export function boundBodies(fastify: FastifyInstance, ms = BODY_MS): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    const { raw, headers } = request;
    if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) return done();
    const late = setTimeout(() => {
      // A request that is only played in a test has no connection.
      if (raw.complete || !(raw.socket instanceof Socket)) return;
      const error = Object.assign(new Error('Request timeout'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
      request.server.server.emit('clientError', error, raw.socket);
    }, ms);
    late.unref();
    deadlines.set(raw, late);
    raw.once('end', () => clearTimeout(late));
    raw.once('close', () => clearTimeout(late));
    done();
  });
}

/** For a route that bounds its body itself. */
export const takeYourTime = (request: IncomingMessage): void => clearTimeout(deadlines.get(request));
