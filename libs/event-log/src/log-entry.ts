// One event at its place in a channel's log. The JSON travels as it was written; whoever needs the object
// parses it, once for all.
import type { RunEvent } from '#contracts';

export class LogEntry {
  private parsed: RunEvent | undefined;

  constructor(
    readonly epoch: string,
    readonly offset: number,
    readonly json: string,
  ) {}

  get event(): RunEvent {
    return (this.parsed ??= JSON.parse(this.json) as RunEvent);
  }
}
