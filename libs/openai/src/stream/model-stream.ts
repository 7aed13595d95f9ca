// One streamed call from request to terminal event: clocks, abort, headers, body. Shared by both adapters,
// which bring the request and a reader for its events.
import type { Readable } from 'node:stream';
import { toUpstreamError } from '../errors/to-upstream-error.js';
import { UpstreamError } from '../errors/upstream-error.js';
import type { ModelTimeouts } from '../model/model-client.js';
import type { ModelSink } from '../model/model-sink.js';
import { readEvents } from './event-reader.js';
import { LifeClock } from './life-clock.js';

/** Consumes an API's events; `accept` returns true for the terminal one and throws UpstreamError. */
export interface EventConsumer {
  accept(data: string, clock: LifeClock): boolean;
  /** For an API whose last word may be missing although all was said. */
  complete?(): boolean;
}

export interface ModelStream {
  /** Sends the request; must pass `signal` on. */
  open: (signal: AbortSignal) => Promise<Response>;
  consumer: EventConsumer;
  /** Only its back-pressure is of use here. */
  sink: Pick<ModelSink, 'ready'>;
  signal: AbortSignal;
  timeouts: ModelTimeouts;
}

/** The SDK's limit for the headers, in ms: a little above our own clock, which gives the better error. */
export const headersLimit = (timeouts: ModelTimeouts): number => timeouts.first_output_ms + 5_000;

/** Resolves when the consumer has seen the terminal event. @throws UpstreamError */
export async function runModelStream({ open, consumer, sink, signal, timeouts }: ModelStream): Promise<void> {
  const stop = new AbortController();
  let body: Readable | undefined;
  const end = (reason: UpstreamError): void => {
    stop.abort(reason);
    body?.destroy();
  };
  const onAbort = (): void =>
    end(new UpstreamError('aborted', 'the call was aborted', { cause: signal.reason }));
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  const clock = new LifeClock(timeouts, end);
  try {
    const response = await open(stop.signal);
    body = response.body as unknown as Readable;
    if (stop.signal.aborted) body.destroy();
    refuseForeign(response, body);
    await readEvents(body, {
      event: (data) => consumer.accept(data, clock),
      complete: consumer.complete && (() => consumer.complete?.() === true),
      ready: sink.ready && (() => sink.ready?.()),
      held: () => clock.hold(),
      released: () => clock.release(),
    });
  } catch (thrown) {
    throw stop.signal.aborted ? (stop.signal.reason as UpstreamError) : toUpstreamError(thrown);
  } finally {
    clock.stop();
    signal.removeEventListener('abort', onAbort);
  }
}

/** A proxy's login page is a 200 too. */
function refuseForeign(response: Response, body: Readable): void {
  const type = response.headers.get('content-type') ?? 'none';
  if (type.toLowerCase().startsWith('text/event-stream')) return;
  body.destroy();
  throw new UpstreamError('malformed', 'the answer is not an event stream', {
    status: response.status,
    detail: `content-type ${type.slice(0, 80)}`,
  });
}
