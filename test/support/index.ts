// What tests, bench and chaos share: real services, a port, a faulty wire. Never imported by the product.
export { answerEvents, dropTestState, emitEvents, openTestState, type EmitOptions } from './emit-events.js';
export { findInRedis } from './find-in-redis.js';
export { freePort } from './free-port.js';
export { OwnedProcess, type ProcessSpec } from './owned-process.js';
export { runCli, type CliOptions, type CliOutcome } from './run-cli.js';
export {
  kafkaJars,
  s3Jar,
  sharedRabbitUrl,
  sharedRedisUrl,
  startKafka,
  startRabbit,
  startRedis,
  startS3,
  type RabbitOptions,
  type RedisOptions,
  type ServiceHandle,
} from './services.js';
export { TcpProxy, type Upstream } from './tcp-proxy.js';
export { TokenIssuer, type Fault } from './token-issuer.js';
export { TurnCounter } from './turn-counter.js';
export { headerOf, KafkaClient, until, type Answer, type KafkaNames } from './kafka-client.js';
