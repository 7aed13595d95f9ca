// A message of the failed queue as operators see it, whether we set it aside or the broker did.
import type { GetMessage } from 'amqplib';
import { digest, isPlainObject, LIMITS, parseJson } from '#contracts';
import { FAILED_HEADERS } from './names.js';

export interface FailedMessage {
  /** Stands for this message while it is in the queue. */
  id: string;
  /** Our error code, or the broker's `expired`, `rejected`, `maxlen`, `delivery_limit`. */
  reason: string;
  error?: string;
  /** ISO 8601. */
  at?: string;
  /** `exchange/routing key` that it came by. */
  source: string;
  bytes: number;
  replays: number;
  priority?: number;
  /** Present where the body can be read. */
  channel?: string;
  message_id?: string;
}

/** The broker's newest entry, or whatever a sender wrote in its place: every member may be of any kind. */
function lastDeath(headers: Record<string, unknown>): Record<string, unknown> {
  const deaths = headers['x-death'];
  const death: unknown = Array.isArray(deaths) ? deaths[0] : undefined;
  return isPlainObject(death) ? death : {};
}

/** ISO 8601, where it is a time at all. */
function timeOf(death: Record<string, unknown>): string | undefined {
  const { time } = death;
  const at = new Date(isPlainObject(time) ? Number(time['value']) * 1000 : Number.NaN);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}

function sourceOf(death: Record<string, unknown>, fields: GetMessage['fields']): string {
  const keys = death['routing-keys'];
  const key: unknown = Array.isArray(keys) ? keys[0] : undefined;
  return `${text(death['exchange']) ?? fields.exchange}/${text(key) ?? fields.routingKey}`;
}

/** Nobody reads a body beyond the limit, so its refusal is left to the broker, which knows no reasons of ours. */
function reasonOf(death: Record<string, unknown>, bytes: number): string {
  const reason = text(death['reason']) ?? 'unknown';
  return reason === 'rejected' && bytes > LIMITS.broker_body_bytes ? 'too_large' : reason;
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

export function toFailedMessage({ content, fields, properties }: GetMessage): FailedMessage {
  const headers: Record<string, unknown> = properties.headers ?? {};
  const death = lastDeath(headers);
  const error = text(headers[FAILED_HEADERS.error]);
  const at = text(headers[FAILED_HEADERS.at]) ?? timeOf(death);
  return {
    id: digest(`${digest(content)} ${at ?? ''} ${String(properties.messageId ?? '')}`),
    reason: text(headers[FAILED_HEADERS.reason]) ?? reasonOf(death, content.length),
    ...(error !== undefined && { error }),
    ...(at !== undefined && { at }),
    source: text(headers[FAILED_HEADERS.source]) ?? sourceOf(death, fields),
    bytes: content.length,
    replays: replaysOf(headers),
    ...(typeof properties.priority === 'number' && { priority: properties.priority }),
    ...namesIn(content),
  };
}

export function replaysOf(headers: Record<string, unknown>): number {
  const replays = Number(headers[FAILED_HEADERS.replays]);
  return Number.isSafeInteger(replays) && replays > 0 ? replays : 0;
}

/** What a replay carries: the sender's own headers without the traces of the failure. */
export function replayHeaders(headers: Record<string, unknown>): Record<string, unknown> {
  const own = Object.entries(headers).filter(
    ([name]) => !/^x-(parley-|death$|first-death-|last-death-|delivery-count$)/.test(name),
  );
  return { ...Object.fromEntries(own), [FAILED_HEADERS.replays]: replaysOf(headers) + 1 };
}

function namesIn(content: Buffer): { channel?: string; message_id?: string } {
  try {
    const body = parseJson(content, {
      bytes: LIMITS.broker_body_bytes,
      depth: LIMITS.json_depth,
      members: LIMITS.json_members,
      items: LIMITS.json_items,
    });
    if (!isPlainObject(body)) return {};
    const name = (key: 'channel' | 'message_id'): object =>
      typeof body[key] === 'string' ? { [key]: body[key].slice(0, LIMITS.channel_chars) } : {};
    return { ...name('channel'), ...name('message_id') };
  } catch {
    // Being unreadable is why most of them are here.
    return {};
  }
}
