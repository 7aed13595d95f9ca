// When the growing text of one run is shown again: after 10 new characters, or when a second has passed
// since the last time and anything is new. One timer per channel, only while text waits.

const CHARACTERS = 10;
const INTERVAL_MS = 1_000;

export class TextThrottle {
  private shownLength = 0;
  private shownAt = 0;
  private length = 0;
  private timer: NodeJS.Timeout | undefined;

  /** @param show shows the text as it is now */
  constructor(private readonly show: () => void) {}

  /** A text begins, or is known to have been shown up to `length` UTF-16 units. */
  begin(length = 0): void {
    this.length = this.shownLength = length;
    this.shownAt = Date.now();
  }

  grew(length: number): void {
    this.length = length;
    if (length - this.shownLength >= CHARACTERS || Date.now() - this.shownAt >= INTERVAL_MS) this.now();
    else this.arm();
  }

  /** The text was cut back; what was shown beyond must be taken back at once. */
  shrank(length: number): void {
    const retracts = length < this.shownLength;
    this.length = length;
    if (retracts) this.now();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.begin();
  }

  private now(): void {
    this.begin(this.length);
    this.show();
  }

  /** The timer is not moved with every frame; when it fires too early it is set again for the rest. */
  private arm(): void {
    if (this.timer) return;
    const wait = Math.max(this.shownAt + INTERVAL_MS - Date.now(), 1);
    this.timer = setTimeout(() => {
      this.timer = undefined;
      if (this.length === this.shownLength) return;
      if (Date.now() - this.shownAt >= INTERVAL_MS) this.now();
      else this.arm();
    }, wait);
    this.timer.unref();
  }
}
