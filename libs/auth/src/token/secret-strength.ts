// Whether a secret is one. Pure.
import type { AccessConfig } from '#config';

const LEAST_BYTES = 32;
const PLACEHOLDER =
  /change[\s_-]?me|placeholder|example|your[\s_-]|my[\s_-]?secret|(?:jwt|default|super|dev|test)[\s_-]?(?:jwt[\s_-]?)?secret|password|^(.{1,8})\1+$/i;

/** What is wrong with it, to be put behind its name; undefined when nothing is. */
export function weaknessOf(secret: string): string | undefined {
  if (Buffer.byteLength(secret) < LEAST_BYTES) return `is shorter than ${LEAST_BYTES} bytes`;
  return PLACEHOLDER.test(secret) ? 'is a placeholder' : undefined;
}

/** Those of before count as much as the newest: either lets in. @throws Error naming the variable, never the secret */
export function refuseWeak({ hmacSecret, previousSecrets }: AccessConfig): void {
  const named = [
    ...(hmacSecret === '' ? [] : [['JWT_SECRET', hmacSecret] as const]),
    ...previousSecrets.map((secret) => ['JWT_PREVIOUS_SECRET', secret] as const),
  ];
  for (const [name, secret] of named) {
    const weakness = weaknessOf(secret);
    if (weakness !== undefined)
      throw new Error(`unable to start; ${name} ${weakness} (openssl rand -base64 48 makes a good one)`);
  }
}
