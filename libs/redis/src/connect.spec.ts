// What the end of a connection means for its process, seen from outside: compiled, as in `dist/`.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

const PROGRAM = `
  import { connect } from '${process.cwd()}/dist/libs/redis/src/connect.js';
  const redis = connect({ url: 'redis://127.0.0.1:1', sentinels: [], commandTimeoutMs: 1_000 });
  redis.once('reconnecting', () => {
    const ended = performance.now();
    process.once('exit', () => console.log(performance.now() - ended));
    redis.disconnect();
  });`;

test('a connection that ends while Redis is away does not hold the process', async () => {
  const args = ['--input-type=module', '--eval', PROGRAM];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  expect(Number(stdout)).toBeLessThan(1_500);
});
