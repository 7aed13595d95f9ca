// The HTTP server of every app: bounded bodies and names, JSON measured on its bytes before it is parsed.
import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { LIMITS, ParleyError, parseJson } from '#contracts';
import { boundBodies, LONGEST_BODY_MS } from './body-deadline.js';
import { ProblemFilter } from './problem.filter.js';

/** A channel's name of 512 units takes up to 9 characters each when URL-encoded. */
const PARAM_CHARS = LIMITS.channel_chars * 9;
const HEADERS_MS = 30_000;
const REQUEST_ID = /^[\w.:-]{1,128}$/;

export function httpAdapter(filter: ProblemFilter): FastifyAdapter {
  const adapter = new FastifyAdapter({
    bodyLimit: LIMITS.body_bytes,
    routerOptions: { maxParamLength: PARAM_CHARS },
    requestTimeout: LONGEST_BODY_MS,
    http: { headersTimeout: HEADERS_MS },
    genReqId: requestId,
    frameworkErrors: (error: Error, _request: unknown, reply: FastifyReply) => filter.answer(error, reply),
  });
  const fastify = adapter.getInstance();
  // Clients name a type for no body at all: `curl -d ''` says form, Python's aiohttp says octet-stream.
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (request.headers['content-length'] === '0') delete request.headers['content-type'];
    done(understood(request.headers) ? undefined : unsupported());
  });
  boundBodies(fastify as unknown as FastifyInstance);
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(
    /^application\/(?:[\w.-]+\+)?json(?=$|[\s;])/i,
    { parseAs: 'buffer' },
    (_request, body, done) => {
      try {
        // A POST may have no body at all; the route decides whether that is right.
        done(null, body.length === 0 ? undefined : parseJson(body as Buffer));
      } catch (error) {
        done(error as ParleyError, undefined);
      }
    },
  );
  return adapter;
}

/** Nothing is unpacked or converted here: what a proxy in front would have read differently is refused. */
function understood({ 'content-type': type = '', 'content-encoding': coding }: IncomingHttpHeaders): boolean {
  const charset = /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(type)?.[1];
  return (
    (coding === undefined || coding.toLowerCase() === 'identity') &&
    (charset === undefined || /^(?:utf-?8|us-ascii)$/i.test(charset))
  );
}

const unsupported = (): ParleyError =>
  new ParleyError('unsupported_media_type', 'unable to read body; neither plain nor UTF-8');

/** The caller's X-Request-Id when it is a plain id, else a new one. */
function requestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}
