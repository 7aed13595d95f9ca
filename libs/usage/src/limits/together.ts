// Calls of one script that nobody orders: what comes while one is under way travels in the next, so that the work they share
// is done once. No timer ever adds to it.
import type { ScriptArgument } from '#redis';

type Arguments = readonly ScriptArgument[];

interface Waiter<T> {
  args: Arguments;
  waitMs: number;
  resolve: (answer: T) => void;
  reject: (error: unknown) => void;
}

/** Bounds how long Redis is busy with one of them. */
const MOST = 64;

export class Together<T> {
  private waiting: Waiter<T>[] = [];
  private scheduled = false;

  /** @param send answers for each, in order */
  constructor(
    private readonly send: (calls: readonly Arguments[], waitMs: number) => Promise<readonly T[]>,
  ) {}

  tell(args: Arguments, waitMs: number): Promise<T> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ args, waitMs, resolve, reject });
      this.schedule();
    });
  }

  private schedule(): void {
    if (this.scheduled || this.waiting.length === 0) return;
    this.scheduled = true;
    setImmediate(() => void this.sendAll());
  }

  private async sendAll(): Promise<void> {
    const calls = this.waiting.splice(0, MOST);
    try {
      const args = calls.map((call) => call.args);
      const answers = await this.send(args, Math.max(...calls.map(({ waitMs }) => waitMs)));
      calls.forEach(({ resolve }, i) => resolve(answers[i]!));
    } catch (error) {
      for (const { reject } of calls) reject(error);
    } finally {
      this.scheduled = false;
      this.schedule();
    }
  }
}
