// The documented envelope of the assistant manager, for answers and for errors.
import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { toHttpError } from '#telemetry';

export class Envelope {
  @ApiProperty({ description: 'The HTTP status.' })
  responseCode!: number;
  @ApiProperty()
  responseMessage!: string;
  @ApiProperty({ type: 'object', additionalProperties: true })
  result!: object;
}

export const envelope = (responseMessage: string, result: object): Envelope => ({
  responseCode: 200,
  responseMessage,
  result,
});

/** Errors keep their HTTP status; the finite code stands in `result.code`. */
@Catch()
export class EnvelopeFilter implements ExceptionFilter {
  private readonly logger = new Logger('Http');

  catch(exception: unknown, host: ArgumentsHost): void {
    const error = toHttpError(exception);
    const { code, httpStatus, publicText, details } = error;
    if (httpStatus >= 500) this.logger.warn({ err: error, code }, 'request refused');
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (code === 'unauthorized') void reply.header('www-authenticate', 'Bearer');
    const result = { code, ...(details.length > 0 && { errors: details }) };
    const body: Envelope = { responseCode: httpStatus, responseMessage: publicText, result };
    void reply.status(httpStatus).send(body);
  }
}
