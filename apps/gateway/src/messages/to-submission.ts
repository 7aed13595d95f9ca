// HTTP request → the command that every door makes of its message.
import type { FastifyRequest } from 'fastify';
import { LIMITS, ParleyError, newId, validate, type ChannelRef, type SubmitMessage } from '#contracts';
import { currentTraceparent } from '#telemetry';
import { SubmissionDto } from './submission.dto.js';

/** @throws ParleyError `invalid_request` */
export function toSubmission(ref: ChannelRef, request: FastifyRequest): SubmitMessage {
  const { message, message_id, priority } = validate(SubmissionDto, request.body, 'refuse');
  const traceparent = currentTraceparent() ?? singleHeader(request, 'traceparent');
  return {
    ...ref,
    message,
    message_id: messageId(message_id, singleHeader(request, 'idempotency-key')),
    source: 'rest',
    request_id: request.id,
    ...(priority !== undefined && { priority }),
    ...(traceparent !== undefined && { traceparent }),
  };
}

function messageId(fromBody: string | undefined, header: string | undefined): string {
  const key = header === undefined ? undefined : idempotencyKey(header);
  if (fromBody !== undefined && key !== undefined && fromBody !== key)
    throw invalid('message_id and Idempotency-Key must be the same when both are given');
  return fromBody ?? key ?? newId('msg');
}

/** As the IETF draft has it, in double quotes, or bare as most clients send it. */
function idempotencyKey(header: string): string {
  const key = /^"(.*)"$/.exec(header)?.[1] ?? header;
  if (key === '' || key.length > LIMITS.message_id_chars || !/^[\x20-\x7e]+$/.test(key))
    throw invalid(`Idempotency-Key must be 1 to ${LIMITS.message_id_chars} printable ASCII characters`);
  return key;
}

function singleHeader(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

const invalid = (detail: string): ParleyError =>
  new ParleyError('invalid_request', `unable to read request; ${detail}`, { details: [detail] });
