// How far the load is: a bar that is drawn again on a terminal, else a line for every tenth.
const WIDTH = 30;
const DRAW_MS = 100;

export class Progress {
  private drawn = 0;
  private tenth = 0;

  constructor(
    private readonly total: number,
    private readonly out: { isTTY?: boolean; write(text: string): unknown },
    private readonly now: () => number = performance.now.bind(performance),
  ) {}

  show(done: number, failed: number): void {
    if (this.out.isTTY) {
      if (done < this.total && this.now() - this.drawn < DRAW_MS) return;
      this.drawn = this.now();
      this.out.write(`\r${bar(done, this.total)} ${done}/${this.total}, ${failed} errors `);
      return;
    }
    const tenth = Math.floor((done * 10) / this.total);
    if (tenth === this.tenth) return;
    this.tenth = tenth;
    this.out.write(`${done}/${this.total}, ${failed} errors\n`);
  }

  end(): void {
    if (this.out.isTTY) this.out.write('\n');
  }
}

function bar(done: number, total: number): string {
  const full = Math.round((WIDTH * done) / total);
  return `[${'#'.repeat(full)}${' '.repeat(WIDTH - full)}]`;
}
