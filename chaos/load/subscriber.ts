// One listening client: subscribes to its channels, goes on from its cursors after every loss, notes every frame.
import type { Format } from '../history/operation.js';
import type { Notes } from '../history/recorder.js';
import { SocketClient, type Json } from './socket-client.js';

export class Subscriber {
  readonly client: SocketClient;
  private readonly cursors = new Map<string, string>();

  constructor(
    readonly name: string,
    readonly channels: readonly string[],
    private readonly format: Format,
    ports: readonly number[],
    first: number,
    private readonly recorder: Notes,
  ) {
    this.client = new SocketClient(ports, first, {
      opened: () => this.subscribe(),
      frame: (frame) => this.take(frame),
      closed: (code) => recorder.note({ op: 'socket', client: name, state: 'closed', code }),
    });
  }

  /** The place that it has seen last. */
  cursor(channel: string): string | undefined {
    return this.cursors.get(channel);
  }

  subscribe(only: readonly string[] = this.channels): void {
    for (const channel of only) {
      const cursor = this.cursors.get(channel);
      this.client.say({ action: 'subscribe', channel, format: this.format, ...(cursor && { cursor }) });
    }
  }

  private take(frame: Json): void {
    const { type, channel, epoch, offset } = frame;
    if (type === 'error' && frame['action'] === 'subscribe') {
      // Refused for now, because the state is away.
      setTimeout(() => this.subscribe([String(channel)]), 200);
      return;
    }
    if (typeof channel !== 'string' || typeof epoch !== 'string' || typeof offset !== 'number') return;
    const place = { client: this.name, channel, epoch, offset };
    const { format } = this;
    if (type === 'subscribed') {
      const asked = this.cursors.get(channel);
      this.recorder.note({ op: 'subscribed', ...place, format, ...(asked !== undefined && { asked }) });
    } else if (type === 'reset') {
      this.recorder.note({ op: 'reset', ...place, reason: String(frame['reason']) });
    } else if (format === 'delta') {
      const { channel: _, epoch: __, offset: ___, ...event } = frame;
      this.recorder.note({ op: 'event', ...place, event });
    } else {
      this.recorder.note({
        op: 'frame',
        ...place,
        status: String(frame['status']),
        final: frame['final_message'] === true,
        run_id: String(frame['run_id']),
        message_id: String(frame['message_id']),
        text: String(frame['message']),
      });
    }
    this.cursors.set(channel, `${epoch}:${offset}`);
  }
}
