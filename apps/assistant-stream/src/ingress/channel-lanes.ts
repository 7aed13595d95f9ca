// One lane per channel: what is sent along a lane begins when the one before it has ended, however it ended.
// Lanes do not wait for one another. Keeps a channel's order even where a submission has to be repeated.

export class ChannelLanes {
  private readonly tails = new Map<string, Promise<unknown>>();

  /** Begins at once, before this call returns, when the lane is empty. */
  run<T>(lane: string, task: () => Promise<T>): Promise<T> {
    const tail = this.tails.get(lane);
    const result = tail ? tail.then(task, task) : task();
    this.tails.set(lane, result);
    const leave = (): void => {
      if (this.tails.get(lane) === result) this.tails.delete(lane);
    };
    result.then(leave, leave);
    return result;
  }

  /** Lanes in use. */
  get size(): number {
    return this.tails.size;
  }
}
