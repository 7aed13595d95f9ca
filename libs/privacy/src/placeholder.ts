// The words that stand for personal data: `[EMAIL]` for good, `[EMAIL_1]` until it is put back. Their grammar, and nothing of what they stand for.
import type { PiiKind } from '#config';

/** `text` is what a person wrote that only looks like a placeholder. */
export type PlaceholderKind = PiiKind | 'text';

/** A whole placeholder: one bracket at each end and none inside, so that no two overlap and none comes about by joining texts. */
export const PLACEHOLDER = /\[(?:SECRET|IBAN|CARD|EMAIL|SSN|IP|PHONE|TEXT)_[1-9]\d{0,8}\]/g;

export const markerOf = (kind: PiiKind): string => `[${kind.toUpperCase()}]`;
export const placeholderOf = (kind: PlaceholderKind, number: number): string =>
  `[${kind.toUpperCase()}_${number}]`;
