// Which placeholder stands for which value in one conversation. Numbers count up by kind in the order of first appearance.
import { placeholderOf, type PlaceholderKind } from './placeholder.js';

export class PlaceholderBook {
  private readonly placeholders = new Map<string, string>();
  private readonly values = new Map<string, string>();
  private readonly counts = new Map<PlaceholderKind, number>();

  /** The same value gets the same placeholder. Two spellings of a number are two values, so that each comes back as it was. */
  placeholderFor(kind: PlaceholderKind, value: string): string {
    const key = `${kind} ${value}`;
    const known = this.placeholders.get(key);
    if (known !== undefined) return known;
    const number = (this.counts.get(kind) ?? 0) + 1;
    const placeholder = placeholderOf(kind, number);
    this.counts.set(kind, number);
    this.placeholders.set(key, placeholder);
    this.values.set(placeholder, value);
    return placeholder;
  }

  valueOf(placeholder: string): string | undefined {
    return this.values.get(placeholder);
  }

  /** Whether more text can make a placeholder of this book out of `text`, which begins with `[` and has no other bracket. */
  mayBecome(text: string): boolean {
    const [name, digits] = text.slice(1).split('_', 2) as [string, string | undefined];
    for (const [kind, count] of this.counts) {
      const word = kind.toUpperCase();
      if (digits === undefined ? word.startsWith(name) : word === name && isBeginning(digits, count))
        return true;
    }
    return false;
  }
}

/** Whether `digits` begin a number from 1 to `count`: then they are such a number themselves. */
const isBeginning = (digits: string, count: number): boolean =>
  digits === '' || (/^[1-9]\d{0,8}$/.test(digits) && Number(digits) <= count);
