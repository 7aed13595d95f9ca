// How every Kafka client of ours connects: where, as whom, and how long it tries before it says so.
import type { BaseOptions } from '@platformatic/kafka';
import type { KafkaConfig } from '#config';

type ClientOptions = Pick<
  BaseOptions,
  'clientId' | 'bootstrapBrokers' | 'tls' | 'sasl' | 'retries' | 'timeout' | 'autocreateTopics'
>;

export function clientOptions(config: KafkaConfig): ClientOptions {
  const { brokers, ssl, ca, cert, key, saslMechanism, saslUsername, saslPassword } = config;
  return {
    clientId: 'parley',
    bootstrapBrokers: brokers,
    retries: 3,
    timeout: 5_000,
    // A topic that a broker makes by itself has its defaults: one partition, records up to 1 MB.
    autocreateTopics: false,
    ...(ssl && { tls: { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) } }),
    ...(saslMechanism && {
      sasl: {
        mechanism: saslMechanism,
        ...(saslUsername !== undefined && { username: saslUsername }),
        ...(saslPassword !== undefined && { password: saslPassword }),
      },
    }),
  };
}
