// Object ids in OpenAI's form: a prefix and random hexadecimal digits.

import { randomBytes } from 'node:crypto';

let pool = Buffer.alloc(0);
let used = 0;

/** `prefix` + 32 random hexadecimal digits; random bytes are drawn in blocks, one system call for 256 ids. */
export function newId(prefix: string): string {
  if (used + 16 > pool.length) {
    pool = randomBytes(4096);
    used = 0;
  }
  const id = prefix + pool.toString('hex', used, used + 16);
  used += 16;
  return id;
}
