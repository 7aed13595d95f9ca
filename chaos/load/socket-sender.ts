// Sends and cancels over a WebSocket and waits for the answer that names the same message; a lost connection or a
// silence is an unknown outcome.
import { SocketClient, type Json } from './socket-client.js';

const ANSWER_MS = 6_000;

interface Waiting {
  key: string;
  settle(answer: Json | undefined): void;
}

export class SocketSender {
  private readonly client: SocketClient;
  private waiting: Waiting[] = [];
  private readonly tails = new Map<string, Promise<Json | undefined>>();

  constructor(ports: readonly number[], first: number) {
    this.client = new SocketClient(ports, first, {
      opened: () => undefined,
      frame: (frame) => this.take(frame),
      closed: () => {
        for (const { settle } of this.waiting.splice(0)) settle(undefined);
      },
    });
  }

  /** @returns the answer, or undefined when the outcome is not known */
  ask(
    action: 'send' | 'cancel',
    frame: Json & { channel: string; message_id: string },
  ): Promise<Json | undefined> {
    // An answer does not tell which of two bodies it is for, so only one question of a kind is open.
    const key = keyOf(action, frame);
    const before = this.tails.get(key) ?? Promise.resolve(undefined);
    const answer = before.then(() => this.askNow(action, frame));
    this.tails.set(key, answer);
    return answer;
  }

  stop(): void {
    this.client.stop();
  }

  private askNow(
    action: 'send' | 'cancel',
    frame: Json & { channel: string; message_id: string },
  ): Promise<Json | undefined> {
    if (!this.client.say({ action, ...frame }))
      return new Promise((resolve) => setTimeout(() => resolve(undefined), 200));
    return new Promise((resolve) => {
      // With the connection goes the late answer, which would else be taken for the answer to the next question.
      const timer = setTimeout(() => this.client.cut(), ANSWER_MS);
      const waiting: Waiting = {
        key: keyOf(action, frame),
        settle: (answer) => {
          clearTimeout(timer);
          this.waiting = this.waiting.filter((one) => one !== waiting);
          resolve(answer);
        },
      };
      this.waiting.push(waiting);
    });
  }

  private take(frame: Json): void {
    const action = frame['type'] === 'ack' ? 'send' : frame['type'] === 'cancel' ? 'cancel' : frame['action'];
    const key = keyOf(String(action), frame);
    this.waiting.find((waiting) => waiting.key === key)?.settle(frame);
  }
}

const keyOf = (action: string, frame: Json): string =>
  JSON.stringify([action, frame['channel'], frame['message_id']]);
