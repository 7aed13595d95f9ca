// Files that people and other programs read while we write them: replaced whole or not at all, and never through a link
// that leads elsewhere.
import { randomBytes } from 'node:crypto';
import { lstat, mkdir, open, readFile, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** @returns undefined when there is none @throws Error for a link, something that is no file, or a read-only file */
async function inspect(path: string): Promise<{ mode: number } | undefined> {
  const stats = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (stats === undefined) return undefined;
  if (stats.isSymbolicLink()) throw new Error(`unable to write ${path}; it is a symbolic link`);
  if (!stats.isFile()) throw new Error(`unable to write ${path}; it is not a file`);
  if (stats.nlink > 1) throw new Error(`unable to write ${path}; it has other hard links`);
  // An administrator could write it nevertheless, but somebody said that nobody should.
  if ((stats.mode & 0o222) === 0) throw new Error(`unable to write ${path}; it is read-only`);
  return { mode: stats.mode & 0o7777 };
}

/** @returns undefined when there is none */
export async function readOwn(path: string): Promise<Buffer | undefined> {
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
}

/** Keeps the file's mode; a new one is for its owner only. @throws Error saying why it cannot be written */
export async function writeOwn(path: string, content: Buffer): Promise<void> {
  const directory = dirname(path);
  await mkdir(directory, { recursive: true });
  const mode = (await inspect(path))?.mode ?? 0o600;
  const temporary = join(directory, `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  const file = await open(temporary, 'wx', 0o600);
  try {
    try {
      await file.writeFile(content);
      await file.chmod(mode);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => {
      // It may never have come to be; the error that counts is the other one.
    });
    throw error;
  }
  await syncDirectory(directory);
}

/** The new name lasts only when the directory is on disk too. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
