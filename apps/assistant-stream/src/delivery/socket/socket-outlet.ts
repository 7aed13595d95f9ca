// A WebSocket as an outlet.
import type { WebSocket } from 'ws';
import { Outlet, type OutletLimits } from '../outlet.js';

export const CLOSE = {
  /** RFC 6455 registry: the service restarts; come back. */
  restart: 1012,
  /** Nobody is known on this socket any more. */
  unauthorized: 4401,
  slowConsumer: 4408,
  flood: 4429,
} as const;

/** A peer that does not read will not answer the closing handshake either. */
const CLOSING_MS = 1_000;

export class SocketOutlet extends Outlet {
  constructor(
    private readonly socket: WebSocket,
    limits: OutletLimits,
  ) {
    super(limits);
  }

  protected get buffered(): number {
    return this.socket.bufferedAmount;
  }

  protected write(data: Buffer, flushed?: () => void): void {
    if (this.socket.readyState === this.socket.OPEN) this.socket.send(data, { binary: false }, flushed);
  }

  protected end(): void {
    closeSocket(this.socket, CLOSE.slowConsumer, 'slow consumer');
  }
}

export function closeSocket(socket: WebSocket, code: number, reason: string): void {
  socket.close(code, reason);
  setTimeout(() => socket.terminate(), CLOSING_MS).unref();
}
