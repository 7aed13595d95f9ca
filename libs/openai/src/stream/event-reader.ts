// Reads server-sent events from a response body under our own rules: bounded lines, strict UTF-8, a last event
// without its blank line still counts, an end without a terminal event is a failure, nothing after it matters.
// Knows no event types; grammar is eventsource-parser's (WHATWG HTML §9.2.6).
import type { Readable } from 'node:stream';
import { createParser } from 'eventsource-parser';
import { UpstreamError } from '../errors/upstream-error.js';
import { Utf8Reader } from './utf8.js';

/** Characters in one line or event. A whole 128k-token answer in its terminal event stays well below. */
export const LONGEST_EVENT = 1024 * 1024;
/** After the terminal event the socket gets this long to end by itself and be used again. */
const DRAIN_MS = 1_000;

export interface EventHandlers {
  /** One event's data. Returns true for the terminal one. What it throws ends the reading. */
  event(data: string): boolean;
  /** Whether an end of the stream here is a proper end, with no terminal event of its own. */
  complete?: (() => boolean) | undefined;
  /** Back-pressure: no more is read until the promise settles. */
  ready?: (() => Promise<void> | undefined) | undefined;
  held?(): void;
  released?(): void;
}

/**
 * Resolves at the terminal event. Rejects with what a handler threw, or UpstreamError `stream_cut` or
 * `malformed`; the body is then destroyed. A destroyed body (abort, clock) ends it as `stream_cut`.
 */
export function readEvents(body: Readable, handlers: EventHandlers): Promise<void> {
  return new Promise((resolve, reject) => {
    let settled = false;
    const utf8 = new Utf8Reader();
    const parser = createParser({
      maxBufferSize: LONGEST_EVENT,
      onEvent: (event) => {
        if (!settled && handlers.event(event.data)) succeed();
      },
      onError: (error) => {
        if (error.type === 'max-buffer-size-exceeded')
          throw new UpstreamError('malformed', `an event exceeds ${LONGEST_EVENT} characters`);
      },
    });

    const succeed = (): void => {
      settled = true;
      resolve();
      const drain = setTimeout(() => body.destroy(), DRAIN_MS);
      drain.unref();
      body.once('close', () => clearTimeout(drain));
    };
    const fail = (error: unknown): void => {
      if (settled) return;
      settled = true;
      reject(error as Error);
      body.destroy();
    };

    body.on('data', (chunk: Buffer) => {
      if (settled) return;
      try {
        parser.feed(utf8.decode(chunk));
      } catch (error) {
        return fail(error);
      }
      const wait = settled ? undefined : handlers.ready?.();
      if (wait !== undefined) void hold(wait);
    });
    const hold = async (wait: Promise<void>): Promise<void> => {
      body.pause();
      handlers.held?.();
      try {
        await wait;
        handlers.released?.();
        body.resume();
      } catch (error) {
        fail(error);
      }
    };
    body.on('end', () => {
      if (settled) return;
      try {
        utf8.end();
        parser.feed('\n\n');
      } catch {
        // Half an event at the end of the stream is a cut, not a breach of protocol.
      }
      if (settled) return;
      if (handlers.complete?.() === true) return succeed();
      fail(new UpstreamError('stream_cut', 'the stream ended without a terminal event'));
    });
    // The listener stays for good: aborting a half-read body raises an error that nobody else would handle.
    body.on('error', (cause) => fail(new UpstreamError('stream_cut', 'the stream broke off', { cause })));
    body.on('close', () => {
      if (!settled) fail(new UpstreamError('stream_cut', 'the stream was closed'));
    });
  });
}
