// The head of an answer that is a stream of server-sent events. From here on what fails can only end it.
import type { FastifyReply } from 'fastify';

/** @returns what is written to; whoever calls this ends it */
export function beginEvents(reply: FastifyReply): FastifyReply['raw'] {
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    // A stream ends with its connection; kept alive, the connection would hold up the stop of the server.
    connection: 'close',
  });
  return raw;
}
