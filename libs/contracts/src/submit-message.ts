// The command that every door maps its own message to, and its wire DTO. After the DTO has accepted it,
// nobody checks these fields again.
import { IsNotEmpty, IsString, Matches, MaxLength } from 'class-validator';
import { ChannelName } from './channel-name.js';
import { MaxBytes, WellFormed } from './validators.js';
import { LIMITS } from './limits.js';
import type { RunRequest } from './run-request.js';

/** `{channel, message_id, message}` as RabbitMQ producers and WebSocket clients send it. */
export class MessageDto {
  @ChannelName()
  channel!: string;

  @IsString()
  @IsNotEmpty()
  @MaxLength(LIMITS.message_id_chars)
  @WellFormed()
  message_id!: string;

  @IsString()
  @Matches(/\S/, { message: 'message must not be blank' })
  @MaxBytes(LIMITS.message_bytes)
  @WellFormed()
  message!: string;
}

/** Where a message came in. */
export type MessageSource = 'rabbitmq' | 'kafka' | 'rest' | 'websocket' | 'cli' | 'replay';

/** Where the end of a run is sent besides the channel's log. */
export type ReplyAddress = AmqpReplyAddress | KafkaReplyAddress;

export interface AmqpReplyAddress {
  kind: 'amqp';
  /** Queue name taken from `reply_to`. */
  to: string;
  correlation_id?: string;
}

export interface KafkaReplyAddress {
  kind: 'kafka';
  topic: string;
  /** Key of the request's record; the response's record has the same. */
  key: string;
  /** What the asker wants to find in the answer again, such as ids of their own. */
  echo?: Record<string, string | number>;
}

export interface SubmitMessage {
  tenant: string;
  channel: string;
  message_id: string;
  message: string;
  source: MessageSource;
  /** Whose it is, as the asker calls them: counted, limited and erased by it. */
  user?: string;
  /** Present when it is a one-shot request: no assistant answers it, but a model as asked. */
  request?: RunRequest;
  /** UTC ms after which nobody needs the answer any more. */
  deadline?: number;
  /** 0–10; orders ready channels, never messages inside one. Default 0. */
  priority?: number;
  reply?: ReplyAddress;
  /** W3C traceparent of the publisher, so that one trace spans the whole way. */
  traceparent?: string;
  /**
   * Names this very delivery of the broker, the same when it comes again: then it is not answered a second time. A
   * sender's repeat has another one and gets the answer again. Left out where the broker gives no such name.
   */
  delivery?: string;
  /** Free id of the caller that is carried into logs (AMQP correlation_id, HTTP X-Request-Id). */
  request_id?: string;
}
