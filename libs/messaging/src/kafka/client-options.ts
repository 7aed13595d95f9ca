// How every Kafka client of ours connects: where, as whom, and how long it tries before it says so.
import type { BaseOptions } from '@platformatic/kafka';
import type { KafkaConfig } from '#config';
import { isName } from './connection-fault.js';

type ClientOptions = Pick<
  BaseOptions,
  | 'clientId'
  | 'bootstrapBrokers'
  | 'tls'
  | 'tlsServerName'
  | 'sasl'
  | 'retries'
  | 'timeout'
  | 'autocreateTopics'
>;

/** As the service itself connects, so that no other client is let in or kept out by other settings. */
export function clientOptions(config: KafkaConfig): ClientOptions {
  const { brokers, ssl, ca, cert, key, saslMechanism, saslUsername, saslPassword } = config;
  return {
    clientId: 'parley',
    bootstrapBrokers: brokers,
    retries: 3,
    timeout: 5_000,
    // A topic that a broker makes by itself has its defaults: one partition, records up to 1 MB.
    autocreateTopics: false,
    ...(ssl && {
      tls: { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) },
      // Without the name in the handshake a gateway before the brokers does not know which one is meant.
      tlsServerName: brokers.every(isName),
    }),
    ...(saslMechanism && {
      sasl: {
        mechanism: saslMechanism,
        ...(saslUsername !== undefined && { username: saslUsername }),
        ...(saslPassword !== undefined && { password: saslPassword }),
      },
    }),
  };
}
