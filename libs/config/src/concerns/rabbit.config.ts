import { IsIn, IsInt, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import { Env } from '../env.js';

export class RabbitConfig {
  @Env('RABBITMQ_URL', 'Where RabbitMQ is.')
  @Matches(/^amqps?:\/\//, { message: 'must be an amqp:// or amqps:// URL' })
  url: string = 'amqp://guest:guest@localhost:5672/';

  @Env('EXCHANGE_NAME', 'Direct exchange that producers publish to.')
  @IsString()
  @MaxLength(200)
  exchange: string = 'cosmo_exchange';

  @Env('QUEUE_NAME', 'Queue of incoming messages; `_failed` is appended for the failed ones.')
  @IsString()
  @MaxLength(200)
  queue: string = 'cosmo_queue';

  @Env('ROUTING_KEY', 'Binds the queue to the exchange.')
  @IsString()
  @MaxLength(200)
  routingKey: string = 'cosmo_key';

  @Env('RABBITMQ_TOPOLOGY', '`classic` declares the documented queues; `quorum` declares replicated ones.')
  @IsIn(['classic', 'quorum'])
  topology: 'classic' | 'quorum' = 'classic';

  @Env(
    'RABBITMQ_MESSAGE_TTL_MS',
    'How long a message may wait in the queue before it moves to the failed one. An argument of the queue: an existing queue must be deleted before it can change.',
  )
  @IsInt()
  @Min(1)
  @Max(4_294_967_295)
  messageTtlMs: number = 3_600_000;

  @Env('RABBITMQ_PREFETCH', 'Messages taken in before the first is acknowledged.')
  @IsInt()
  @Min(1)
  @Max(65_535)
  prefetch: number = 200;

  @Env('RABBITMQ_HEARTBEAT_SECONDS', 'Interval of heartbeats on the connection.')
  @IsInt()
  @Min(1)
  heartbeatSeconds: number = 10;

  @Env('RABBITMQ_RECONNECT_SECONDS', 'Wait before connecting again after a loss.')
  @IsInt()
  @Min(1)
  reconnectSeconds: number = 1;
}
