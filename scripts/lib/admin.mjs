// The administrator's login of a development system: made once, kept in a file that only its owner reads.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** @returns {{file: string, user: string, password: string}} */
export function adminLogin(dir) {
  const file = join(dir, 'admin.json');
  if (!existsSync(file)) {
    mkdirSync(dir, { recursive: true });
    const login = { user: 'admin', password: randomBytes(18).toString('base64url') };
    writeFileSync(file, `${JSON.stringify(login)}\n`, { mode: 0o600 });
  }
  return { file, ...JSON.parse(readFileSync(file, 'utf8')) };
}
