// Where the deltas of an answer come from: a prepared text in slices, or time stamps made at the moment of sending.

import { countTokens, tokensOf } from './tokens.js';

export interface TextSource {
  hasNext(): boolean;
  /** The next delta; empty at the end. */
  next(): string;
  /** Everything handed out so far. */
  sent(): string;
  /** Tokens of that: a delta is one, unless deltas are slices of a size that was asked for. */
  tokens(): number;
}

/** A text in tokens, or in slices of `deltaChars` code points when that is above 0. */
export class PreparedText implements TextSource {
  private position = 0;
  private count = 0;
  private readonly slices: Iterator<string, undefined>;
  private upcoming: string | undefined;

  constructor(
    private readonly text: string,
    private readonly deltaChars: number,
  ) {
    this.slices = deltaChars > 0 ? codePoints(text, deltaChars) : tokensOf(text);
    this.upcoming = this.slices.next().value;
  }

  hasNext(): boolean {
    return this.upcoming !== undefined;
  }

  next(): string {
    const slice = this.upcoming ?? '';
    this.upcoming = this.slices.next().value;
    this.position += slice.length;
    this.count += 1;
    return slice;
  }

  sent(): string {
    return this.text.slice(0, this.position);
  }

  tokens(): number {
    return this.deltaChars > 0 ? countTokens(this.sent()) : this.count;
  }
}

/** `count` deltas of the form `<n>:<ms>;`, n from 1, ms = `performance.timeOrigin + performance.now()` to three places. */
export class StampedText implements TextSource {
  private made = 0;
  private text = '';

  constructor(private readonly count: number) {}

  hasNext(): boolean {
    return this.made < this.count;
  }

  next(): string {
    this.made += 1;
    const stamp = `${this.made}:${(performance.timeOrigin + performance.now()).toFixed(3)};`;
    this.text += stamp;
    return stamp;
  }

  sent(): string {
    return this.text;
  }

  tokens(): number {
    return this.made;
  }
}

function* codePoints(text: string, size: number): Generator<string, undefined> {
  let slice = '';
  let count = 0;
  for (const point of text) {
    slice += point;
    count += 1;
    if (count === size) {
      yield slice;
      slice = '';
      count = 0;
    }
  }
  if (count > 0) yield slice;
  return undefined;
}
