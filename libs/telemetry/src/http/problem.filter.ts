// Answers every failed HTTP request, whoever failed it, and logs what is our own fault.
import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { trace } from '@opentelemetry/api';
import type { FastifyReply } from 'fastify';
import { formOf, type ErrorForm } from './error-form.js';
import { toHttpError } from './to-http-error.js';

@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Http');

  /** @param forms of paths whose errors are no problem+json */
  constructor(private readonly forms: readonly ErrorForm[] = []) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    this.answer(exception, host.switchToHttp().getResponse<FastifyReply>());
  }

  /** Also used where Fastify fails before Nest is reached. */
  answer(exception: unknown, reply: FastifyReply): void {
    const error = toHttpError(exception);
    if (error.code === 'internal') this.logger.error({ err: error, code: error.code }, 'request failed');
    else if (error.httpStatus >= 500) this.logger.warn({ err: error, code: error.code }, 'request refused');
    // A stream that has begun has its own way to say that it failed.
    if (reply.sent || reply.raw.headersSent) return;
    if (error.retryAfterMs !== undefined)
      void reply.header('retry-after', Math.max(1, Math.ceil(error.retryAfterMs / 1_000)));
    if (error.code === 'unauthorized' && !reply.hasHeader('www-authenticate'))
      void reply.header('www-authenticate', 'Bearer');
    // Fastify would close the connection under a client that still sends; so its body is read and dropped instead
    // (for as long as the bound of bodies lets it), and the client gets to read why.
    if (error.code === 'too_large') void reply.removeHeader('connection');
    const traceId = trace.getActiveSpan()?.spanContext().traceId ?? reply.request.id;
    const { contentType, body } = formOf(this.forms, reply.request);
    void reply
      .status(error.httpStatus)
      .header('content-type', contentType)
      .send(JSON.stringify(body(error, traceId)));
  }
}
