// A secret that is renewed in its file while the process runs.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { OpenaiConfig } from './concerns/openai.config.js';
import { liveSecret } from './live-secret.js';
import { loadConfig } from './load-config.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'secret-'));
  jest.useFakeTimers({ now: Date.now() });
});
afterEach(() => {
  jest.useRealTimers();
  rmSync(directory, { recursive: true });
});

test('is told as its file holds it, also when that was replaced, is empty or gone', () => {
  const path = join(directory, 'key');
  writeFileSync(path, 'first\n');
  const config = loadConfig(OpenaiConfig, { OPENAI_API_KEY_FILE: path });
  const secret = liveSecret(config, 'apiKey');
  expect(secret()).toBe('first');
  writeFileSync(`${path}.new`, 'second, longer\n');
  renameSync(`${path}.new`, path);
  jest.advanceTimersByTime(1_000);
  expect(secret()).toBe('second, longer');
  writeFileSync(path, '');
  jest.advanceTimersByTime(1_000);
  expect(secret()).toBe('second, longer');
  rmSync(path);
  jest.advanceTimersByTime(1_000);
  expect(secret()).toBe('second, longer');
});

test('that came by the environment stays', () => {
  const config = loadConfig(OpenaiConfig, { OPENAI_API_KEY: 'given' });
  expect(liveSecret(config, 'apiKey')()).toBe('given');
});
