// Puts values back while an answer streams in. Holds back only an end that can still become a placeholder which was given out:
// at most 16 units, because a placeholder has its only opening bracket at its beginning.
import type { PersonalDataMasker } from './personal-data-masker.js';
import { restoreJson } from './mask-json.js';

export interface PlaceholderStreamOptions {
  /** The stream is JSON, as the arguments of a tool call: values are escaped. */
  json?: boolean;
}

export class PlaceholderStream {
  private held = '';
  private readonly restore: (text: string) => string;

  constructor(
    private readonly masker: PersonalDataMasker,
    { json = false }: PlaceholderStreamOptions = {},
  ) {
    this.restore = json ? (text) => restoreJson(masker, text) : (text) => masker.restore(text);
  }

  /** Whether something is held back. */
  get pending(): boolean {
    return this.held !== '';
  }

  /** @returns what is certain now, with the values put back; may be empty */
  push(delta: string): string {
    const text = this.held + delta;
    const open = text.lastIndexOf('[');
    const isOpen = open !== -1 && !text.includes(']', open) && this.masker.book.mayBecome(text.slice(open));
    this.held = isOpen ? text.slice(open) : '';
    return this.restore(isOpen ? text.slice(0, open) : text);
  }

  /** @returns what was held back, as it came: the answer ended inside of it */
  flush(): string {
    const rest = this.held;
    this.held = '';
    return rest;
  }
}
