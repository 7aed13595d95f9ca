// An SSE response as an outlet. The head goes out with the first bytes, so that what fails before is still
// answered as an ordinary HTTP error.
import type { FastifyReply } from 'fastify';
import { Outlet, type OutletLimits } from '../outlet.js';

export const EVENT_STREAM = 'text/event-stream; charset=utf-8';
/** What browsers wait before they reconnect, unless told otherwise. */
const RETRY_MS = 2_000;

export class SseOutlet extends Outlet {
  private begun = false;

  constructor(
    private readonly reply: FastifyReply,
    limits: OutletLimits,
    private readonly headers: Record<string, string>,
  ) {
    super(limits);
  }

  /** A comment line: keeps proxies from closing a silent stream. */
  comment(text: string): void {
    if (this.begun && !this.closed && !this.blocked) this.write(Buffer.from(`: ${text}\n\n`));
  }

  /** Ends the stream and tells the browser when to come back. */
  finish(retryMs: number): void {
    if (this.closed) return;
    this.dispose();
    if (this.begun) this.reply.raw.end(`retry: ${retryMs}\n\n`);
    else this.reply.raw.destroy();
  }

  protected get buffered(): number {
    return this.reply.raw.writableLength;
  }

  protected write(data: Buffer, flushed?: () => void): void {
    if (!this.begun) this.begin();
    this.reply.raw.write(data, flushed);
  }

  protected end(): void {
    this.reply.raw.destroy();
  }

  private begin(): void {
    this.begun = true;
    this.reply.hijack();
    this.reply.raw.writeHead(200, {
      ...(this.reply.getHeaders() as Record<string, string>),
      'content-type': EVENT_STREAM,
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      // A stream ends with its connection; kept alive, the connection would hold up the stop of the server.
      connection: 'close',
      ...this.headers,
    });
    this.reply.raw.write(`retry: ${RETRY_MS}\n\n`);
  }
}
