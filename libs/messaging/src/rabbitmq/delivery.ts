// What a handler of RabbitMQ's messages gets.
import type { ConsumeMessage } from 'amqplib';
import { TRACEPARENT } from './names.js';

export interface Delivery {
  /** Bytes as received; nothing has parsed them. */
  body: Buffer;
  /** 0–10. */
  priority: number;
  reply_to?: string;
  correlation_id?: string;
  traceparent?: string;
  redelivered: boolean;
  /** `exchange/routing key`. */
  source: string;
  /** Aborted when this consumer stops: what has not been decided by then is answered with 'leave'. */
  signal: AbortSignal;
}

export function toDelivery({ content, fields, properties }: ConsumeMessage, signal: AbortSignal): Delivery {
  const traceparent: unknown = properties.headers?.[TRACEPARENT];
  return {
    body: content,
    priority: Math.min(10, Math.max(0, Number(properties.priority) || 0)),
    ...(typeof properties.replyTo === 'string' && { reply_to: properties.replyTo }),
    ...(typeof properties.correlationId === 'string' && { correlation_id: properties.correlationId }),
    ...(typeof traceparent === 'string' && { traceparent }),
    redelivered: fields.redelivered,
    source: `${fields.exchange}/${fields.routingKey}`,
    signal,
  };
}
