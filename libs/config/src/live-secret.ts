// A secret that came from a file may be renewed there while the process runs: orchestrators do just that.
import { readFileSync, statSync } from 'node:fs';

const files = new WeakMap<object, Map<string, string>>();
/** How late a renewed file is noticed at most. */
const LOOK_MS = 1_000;

/** Notes where a property of a config came from. */
export function cameFromFile(config: object, property: string, path: string): void {
  const paths = files.get(config) ?? new Map<string, string>();
  files.set(config, paths.set(property, path));
}

/** @returns what tells the secret as it is now; a file that is away or empty for a moment changes nothing */
export function liveSecret<T extends object>(config: T, property: keyof T & string): () => string {
  let value = String(config[property]);
  const path = files.get(config)?.get(property);
  if (path === undefined) return () => value;
  let [seen, lookedAt] = ['', 0];
  return () => {
    if (Date.now() - lookedAt < LOOK_MS) return value;
    lookedAt = Date.now();
    try {
      const { mtimeMs, ino, size } = statSync(path);
      const now = `${mtimeMs} ${ino} ${size}`;
      if (now !== seen) value = readFileSync(path, 'utf8').trim() || value;
      seen = now;
    } catch {
      // It is being replaced; the next look finds it.
    }
    return value;
  };
}
