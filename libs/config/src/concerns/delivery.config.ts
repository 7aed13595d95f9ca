import { IsInt, Max, Min } from 'class-validator';
import { Env } from '../env.js';

/** Bounds of what one subscriber may cost. */
export class DeliveryConfig {
  @Env('WS_MAX_SUBSCRIPTIONS', 'Channels that one WebSocket may subscribe to.')
  @IsInt()
  @Min(1)
  @Max(1_000)
  subscriptionsPerSocket: number = 50;

  @Env('WS_FRAMES_PER_SECOND', 'Frames that one WebSocket may send, sustained; more closes it with 4429.')
  @IsInt()
  @Min(1)
  framesPerSecond: number = 200;

  @Env('WS_FRAME_BURST', 'Frames that one WebSocket may send at once.')
  @IsInt()
  @Min(1)
  frameBurst: number = 1_000;

  @Env('WS_PING_SECONDS', 'How often an idle WebSocket is pinged.')
  @IsInt()
  @Min(1)
  pingSeconds: number = 30;

  @Env('WS_PONG_SECONDS', 'After this without an answer to a ping the WebSocket is closed.')
  @IsInt()
  @Min(1)
  pongSeconds: number = 10;

  @Env('SLOW_CONSUMER_SOFT_BYTES', 'Unread bytes of one subscriber beyond which pushing to it pauses.')
  @IsInt()
  @Min(1_024)
  softBytes: number = 256 * 1024;

  @Env('SLOW_CONSUMER_HARD_BYTES', 'Unread bytes beyond which the connection is closed with 4408.')
  @IsInt()
  @Min(1_024)
  hardBytes: number = 1024 * 1024;

  @Env(
    'SLOW_CONSUMER_STALL_SECONDS',
    'A paused subscriber that reads nothing for so long is closed with 4408.',
  )
  @IsInt()
  @Min(1)
  stallSeconds: number = 30;
}
