// How far long work is, on one line of a terminal; nothing where nobody watches.
const WIDTH = 30;

export class ProgressBar {
  private shown = '';

  /** @param what that is counted, such as `uploaded` */
  constructor(
    private readonly what: string,
    private readonly total: number,
    private readonly out: { isTTY?: boolean; write(text: string): unknown } = process.stderr,
  ) {}

  show(done: number): void {
    if (!this.out.isTTY || this.total === 0) return;
    const filled = Math.round((WIDTH * Math.min(done, this.total)) / this.total);
    const line = `\r[${'#'.repeat(filled)}${'-'.repeat(WIDTH - filled)}] ${done}/${this.total} ${this.what}`;
    if (line === this.shown) return;
    this.shown = line;
    this.out.write(line);
  }

  /** Leaves the line as it is, and the next one free. */
  end(): void {
    if (this.shown !== '') this.out.write('\n');
    this.shown = '';
  }
}
