// One timer for every paced stream: a wheel of 1 ms slots. 500 streams at 50 tokens/s cost one setTimeout per millisecond
// instead of 25,000 per second. Knows nothing of what its tasks do.

const SLOTS = 1024;

export interface WheelTask {
  /** When to run, in ms of `performance.now()`. The wheel sets it. */
  due: number;
  /** Called once, never early, usually within 1-2 ms. */
  run(now: number): void;
}

export class TimerWheel {
  private readonly slots: WheelTask[][] = Array.from({ length: SLOTS }, () => []);
  private waiting = 0;
  private cursor = Math.floor(performance.now());
  private timer: NodeJS.Timeout | undefined;

  /** Runs `task` at `due` (ms of `performance.now()`), at once in the next turn when that is past. */
  schedule(task: WheelTask, due: number): void {
    const now = performance.now();
    if (this.waiting === 0) this.cursor = Math.floor(now);
    task.due = due;
    const slot = Math.max(Math.ceil(due), this.cursor + 1);
    this.slots[slot % SLOTS]!.push(task);
    this.waiting += 1;
    this.timer ??= setTimeout(this.tick, 1);
  }

  /** Forgets every task; for shutdown. */
  clear(): void {
    for (const slot of this.slots) slot.length = 0;
    this.waiting = 0;
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private readonly tick = (): void => {
    this.timer = undefined;
    const now = performance.now();
    const until = Math.floor(now);
    // After a pause longer than the wheel every slot is looked at once; more would only repeat it.
    if (until - this.cursor > SLOTS) this.cursor = until - SLOTS;
    while (this.cursor < until) {
      this.cursor += 1;
      this.turn(this.cursor % SLOTS, now);
    }
    if (this.waiting > 0) this.timer ??= setTimeout(this.tick, 1);
  };

  private turn(index: number, now: number): void {
    const tasks = this.slots[index]!;
    if (tasks.length === 0) return;
    this.slots[index] = [];
    for (const task of tasks) {
      if (task.due > now) {
        this.slots[index].push(task);
      } else {
        this.waiting -= 1;
        task.run(now);
      }
    }
  }
}
