// Counts text while it streams, without the provider's tokenizer: an estimate per piece, good to about a third. The
// provider's own `max_output_tokens` is exact; this is for servers that do not keep to it.

/** A stream is cut only this far beyond what was reserved, so that an estimate on the high side never cuts a good answer. */
const MARGIN = 1.5;

/**
 * Tokens of a text as o200k would count them, estimated by the kind of its characters: small Latin letters 4.5 a token, capitals 3,
 * digits 2, other letters 2.8, Chinese, Japanese and Korean ones 1.3, punctuation 1.5. Prose and code come out within a third; what
 * looks random (keys, base64) is up to twice as many. Never 0 for some text.
 */
export function estimateTokens(text: string): number {
  return Math.ceil(weigh(text));
}

function weigh(text: string): number {
  let tokens = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) tokens += ASCII[unit]!;
    else if (unit >= 0x2e80 && unit <= 0xd7ff) tokens += 1 / 1.3;
    // Both halves of a pair (emoji, rare scripts) are counted: two tokens or so.
    else if (unit >= 0xd800 && unit <= 0xdfff) tokens += 1;
    else tokens += 1 / 2.8;
  }
  return tokens;
}

const ASCII = Float64Array.from({ length: 128 }, (_, unit) => {
  const character = String.fromCharCode(unit);
  if (/[a-z]/.test(character)) return 1 / 4.5;
  if (/[A-Z]/.test(character)) return 1 / 3;
  if (/\d/.test(character)) return 1 / 2;
  // A space mostly belongs to the word after it.
  return /\s/.test(character) ? 0.04 : 1 / 1.5;
});

export interface Meter {
  /** Takes the next piece of the answer. @returns true once the reserved tokens are used up: cut the stream off */
  add(delta: string): boolean;
  /** Tokens so far, estimated. */
  readonly tokens: number;
}

/** @param outputTokens of the reservation */
export function meter(outputTokens: number): Meter {
  let weight = 0;
  const most = outputTokens * MARGIN;
  return {
    add(delta) {
      weight += weigh(delta);
      return weight > most;
    },
    get tokens() {
      return Math.ceil(weight);
    },
  };
}
