// One clock for all sockets: spreads the pings over the interval, lets go of those that do not answer, and
// looks after outlets that do not drain. No timer per socket.
import type { WebSocket } from 'ws';
import { blockedOutlets } from '../outlet.js';

export interface HeartbeatSettings {
  pingSeconds: number;
  pongSeconds: number;
}

export class Heartbeat {
  private readonly slots: Set<WebSocket>[];
  /** Pinged and not heard of since. */
  private readonly silent = new Map<WebSocket, number>();
  private readonly slotOf = new WeakMap<WebSocket, number>();
  private seconds = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly settings: HeartbeatSettings) {
    this.slots = Array.from({ length: settings.pingSeconds }, () => new Set());
  }

  start(): void {
    this.timer = setInterval(() => this.tick(), 1_000);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  add(socket: WebSocket): void {
    // The slot that was just passed: its first ping comes a whole interval from now.
    const slot = this.seconds % this.slots.length;
    this.slots[slot]!.add(socket);
    this.slotOf.set(socket, slot);
  }

  remove(socket: WebSocket): void {
    this.silent.delete(socket);
    const slot = this.slotOf.get(socket);
    if (slot !== undefined) this.slots[slot]!.delete(socket);
  }

  /** Anything from the peer proves that it lives. */
  heard(socket: WebSocket): void {
    this.silent.delete(socket);
  }

  /** One second has passed. */
  tick(): void {
    this.seconds++;
    // In the order of their pings, so the first that is young enough ends the search.
    for (const [socket, pinged] of this.silent) {
      if (this.seconds - pinged < this.settings.pongSeconds) break;
      this.remove(socket);
      socket.terminate();
    }
    for (const socket of this.slots[this.seconds % this.slots.length]!) {
      if (!this.silent.has(socket)) this.silent.set(socket, this.seconds);
      socket.ping();
    }
    const now = Date.now();
    for (const outlet of blockedOutlets) outlet.checkProgress(now);
  }
}
