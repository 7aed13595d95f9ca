import { ArrayNotEmpty, IsString, Matches, MaxLength } from 'class-validator';
import { Env } from '../env.js';

export class KafkaConfig {
  @Env('BOOTSTRAP_SERVER', 'host:port list of Kafka brokers. gpt-worker needs it.')
  @ArrayNotEmpty({ message: 'must name at least one Kafka broker as host:port' })
  @Matches(/^[^\s,]+:\d{1,5}$/, { each: true, message: 'must be a list of host:port' })
  brokers: string[] = [];

  @Env('CONSUMER_GROUP', 'Consumer group of gpt-worker, used as it stands.')
  @IsString()
  @MaxLength(200)
  group: string = 'chater-gpt-group';
}
