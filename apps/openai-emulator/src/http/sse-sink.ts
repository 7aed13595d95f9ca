// Frames → one HTTP response. Frames of a turn go out in a single write, as a chunk made by hand: node's own chunk
// writer costs several times the rest of the path.

import type { FrameSink } from '../pacing/generation.js';
import type { Exchange } from './exchange.js';

/** Bytes that may wait in this process for a slow reader before the source is held up. */
const HIGH_WATER = 1 << 20;

export class SseSink implements FrameSink {
  protected pending = '';
  private full = false;
  /** Set when the client left; the owner stops or detaches the source. */
  onClose: (() => void) | undefined;

  constructor(protected readonly exchange: Exchange) {
    exchange.openStream();
    exchange.onAbort = () => this.onClose?.();
  }

  get blocked(): boolean {
    // Asked before every step: the socket is only looked at again while it was full.
    if (this.full) this.full = this.waiting() > HIGH_WATER;
    return this.full;
  }

  frame(text: string, delta: boolean): void {
    this.pending += text;
    if (delta) this.exchange.entry.tokens_sent += 1;
  }

  flush(): void {
    if (this.pending === '') return;
    const text = this.pending;
    this.pending = '';
    this.write(text);
  }

  end(): void {
    this.flush();
    if (this.exchange.ended) return;
    this.exchange.finish('answered');
    this.exchange.response.end();
  }

  protected write(text: string): void {
    if (this.exchange.ended) return;
    const { response } = this.exchange;
    const { socket } = response;
    if (socket === null) {
      // An earlier answer on the same connection is not through: node keeps this one until then.
      response.write(text);
      return;
    }
    if (socket.destroyed) return;
    const bytes = Buffer.byteLength(text);
    // Text without characters beyond ASCII can be copied byte by byte.
    socket.write(`${bytes.toString(16)}\r\n${text}\r\n`, bytes === text.length ? 'latin1' : 'utf8');
    this.full = socket.writableLength > HIGH_WATER;
  }

  private waiting(): number {
    return this.exchange.response.socket?.writableLength ?? 0;
  }
}
