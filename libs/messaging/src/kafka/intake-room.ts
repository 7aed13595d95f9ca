// How much a consumer has in hand at a time, in records and in bytes: beyond it nothing more is read, while the group's
// heartbeats go on.

export class IntakeRoom {
  private records = 0;
  private bytes = 0;
  private waiting: (() => void) | undefined;

  constructor(
    private readonly maxRecords: number,
    private readonly maxBytes: number,
  ) {}

  /** Resolves when there is room; a record that is larger than all of it goes alone. One caller at a time. */
  async enter(bytes: number): Promise<void> {
    while (this.records > 0 && (this.records >= this.maxRecords || this.bytes + bytes > this.maxBytes))
      await new Promise<void>((resolve) => (this.waiting = resolve));
    this.records++;
    this.bytes += bytes;
  }

  leave(bytes: number): void {
    this.records--;
    this.bytes -= bytes;
    this.waiting?.();
    this.waiting = undefined;
  }
}
