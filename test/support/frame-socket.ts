// A WebSocket client that keeps every frame it gets and lets a story wait for the ones it is about.
import { WebSocket } from 'ws';

export type AnyFrame = Record<string, unknown>;
type Wanted = (frame: AnyFrame) => boolean;

const WAIT_MS = 15_000;

export interface SocketOptions {
  headers?: Record<string, string>;
  protocols?: string[];
}

export class FrameSocket {
  readonly frames: AnyFrame[] = [];
  /** Code and reason of the end. */
  readonly closed: Promise<{ code: number; reason: string }>;
  private readonly waiting = new Set<() => void>();
  private read = 0;

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => {
      this.frames.push(JSON.parse(data.toString()) as AnyFrame);
      for (const look of this.waiting) look();
    });
    this.closed = new Promise((resolve) =>
      socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() })),
    );
  }

  static async open(url: string, { headers, protocols }: SocketOptions = {}): Promise<FrameSocket> {
    const socket = new WebSocket(url, protocols ?? [], headers ? { headers } : {});
    const client = new FrameSocket(socket);
    await new Promise<void>((resolve, reject) => socket.once('open', resolve).once('error', reject));
    return client;
  }

  send(frame: unknown): void {
    this.socket.send(typeof frame === 'string' || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame));
  }

  /** A ping and its pong: all that was sent before has been read by the server. */
  async settled(): Promise<void> {
    const pong = new Promise((resolve) => this.socket.once('pong', resolve));
    this.socket.ping();
    await pong;
  }

  /** The next frame not yet looked at that fits; those before it count as looked at. */
  async next(wanted: Wanted = () => true, waitMs = WAIT_MS): Promise<AnyFrame> {
    await this.wait(() => this.frames.slice(this.read).some(wanted), waitMs);
    this.read += this.frames.slice(this.read).findIndex(wanted) + 1;
    return this.frames[this.read - 1]!;
  }

  /** All frames up to and with the first that fits. */
  async until(wanted: Wanted, waitMs = WAIT_MS): Promise<AnyFrame[]> {
    const begin = this.read;
    await this.next(wanted, waitMs);
    return this.frames.slice(begin, this.read);
  }

  /** The frames of one message, up to its final one. */
  async answer(messageId: string, waitMs = WAIT_MS): Promise<AnyFrame[]> {
    const mine = (): AnyFrame[] => this.frames.filter((frame) => frame['message_id'] === messageId);
    await this.wait(() => mine().some((frame) => frame['final_message'] === true), waitMs);
    return mine();
  }

  close(): void {
    this.socket.close();
  }

  private async wait(done: () => boolean, waitMs: number): Promise<void> {
    if (done()) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(look);
        const seen = this.frames.map(
          (f) => `${String(f['status'] ?? f['type'])} ${String(f['message_id'] ?? '')}`,
        );
        reject(new Error(`no such frame in ${waitMs} ms; seen: ${seen.slice(-12).join(', ') || 'none'}`));
      }, waitMs);
      const look = (): void => {
        if (!done()) return;
        clearTimeout(timer);
        this.waiting.delete(look);
        resolve();
      };
      this.waiting.add(look);
    });
  }
}
