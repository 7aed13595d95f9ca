// One subscriber with a socket of its own that sends one message and times what comes back. Speaks the documented
// WebSocket protocol in the delta format, which Parley and the floors share.
import { WebSocket } from 'ws';

/** Takes every stamped delta: its number from 1 on, and UTC-based ms of sending and of arrival. */
export type DeltaSink = (number: number, sentAt: number, receivedAt: number) => void;

const DELTA = Buffer.from('"type":"output_text.delta"');
const TEXT = '"delta":"';
const ENDED = /"type":"(run\.(?:completed|failed|cancelled))"/;

export class StreamClient {
  /** Settles with the run's terminal event type. */
  readonly ended: Promise<string>;
  private settle!: (how: string) => void;

  private constructor(
    private readonly socket: WebSocket,
    private readonly channel: string,
    private readonly sink: DeltaSink,
  ) {
    this.ended = new Promise((resolve) => (this.settle = resolve));
  }

  /** Resolves when subscribed. */
  static open(url: string, channel: string, sink: DeltaSink): Promise<StreamClient> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(url, { perMessageDeflate: false, skipUTF8Validation: true });
      const client = new StreamClient(socket, channel, sink);
      socket.once('error', reject);
      socket.once('open', () =>
        socket.send(JSON.stringify({ action: 'subscribe', channel, format: 'delta' })),
      );
      socket.once('message', () => resolve(client));
      socket.on('message', (data: Buffer) => client.take(data));
      socket.once('close', () => client.settle('closed'));
    });
  }

  send(message: string): void {
    const { channel } = this;
    this.socket.send(JSON.stringify({ action: 'send', channel, message_id: `m-${channel}`, message }));
  }

  close(): void {
    this.socket.terminate();
  }

  private take(data: Buffer): void {
    if (data.includes(DELTA)) this.takeDelta(data.toString('latin1'));
    else {
      const ended = ENDED.exec(data.toString('latin1', 0, 400))?.[1];
      if (ended !== undefined) this.settle(ended);
    }
  }

  /** A delta's text is any number of `<n>:<ms>;`, digits only. */
  private takeDelta(frame: string): void {
    const receivedAt = performance.timeOrigin + performance.now();
    let at = frame.indexOf(TEXT) + TEXT.length;
    for (;;) {
      const colon = frame.indexOf(':', at);
      const end = frame.indexOf(';', colon);
      if (colon === -1 || end === -1) return;
      this.sink(Number(frame.slice(at, colon)), Number(frame.slice(colon + 1, end)), receivedAt);
      at = end + 1;
    }
  }
}
