// Why the brokers could not be used, in the words of our settings. The driver keeps the reason some errors deep, behind
// hosts and a list of every try; operators get one line without hosts, users or secrets.
import { isIP } from 'node:net';
import { nestedErrors, type DriverError } from './error-ids.js';

/** Node's and OpenSSL's codes for a certificate of the brokers that is not believed. */
const UNTRUSTED = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'INVALID_CA',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** One line; what is known of nothing here is the driver's own last word. */
export function toConnectionFault(error: unknown): string {
  const all = [...nestedErrors(error)];
  const telling = (wanted: (found: DriverError) => boolean): DriverError | undefined => all.find(wanted);
  const id = (wanted: string) => (found: DriverError) => found.apiId === wanted;
  if (telling(id('SASL_AUTHENTICATION_FAILED')))
    return 'the brokers refuse the login (KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD)';
  if (telling(id('UNSUPPORTED_SASL_MECHANISM'))) return 'the brokers do not take this KAFKA_SASL_MECHANISM';
  const untrusted = telling(({ code }) => UNTRUSTED.has(code ?? ''));
  if (untrusted) return `the brokers' certificate is not trusted (${untrusted.code}; KAFKA_SSL_CA)`;
  const alert = telling(({ code }) => code?.startsWith('ERR_SSL_') ?? false);
  if (alert) return `no TLS with the brokers (${alert.code}; KAFKA_SSL_CERT, KAFKA_SSL_KEY)`;
  if (telling(({ message }) => message?.startsWith('TLS handshake failed') ?? false))
    return 'the brokers do not speak TLS at this port (KAFKA_SSL)';
  const denied = telling(({ apiId }) => apiId?.endsWith('_AUTHORIZATION_FAILED') ?? false);
  if (denied) return `the brokers do not allow it (${denied.apiId})`;
  const unreached = telling(({ syscall, code }) => syscall !== undefined && code !== undefined);
  if (unreached) return `the brokers cannot be reached (${unreached.code})`;
  if (telling(({ message }) => message === 'Connection closed' || message === 'Broker requires TLS.'))
    return 'the brokers close the connection; they may ask for TLS, a login or a certificate (KAFKA_SSL, …)';
  return lastWord(all);
}

/** Of an error without errors of its own, the first one. */
function lastWord(all: readonly DriverError[]): string {
  const { message = 'no reason is known' } = all.find(({ errors, cause }) => !errors && !cause) ?? {};
  return message.replace(/\s+/g, ' ').slice(0, CHARS);
}

const CHARS = 120;

/** Whether the name of a broker can be told it in the TLS handshake: an address cannot. */
export const isName = (broker: string): boolean =>
  isIP(broker.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')) === 0;
