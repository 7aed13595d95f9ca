import { describe, expect, it } from '@jest/globals';
import { isName, toConnectionFault } from './connection-fault.js';

const failed = (message: string, extra: object = {}): Error => Object.assign(new Error(message), extra);

/** As the driver wraps it: every try of every broker. */
const wrapped = (cause: Error): Error =>
  new AggregateError(
    [new Error('Connection to kafka.internal:9093 failed.', { cause })],
    'Listing topics failed.',
  );

describe('toConnectionFault', () => {
  it.each([
    [failed('SASL authentication failed.', { apiId: 'SASL_AUTHENTICATION_FAILED' }), /login.*PASSWORD/],
    [failed('no', { apiId: 'UNSUPPORTED_SASL_MECHANISM' }), /KAFKA_SASL_MECHANISM/],
    [failed('self signed', { code: 'SELF_SIGNED_CERT_IN_CHAIN' }), /not trusted \(SELF_SIGNED.*KAFKA_SSL_CA/],
    [
      failed('Host: kafka.internal. is not', { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }),
      /not trusted \(ERR_TLS/,
    ],
    [failed('alert', { code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED' }), /no TLS.*KAFKA_SSL_CERT/],
    [failed('TLS handshake failed. Please verify'), /do not speak TLS/],
    [failed('denied', { apiId: 'GROUP_AUTHORIZATION_FAILED' }), /do not allow it \(GROUP_AUTH/],
    [
      failed('connect ECONNREFUSED 10.0.0.7:9092', { code: 'ECONNREFUSED', syscall: 'connect' }),
      /reached \(ECONN/,
    ],
    [failed('Connection closed'), /close the connection.*KAFKA_SSL/],
    [failed('something\nnew'), /^something new$/],
  ])('says what %s means, and no host', (cause, expected) => {
    const text = toConnectionFault(wrapped(cause));
    expect(text).toMatch(expected);
    expect(text).not.toMatch(/kafka\.internal|10\.0\.0\.7/);
  });

  it('has a line for what is no error', () =>
    expect(toConnectionFault(undefined)).toBe('no reason is known'));
});

it.each([
  ['kafka-1.example:9092', true],
  ['127.0.0.1:9092', false],
  ['[::1]:9092', false],
])('%s has a name: %s', (broker, expected) => expect(isName(broker)).toBe(expected));
