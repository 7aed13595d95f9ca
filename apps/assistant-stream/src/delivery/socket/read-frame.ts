// From a client's bytes to a command: both documented protocols, the guide's bare message, and the relay.
// Decides what was asked and in which dress the answer goes back; does nothing itself.
import { IsInt, IsNotEmpty, IsOptional, IsIn, IsString, Max, MaxLength, Min } from 'class-validator';
import {
  ChannelName,
  isPlainObject,
  LIMITS,
  MessageDto,
  parseJson,
  ParleyError,
  validate,
  WellFormed,
} from '#contracts';
import { SubscriptionDto } from '../subscription.dto.js';

const TOKEN_CHARS = 8_192;

class ChannelDto {
  @ChannelName()
  channel!: string;

  /** For clients that cannot set headers; kept for the rest of the connection. */
  @IsOptional()
  @IsString()
  @MaxLength(TOKEN_CHARS)
  token?: string;
}

export class SubscribeDto extends SubscriptionDto {
  @IsOptional()
  @IsString()
  @MaxLength(TOKEN_CHARS)
  token?: string;
}

export class SendDto extends MessageDto {
  @IsOptional()
  @IsString()
  @MaxLength(TOKEN_CHARS)
  token?: string;
}

/** Either `run_id`, or `channel` with `message_id`. */
export class CancelDto {
  @IsOptional()
  @IsString()
  @MaxLength(64)
  run_id?: string;

  @IsOptional()
  @ChannelName()
  channel?: string;

  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(LIMITS.message_id_chars)
  @WellFormed()
  message_id?: string;

  @IsOptional()
  @IsString()
  @MaxLength(TOKEN_CHARS)
  token?: string;
}

export class HistoryDto extends ChannelDto {
  /** `next` of the page before. */
  @IsOptional()
  @IsString()
  @MaxLength(256)
  after?: string;

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(200)
  limit?: number;

  @IsOptional()
  @IsIn(['asc', 'desc'])
  order?: 'asc' | 'desc';
}

/** Either of the two. */
export class AuthenticateDto {
  @IsOptional()
  @IsString()
  @MaxLength(TOKEN_CHARS)
  token?: string;

  @IsOptional()
  @IsString()
  @MaxLength(TOKEN_CHARS)
  ticket?: string;
}

export class UnsubscribeDto extends ChannelDto {}
export class RelayDto extends ChannelDto {}

export type Command =
  | { action: 'subscribe'; dto: SubscribeDto; aware: boolean }
  | { action: 'unsubscribe'; dto: UnsubscribeDto }
  | { action: 'send'; dto: SendDto }
  | { action: 'cancel'; dto: CancelDto }
  | { action: 'history'; dto: HistoryDto }
  | { action: 'relay'; dto: RelayDto; payload: Record<string, unknown> }
  | { action: 'authenticate'; dto: { token: string } }
  | { action: 'ping' };

/** What an error answer may repeat of a frame that was refused. */
export interface Addressed {
  enveloped: boolean;
  /** Short names only; absent when the frame did not get so far. */
  action?: string;
  channel?: string;
  message_id?: string;
}

/** @throws ParleyError `too_complex`, `invalid_json`, `invalid_request` */
export function readObject(data: Buffer): Record<string, unknown> {
  const value = parseJson(data, {
    bytes: LIMITS.websocket_frame_bytes,
    depth: LIMITS.json_depth,
    members: LIMITS.json_members,
    items: LIMITS.json_items,
  });
  if (!isPlainObject(value)) throw new ParleyError('invalid_request', 'unable to read frame; not an object');
  return value;
}

/** The part of a frame that names the command, taken out of its envelope. */
export function unwrap(frame: Record<string, unknown>): Record<string, unknown> {
  return isEnveloped(frame) ? (frame['payload'] as Record<string, unknown>) : frame;
}

const isEnveloped = (frame: Record<string, unknown>): boolean =>
  frame['channel'] === 'subscription' &&
  isPlainObject(frame['payload']) &&
  typeof frame['action'] !== 'string';

export function addressOf(frame: Record<string, unknown>): Addressed {
  const inner = unwrap(frame);
  const name = (key: string, chars: number) => {
    const value = inner[key];
    return typeof value === 'string' && value.length <= chars ? { [key]: value } : {};
  };
  return {
    enveloped: inner !== frame,
    ...name('action', 32),
    ...name('channel', LIMITS.channel_chars),
    ...name('message_id', LIMITS.message_id_chars),
  };
}

/** @throws ParleyError `unknown_action`, `invalid_request` with the properties at fault */
export function toCommand(frame: Record<string, unknown>): Command {
  const inner = unwrap(frame);
  const { action } = inner;
  if (typeof action !== 'string') return toImplied(inner);
  switch (action) {
    case 'subscribe': {
      const dto = validate(SubscribeDto, inner);
      // Old clients know nothing but frames with a status; only who uses an addition is told more.
      const aware = dto.cursor !== undefined || dto.format !== undefined || dto.run_id !== undefined;
      return { action, dto, aware };
    }
    case 'unsubscribe':
      return { action, dto: validate(UnsubscribeDto, inner) };
    case 'send':
      return { action, dto: validate(SendDto, inner) };
    case 'cancel':
      return { action, dto: toCancel(inner) };
    case 'history':
      return { action, dto: validate(HistoryDto, inner) };
    case 'authenticate':
      return { action, dto: toAuthenticate(inner) };
    case 'ping':
      return { action };
    default:
      throw new ParleyError('unknown_action', 'unable to read frame; unknown action');
  }
}

/** Frames without an action: the guide's `{channel, message, message_id}`, and `{channel, payload}` for the relay. */
function toImplied(frame: Record<string, unknown>): Command {
  if ('message' in frame) return { action: 'send', dto: validate(SendDto, frame) };
  const { payload } = frame;
  if ('channel' in frame && isPlainObject(payload))
    return { action: 'relay', dto: validate(RelayDto, frame), payload };
  throw new ParleyError('unknown_action', 'unable to read frame; no action');
}

function toAuthenticate(frame: Record<string, unknown>): { token: string } {
  const dto = validate(AuthenticateDto, frame);
  const token = dto.token ?? dto.ticket;
  if (token !== undefined) return { token };
  throw new ParleyError('invalid_request', 'unable to read frame; nothing to authenticate by', {
    details: ['token or ticket must be given'],
  });
}

function toCancel(frame: Record<string, unknown>): CancelDto {
  const dto = validate(CancelDto, frame);
  if (dto.run_id === undefined && (dto.channel === undefined || dto.message_id === undefined))
    throw new ParleyError('invalid_request', 'unable to read frame; nothing to cancel', {
      details: ['run_id, or channel with message_id, must be given'],
    });
  return dto;
}
