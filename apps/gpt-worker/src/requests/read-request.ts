// A record of `gpt-send` → the command for intake; or an error for the asker; or poison. Pure.
import { readImage } from '#completions';
import {
  LIMITS,
  DEFAULT_TENANT,
  digest,
  isChannelName,
  normalChannelName,
  ParleyError,
  toParleyError,
  validate,
  type KafkaReplyAddress,
  type RunRequest,
  type SubmitMessage,
} from '#contracts';
import type { KafkaRecord } from '#messaging';
import { GptRequestDto } from './gpt-request.dto.js';
import { keyOfRecord, openEnvelope, type Envelope } from './open-envelope.js';
import { toAnswerFormat, toContext, toDeadline, toPriority, USUAL_PRIORITY } from './request-shapes.js';

/** A request whose answer leaves by Kafka. */
export type GptCommand = SubmitMessage & { request: RunRequest; reply: KafkaReplyAddress };

export type ReadRequest =
  | { command: GptCommand }
  /** Who asked is known: they get an error response there. */
  | { refused: ParleyError; reply: KafkaReplyAddress }
  /** Nobody can be answered: it goes to the dead-letter topic. */
  | { poison: ParleyError };

/** What a flow makes of an envelope: the address of the answer first, because a refusal needs it too. */
export interface Flow {
  /** Starts the name of the channel of a request that stands alone. */
  readonly prefix: string;
  address(envelope: Envelope): KafkaReplyAddress;
  /** @throws ParleyError `invalid_request`, `too_large` */
  command(envelope: Envelope): Pick<SubmitMessage, 'message' | 'user' | 'priority' | 'deadline'> & {
    request: RunRequest;
    conversation?: string;
  };
}

export function readRequest(record: KafkaRecord, flow: Flow): ReadRequest {
  let envelope: Envelope;
  try {
    envelope = openEnvelope(record);
  } catch (error) {
    return notOpened(record, flow, toParleyError(error));
  }
  const { key } = envelope;
  const reply = flow.address(envelope);
  try {
    const { conversation, ...asked } = flow.command(envelope);
    if (asked.deadline !== undefined && asked.deadline <= Date.now())
      throw new ParleyError('deadline_exceeded', 'unable to take request; its deadline has passed');
    const priority = toPriority(record.priority) ?? asked.priority ?? USUAL_PRIORITY;
    return {
      command: {
        ...asked,
        tenant: DEFAULT_TENANT,
        channel: conversation ?? channelOfItsOwn(flow, key),
        message_id: key,
        source: 'kafka',
        priority,
        reply,
        request_id: key.slice(0, 200),
        ...(record.traceparent !== undefined && { traceparent: record.traceparent }),
      },
    };
  } catch (error) {
    return { refused: toParleyError(error), reply };
  }
}

/** An envelope that was not read because it is too large a structure may well be one, and who sent it waits for an answer. */
function notOpened(record: KafkaRecord, flow: Flow, fault: ParleyError): ReadRequest {
  if (fault.code !== 'too_complex') return { poison: fault };
  try {
    const key = keyOfRecord(record);
    return key === undefined
      ? { poison: fault }
      : { refused: fault, reply: flow.address({ key, value: {} }) };
  } catch (error) {
    return { poison: toParleyError(error) };
  }
}

/** A key may be any text, a channel's name may not. */
function channelOfItsOwn({ prefix }: Flow, key: string): string {
  const name = `${prefix}:${key}`;
  return isChannelName(name) ? normalChannelName(name) : `${prefix}:${digest(key)}`;
}

/** @param topic that the answers go to */
export const gptFlow = (topic: string): Flow => ({
  prefix: 'gpt',
  address: ({ key, value: { user_email: user } }) => ({
    kind: 'kafka',
    topic,
    key,
    ...(typeof user === 'string' && user.length <= LIMITS.user_chars && { echo: { user_email: user } }),
  }),
  command: ({ value }) => {
    const dto = validate(GptRequestDto, value);
    const deadline = toDeadline(dto.deadline);
    return {
      message: dto.message ?? dto.question ?? '',
      request: toRunRequest(dto),
      ...(dto.user_email && { user: dto.user_email }),
      ...(dto.conversation_id && { conversation: dto.conversation_id }),
      ...(dto.priority != null && { priority: toPriority(dto.priority)! }),
      ...(deadline !== undefined && { deadline }),
    };
  },
});

function toRunRequest(dto: GptRequestDto): RunRequest {
  const format = dto.response_format == null ? undefined : toAnswerFormat(dto.response_format);
  return {
    ...(dto.model && { model: dto.model }),
    ...(dto.max_tokens != null && { max_tokens: dto.max_tokens }),
    ...(dto.temperature != null && { temperature: dto.temperature }),
    ...(dto.system_prompt && { system_prompt: dto.system_prompt }),
    ...(dto.context != null && { context: toContext(dto.context) }),
    ...(dto.images && dto.images.length > 0 && { images: dto.images.map(readImage) }),
    ...(format && { format }),
    ...(dto.cache === false && { no_cache: true as const }),
    ...(dto.conversation_id && { in_thread: true as const }),
  };
}
