// What surrounds every HTTP request: its id in logs and answer, its duration as a metric, one log line at its end.
import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { withLogContext } from '../logging/log-context.js';
import type { Metrics } from '../metrics/metrics.js';

const QUIET = /^\/(?:health|metrics)\b/;

export function observeRequests(app: NestFastifyApplication, metrics: Metrics): void {
  const logger = new Logger('Http');
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    withLogContext({ request_id: request.id }, done);
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unmatched';
    const { method } = request;
    metrics.http.observe({ method, route, status: reply.statusCode }, reply.elapsedTime / 1_000);
    if (!QUIET.test(route))
      logger.log(
        {
          request_id: request.id,
          method,
          route,
          status: reply.statusCode,
          ms: Math.round(reply.elapsedTime),
        },
        'request',
      );
    done();
  });
}
