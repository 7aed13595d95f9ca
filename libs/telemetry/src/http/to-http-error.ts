// Whatever an HTTP request failed with, as one of our codes: Fastify's parser errors, Nest's exceptions, our own.
import { ParleyError, toParleyError, type ErrorCode } from '#contracts';

const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: 'invalid_request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  405: 'not_found',
  413: 'too_large',
  414: 'too_large',
  415: 'unsupported_media_type',
  429: 'rate_limited',
  503: 'busy',
};

export function toHttpError(error: unknown): ParleyError {
  if (error instanceof ParleyError) return error;
  const { statusCode, getStatus } = (error ?? {}) as { statusCode?: unknown; getStatus?: () => number };
  const status = typeof getStatus === 'function' ? getStatus.call(error) : statusCode;
  const code = typeof status === 'number' ? BY_STATUS[status] : undefined;
  if (code === undefined) return toParleyError(error);
  return new ParleyError(code, `unable to serve request; ${(error as Error).message}`, { cause: error });
}
