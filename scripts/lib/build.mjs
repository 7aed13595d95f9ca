// Compiles TypeScript to dist/ when a source changed: tsc, the files that are not TypeScript, and no leftovers of deleted sources.
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { withLock } from './lock.mjs';
import { ROOT, RUN_DIR } from './paths.mjs';
import { runLogged } from './processes.mjs';

const DIST = join(ROOT, 'dist');
const MARK = join(DIST, '.parley-build');
const ROOMS = ['apps', 'libs', 'test', 'bench', 'chaos', 'load'];
const SETTINGS = ['package.json', 'package-lock.json', 'tsconfig.json'];

/** @returns {Promise<'unchanged'|'compiled'>} */
export async function build({ node, env }) {
  if (isCurrent(fingerprint(sources()))) return 'unchanged';
  return withLock(join(RUN_DIR, 'build.lock'), async () => {
    const files = sources();
    const wanted = fingerprint(files);
    if (isCurrent(wanted)) return 'unchanged';
    rmSync(MARK, { force: true });
    const log = join(RUN_DIR, 'logs', 'build.log');
    rmSync(log, { force: true });
    const tsc = join(ROOT, 'node_modules', '.bin', 'tsc');
    await runLogged('the build', { command: node, args: [tsc, '-p', 'tsconfig.json'], env, cwd: ROOT, log });
    copyAssets(files);
    dropLeftovers();
    writeFileSync(MARK, wanted);
    return 'compiled';
  });
}

function sources() {
  const found = ROOMS.filter((room) => existsSync(join(ROOT, room))).flatMap((room) =>
    readdirSync(join(ROOT, room), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name)),
  );
  return found.sort();
}

function fingerprint(files) {
  const hash = createHash('sha256');
  for (const file of [...SETTINGS.map((name) => join(ROOT, name)), ...files]) {
    const { mtimeMs, size } = statSync(file, { throwIfNoEntry: false }) ?? {};
    hash.update(`${file} ${mtimeMs} ${size}\n`);
  }
  return hash.digest('hex');
}

function isCurrent(wanted) {
  return existsSync(MARK) && readFileSync(MARK, 'utf8') === wanted;
}

/** Pages, scripts and data that lie beside the code are found beside the compiled code too. */
function copyAssets(files) {
  for (const file of files.filter((name) => !/\.(ts|md)$/.test(name))) {
    const target = join(DIST, relative(ROOT, file));
    mkdirSync(dirname(target), { recursive: true });
    cpSync(file, target);
  }
}

function dropLeftovers() {
  for (const entry of readdirSync(DIST, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    const source = join(ROOT, relative(DIST, path));
    if (!entry.isFile() || !/\.js(\.map)?$/.test(path) || existsSync(source)) continue;
    if (!existsSync(source.replace(/\.js(\.map)?$/, '.ts'))) rmSync(path);
  }
}
