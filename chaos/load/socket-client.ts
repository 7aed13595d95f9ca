// A WebSocket that connects again by itself, to the next address, and hands every frame over. Knows no actions.
import { WebSocket } from 'ws';

export type Json = Record<string, unknown>;

export interface SocketEvents {
  opened(): void;
  frame(frame: Json): void;
  closed(code: number): void;
}

const RETRY_MS = 100;

export class SocketClient {
  private socket: WebSocket | undefined;
  private turn: number;
  private stopped = false;

  /** @param ports tried in turn, beginning at `first` */
  constructor(
    private readonly ports: readonly number[],
    first: number,
    private readonly events: SocketEvents,
  ) {
    this.turn = first;
    this.open();
  }

  get isOpen(): boolean {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  say(frame: Json): boolean {
    if (!this.isOpen) return false;
    this.socket!.send(JSON.stringify(frame));
    return true;
  }

  /** Stops reading; the server's bytes pile up. */
  pause(): void {
    if (this.isOpen) this.socket!.pause();
  }

  resume(): void {
    if (this.isOpen) this.socket!.resume();
  }

  /** Loses the connection without a goodbye. */
  cut(): void {
    this.socket?.terminate();
  }

  stop(): void {
    this.stopped = true;
    this.socket?.terminate();
  }

  private open(): void {
    const port = this.ports[this.turn++ % this.ports.length]!;
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, { handshakeTimeout: 2_000 });
    this.socket = socket;
    socket.on('open', () => this.events.opened());
    socket.on('message', (data) => {
      if (!this.stopped) this.events.frame(JSON.parse(String(data)) as Json);
    });
    // The close event that follows says all there is to say.
    socket.on('error', () => undefined);
    socket.on('close', (code) => {
      if (this.stopped) return;
      this.events.closed(code);
      setTimeout(() => {
        if (!this.stopped) this.open();
      }, RETRY_MS);
    });
  }
}
