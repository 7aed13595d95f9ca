import {
  ArrayNotEmpty,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateBy,
  ValidateIf,
} from 'class-validator';
import { Env } from '../env.js';
import { IsCertificates, IsPrivateKeyOf } from '../pem.js';

export class KafkaConfig {
  @Env('BOOTSTRAP_SERVER', 'host:port list of Kafka brokers. gpt-worker needs it.')
  @ArrayNotEmpty({ message: 'must name at least one Kafka broker as host:port' })
  @Matches(/^[^\s,]+:\d{1,5}$/, { each: true, message: 'must be a list of host:port' })
  brokers: string[] = [];

  @Env('CONSUMER_GROUP', 'Consumer group of gpt-worker, used as it stands.')
  @Matches(/^\S+$/, { message: 'must not be empty or hold blanks' })
  @MaxLength(200)
  group: string = 'chater-gpt-group';

  @Env('IS_DEV', '`true` adds `_dev` to the topics and `-dev` to the consumer group.')
  @IsBoolean()
  dev: boolean = false;

  @Env(
    'PHOTO_ANALYSIS',
    'The flow of photographs: `true` also answers `eater-send-photo` on `photo-analysis-response`.',
  )
  @IsBoolean()
  photos: boolean = false;

  @Env('KAFKA_PARTITIONS', 'Partitions of topics that are absent and therefore created.')
  @IsInt()
  @Min(1)
  @Max(10_000)
  partitions: number = 3;

  @Env('KAFKA_REPLICATION_FACTOR', 'Replicas of those topics; -1 = as the brokers are set.')
  @IsInt()
  @Min(-1)
  @Max(32)
  replicas: number = -1;

  @Env(
    'KAFKA_MAX_RECORD_BYTES',
    'Largest record that is read or written; also `max.message.bytes` of created topics.',
  )
  @IsInt()
  @Min(65_536)
  @Max(100 * 1024 * 1024)
  maxRecordBytes: number = 10 * 1024 * 1024;

  @Env('KAFKA_SSL', '`true` speaks TLS to the brokers.')
  @IsBoolean()
  @ValidateBy({
    name: 'ssl',
    validator: {
      validate: (ssl, args) => {
        const { ca, cert, key } = args!.object as KafkaConfig;
        return ssl === true || (ca ?? cert ?? key) === undefined;
      },
      defaultMessage: () => 'must be true where KAFKA_SSL_CA, KAFKA_SSL_CERT or KAFKA_SSL_KEY is set',
    },
  })
  ssl: boolean = false;

  @Env('KAFKA_SSL_CA', 'PEM of the authority that signed the brokers, when the system does not know it.', {
    secret: true,
  })
  @IsOptional()
  @IsCertificates()
  ca?: string;

  @Env('KAFKA_SSL_CERT', "PEM of this client's certificate, for brokers that ask for one.", { secret: true })
  @ValidateIf((config: KafkaConfig) => (config.cert ?? config.key) !== undefined)
  @IsCertificates()
  cert?: string;

  @Env('KAFKA_SSL_KEY', 'PEM of its key, without a passphrase.', { secret: true })
  @ValidateIf((config: KafkaConfig) => (config.cert ?? config.key) !== undefined)
  @IsPrivateKeyOf((config: KafkaConfig) => config.cert)
  key?: string;

  @Env('KAFKA_SASL_MECHANISM', '`PLAIN`, `SCRAM-SHA-256` or `SCRAM-SHA-512`; empty = no login.')
  @ValidateIf((config: KafkaConfig) => isLogin(config))
  @IsIn(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'], {
    message: 'must be PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512',
  })
  saslMechanism?: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';

  @Env('KAFKA_SASL_USERNAME', 'User of that login.')
  @ValidateIf((config: KafkaConfig) => isLogin(config))
  @IsString({ message: 'must be set together with KAFKA_SASL_MECHANISM' })
  saslUsername?: string;

  @Env('KAFKA_SASL_PASSWORD', 'Its password.', { secret: true })
  @ValidateIf((config: KafkaConfig) => isLogin(config))
  @IsString({ message: 'must be set together with KAFKA_SASL_MECHANISM' })
  saslPassword?: string;

  /** A topic as the brokers know it. */
  topic(name: string): string {
    return this.dev ? `${name}_dev` : name;
  }

  /** The consumer group as the brokers know it. */
  get groupId(): string {
    return this.dev ? `${this.group}-dev` : this.group;
  }
}

/** A part of a login without the others would be no login, and nobody would be told. */
const isLogin = ({ saslMechanism, saslUsername, saslPassword }: KafkaConfig): boolean =>
  (saslMechanism ?? saslUsername ?? saslPassword) !== undefined;
