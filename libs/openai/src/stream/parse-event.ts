// One event's data as a JSON object.
import { UpstreamError } from '../errors/upstream-error.js';

/** @throws UpstreamError `malformed` */
export function parseEvent(data: string): Record<string, unknown> {
  let event: unknown;
  try {
    event = JSON.parse(data);
  } catch {
    // The parser's message quotes the text, so it is not kept.
    throw new UpstreamError('malformed', 'an event is not valid JSON');
  }
  if (typeof event !== 'object' || event === null || Array.isArray(event))
    throw new UpstreamError('malformed', 'an event is not a JSON object');
  return event as Record<string, unknown>;
}
