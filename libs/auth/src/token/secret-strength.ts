// Whether a secret is one. Pure.

const LEAST_BYTES = 32;
const PLACEHOLDER =
  /change[\s_-]?me|placeholder|example|your[\s_-]|my[\s_-]?secret|(?:jwt|default|super|dev|test)[\s_-]?(?:jwt[\s_-]?)?secret|password|^(.{1,8})\1+$/i;

/** What is wrong with it, to be put behind its name; undefined when nothing is. */
export function weaknessOf(secret: string): string | undefined {
  if (Buffer.byteLength(secret) < LEAST_BYTES) return `is shorter than ${LEAST_BYTES} bytes`;
  return PLACEHOLDER.test(secret) ? 'is a placeholder' : undefined;
}
