// The user's settings: the process's environment, and under it the .env file at the root.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { ROOT } from './paths.mjs';

/** Empty variables count as not set. */
export function environment() {
  const file = join(ROOT, '.env');
  const written = existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {};
  const merged = { ...written, ...process.env };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== ''));
}
