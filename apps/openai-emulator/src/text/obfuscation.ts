// The padding that OpenAI adds to deltas so that their lengths say nothing to someone who listens on the wire.

const SIZE = 16;
const LETTERS = 'n5KfQ0aZ7tYcR2wL9vXeB4mJ';

/** Letters and digits that fill a delta of `length` characters up to the next multiple of 16. */
export function obfuscation(length: number): string {
  return LETTERS.slice(0, SIZE - (length % SIZE));
}
