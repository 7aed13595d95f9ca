import { expect, test } from '@jest/globals';
import type { FastifyRequest } from 'fastify';
import { toSubmission } from './to-submission.js';

const request = (body: unknown, headers: Record<string, string> = {}): FastifyRequest =>
  ({ id: 'call-1', body, headers }) as unknown as FastifyRequest;
const ref = { tenant: 'default', channel: 'demo' };
const hello = { message: 'hello' };

test.each<[string, unknown, Record<string, string>, string | RegExp]>([
  ['the body', { ...hello, message_id: 'm-1' }, {}, 'm-1'],
  ['a bare key', hello, { 'idempotency-key': 'k-1' }, 'k-1'],
  ['a quoted key', hello, { 'idempotency-key': '"k-1"' }, 'k-1'],
  ['both, when they agree', { ...hello, message_id: 'k-1' }, { 'idempotency-key': 'k-1' }, 'k-1'],
  ['nowhere: a new one', hello, {}, /^msg_[0-9a-f]{32}$/],
])('the message id comes from %s', (_, body, headers, id) => {
  const submission = toSubmission(ref, request(body, headers));
  expect(submission.message_id).toMatch(id);
  expect(submission).toMatchObject({ ...ref, ...hello, source: 'rest', request_id: 'call-1' });
});

test.each<[string, unknown, Record<string, string>, string]>([
  ['two ids', { ...hello, message_id: 'a' }, { 'idempotency-key': 'b' }, 'must be the same'],
  ['an empty key', hello, { 'idempotency-key': '""' }, 'Idempotency-Key'],
  ['a key of 513 characters', hello, { 'idempotency-key': 'k'.repeat(513) }, 'Idempotency-Key'],
  ['a key beyond ASCII', hello, { 'idempotency-key': 'schlüssel' }, 'Idempotency-Key'],
  ['an unknown member', { ...hello, model: 'x' }, {}, 'unknown member'],
  ['a lone surrogate', { message: 'a\ud800b' }, {}, 'well-formed'],
  ['a text as priority', { ...hello, priority: '5' }, {}, 'priority'],
])('%s is refused', (_, body, headers, detail) => {
  expect(() => toSubmission(ref, request(body, headers))).toThrow(
    expect.objectContaining({
      code: 'invalid_request',
      details: expect.arrayContaining([expect.stringContaining(detail)]),
    }),
  );
});

test('a traceparent of the caller goes along', () => {
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
  expect(toSubmission(ref, request(hello, { traceparent })).traceparent).toBe(traceparent);
});
