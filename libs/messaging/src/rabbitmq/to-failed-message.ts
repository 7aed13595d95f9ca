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

interface XDeath {
  reason?: string;
  time?: { value?: number };
  exchange?: string;
  'routing-keys'?: string[];
}

export function toFailedMessage({ content, fields, properties }: GetMessage): FailedMessage {
  const headers: Record<string, unknown> = properties.headers ?? {};
  const death = (headers['x-death'] as XDeath[] | undefined)?.[0];
  const text = (name: string): string | undefined =>
    typeof headers[name] === 'string' ? headers[name] : undefined;
  const error = text(FAILED_HEADERS.error);
  const at =
    text(FAILED_HEADERS.at) ??
    (death?.time?.value === undefined ? undefined : new Date(death.time.value * 1000).toISOString());
  return {
    id: digest(`${digest(content)} ${at ?? ''} ${String(properties.messageId ?? '')}`),
    reason: text(FAILED_HEADERS.reason) ?? death?.reason ?? 'unknown',
    ...(error !== undefined && { error }),
    ...(at !== undefined && { at }),
    source:
      text(FAILED_HEADERS.source) ??
      `${death?.exchange ?? fields.exchange}/${death?.['routing-keys']?.[0] ?? fields.routingKey}`,
    bytes: content.length,
    replays: replaysOf(headers),
    ...(typeof properties.priority === 'number' && { priority: properties.priority }),
    ...namesIn(content),
  };
}

export const replaysOf = (headers: Record<string, unknown>): number =>
  Number(headers[FAILED_HEADERS.replays]) || 0;

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
