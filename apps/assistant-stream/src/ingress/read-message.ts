// Bytes of a broker's message → the command for intake, or what is wrong with them. Pure.
import type { RabbitConfig } from '#config';
import {
  DEFAULT_TENANT,
  isChannelName,
  isPlainObject,
  JSON_LIMITS,
  LIMITS,
  MessageDto,
  normalChannelName,
  parseJson,
  toParleyError,
  validate,
  type ParleyError,
  type SubmitMessage,
} from '#contracts';
import { toReplyAddress, type Delivery } from '#messaging';

export type ReadMessage =
  | { command: SubmitMessage }
  /** `known` is there when the faulty message still says whose it is. */
  | { fault: ParleyError; known?: { channel: string; message_id: string } };

const BODY_LIMITS = { ...JSON_LIMITS, bytes: LIMITS.broker_body_bytes };
const REQUEST_ID_CHARS = 200;

export function readMessage(config: RabbitConfig, delivery: Delivery): ReadMessage {
  let value: unknown;
  try {
    value = parseJson(delivery.body, BODY_LIMITS);
    // Producers may add members of their own; ours are the three that count.
    const { channel, message_id, message } = validate(MessageDto, value);
    return { command: { channel, message_id, message, ...envelope(config, delivery) } };
  } catch (error) {
    const known = namesIn(value);
    return { fault: toParleyError(error), ...(known && { known }) };
  }
}

type Envelope = Omit<SubmitMessage, 'channel' | 'message_id' | 'message'>;

function envelope(config: RabbitConfig, delivery: Delivery): Envelope {
  const { reply_to, correlation_id, traceparent, priority } = delivery;
  const reply = reply_to === undefined ? undefined : toReplyAddress(config, reply_to, correlation_id);
  return {
    tenant: DEFAULT_TENANT,
    source: 'rabbitmq',
    priority,
    ...(reply && { reply }),
    ...(traceparent !== undefined && { traceparent }),
    ...(correlation_id !== undefined && { request_id: correlation_id.slice(0, REQUEST_ID_CHARS) }),
  };
}

function namesIn(value: unknown): { channel: string; message_id: string } | undefined {
  if (!isPlainObject(value) || !isChannelName(value['channel'])) return undefined;
  const id = value['message_id'];
  return { channel: normalChannelName(value['channel']), message_id: isMessageId(id) ? id : '' };
}

const isMessageId = (value: unknown): value is string =>
  typeof value === 'string' &&
  value !== '' &&
  value.length <= LIMITS.message_id_chars &&
  value.isWellFormed() &&
  !value.includes('\0');
