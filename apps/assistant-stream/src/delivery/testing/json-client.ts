// A WebSocket client for tests: keeps every frame, waits for what it is told to wait for.
import { once } from 'node:events';
import { WebSocket, type ClientOptions } from 'ws';

export type Json = Record<string, unknown>;

export class JsonClient {
  readonly frames: Json[] = [];
  /** Resolves with the close code. */
  readonly closed: Promise<number>;
  private waiting: (() => void)[] = [];
  private gone = false;

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data) => {
      this.frames.push(JSON.parse(String(data)) as Json);
      this.wake();
    });
    this.closed = new Promise((resolve) =>
      socket.on('close', (code) => {
        this.gone = true;
        resolve(code);
        this.wake();
      }),
    );
    // The close event that follows says all a test wants to know.
    socket.on('error', () => undefined);
  }

  static async open(url: string, options: ClientOptions = {}, protocols: string[] = []): Promise<JsonClient> {
    const client = new JsonClient(new WebSocket(url, protocols, options));
    await once(client.socket, 'open');
    return client;
  }

  say(frame: unknown): void {
    this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  async until(done: (frames: Json[]) => unknown): Promise<Json[]> {
    while (!done(this.frames)) {
      if (this.gone)
        throw new Error(`closed while waiting; got ${JSON.stringify(this.frames).slice(0, 500)}`);
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
    return this.frames;
  }

  /** Resolves once a frame has that type, with the first of them. */
  async typed(type: string): Promise<Json> {
    const found = () => this.frames.find((frame) => frame['type'] === type);
    await this.until(found);
    return found()!;
  }

  private wake(): void {
    for (const wake of this.waiting.splice(0)) wake();
  }
}
