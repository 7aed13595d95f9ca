// Takes personal data out of the texts of one conversation and puts them back. Holds the values in memory only; a new masker that is
// given the same texts in the same order gives the same placeholders.
import { PII_KINDS, type PiiKind, type PiiMode } from '#config';
import { findPersonalData } from './detect.js';
import { mergeFindings, type Finding } from './finding.js';
import { markerOf, PLACEHOLDER, type PlaceholderKind } from './placeholder.js';
import { PlaceholderBook } from './placeholder-book.js';

export interface MaskerOptions {
  mode: PiiMode;
  /** All by default. */
  kinds?: readonly PiiKind[];
}

export class PersonalDataMasker {
  readonly book = new PlaceholderBook();
  private readonly mode: PiiMode;
  private readonly kinds: readonly PiiKind[];

  constructor({ mode, kinds = PII_KINDS }: MaskerOptions) {
    this.mode = mode;
    this.kinds = kinds;
  }

  /** `restore(mask(text))` is `text` again in the mode `placeholder`, whatever the text holds. */
  mask(text: string): string {
    return this.replace(text, this.find(text));
  }

  /** @param text as the model wrote it; placeholders that this masker did not give out stay as they are */
  restore(text: string): string {
    return text.replace(PLACEHOLDER, (placeholder) => this.book.valueOf(placeholder) ?? placeholder);
  }

  /** What `mask` takes out, in order; with texts that look like placeholders, which would be mistaken for some. */
  find(text: string): readonly Finding<PlaceholderKind>[] {
    if (this.mode === 'off') return [];
    const found: readonly Finding<PlaceholderKind>[] = findPersonalData(text, this.kinds);
    return this.mode === 'mask' ? found : mergeFindings(lookalikes(text), found);
  }

  /** Replaces what `find` found. */
  replace(text: string, findings: readonly Finding<PlaceholderKind>[]): string {
    if (findings.length === 0) return text;
    let masked = '';
    let edge = 0;
    for (const { kind, start, end } of findings) {
      masked += text.slice(edge, start) + this.wordFor(kind, text.slice(start, end));
      edge = end;
    }
    return masked + text.slice(edge);
  }

  private wordFor(kind: PlaceholderKind, value: string): string {
    return kind !== 'text' && this.mode === 'mask' ? markerOf(kind) : this.book.placeholderFor(kind, value);
  }
}

const lookalikes = (text: string): Finding<PlaceholderKind>[] =>
  Array.from(text.matchAll(PLACEHOLDER), ({ 0: { length }, index }) => ({
    kind: 'text',
    start: index,
    end: index + length,
  }));
