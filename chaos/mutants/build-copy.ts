// A build of its own beside the shared one: nobody compiles over it while processes run from it, and a guard can be
// taken out of it. Imports resolve as in the original, because package.json comes along.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Patch } from './mutants.js';

/**
 * @param root directory with `dist`, package.json and node_modules
 * @returns the copy's root, `<root>/.run/chaos/builds/<name>`
 * @throws when a patch does not fit exactly once, because the source has moved on
 */
export function copyBuild(root: string, name: string, patches: readonly Patch[] = []): string {
  const copy = join(root, '.run/chaos/builds', name);
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(copy, { recursive: true });
  cpSync(join(root, 'dist'), join(copy, 'dist'), {
    recursive: true,
    filter: (file) => !/\.(map|tsbuildinfo|spec\.js)$/.test(file),
  });
  cpSync(join(root, 'package.json'), join(copy, 'package.json'));
  const modules = join(copy, 'node_modules');
  if (!existsSync(modules)) symlinkSync(join(root, 'node_modules'), modules);
  for (const patch of patches) apply(copy, patch);
  return copy;
}

/**
 * @param root directory with `dist`
 * @throws when a patch does not fit exactly once
 */
export function checkPatches(root: string, patches: readonly Patch[]): void {
  for (const patch of patches) read(root, patch);
}

function apply(copy: string, patch: Patch): void {
  const source = read(copy, patch);
  writeFileSync(
    join(copy, 'dist', patch.file),
    source.replace(patch.find, () => patch.replace),
  );
}

function read(root: string, { file, find }: Patch): string {
  const source = readFileSync(join(root, 'dist', file), 'utf8');
  const count = source.split(find).length - 1;
  if (count !== 1) throw new Error(`unable to patch ${file}; the guard was found ${count} times: ${find}`);
  return source;
}
