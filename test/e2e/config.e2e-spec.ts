// A wrong configuration is refused at start: every fault at once, no stack, no secret.
import { spawn } from 'node:child_process';
import { afterAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { RabbitClient } from '../support/rabbit-client.js';
import { sharedRabbitUrl, sharedRedisUrl } from '../support/services.js';

interface Ended {
  code: number | null;
  stderr: string;
  stdout: string;
}

/** Runs an app until it ends by itself, or has written `enough`. */
function run(app: string, env: Record<string, string>, enough?: string): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [`dist/apps/${app}/src/main.js`], {
      env: { PATH: process.env['PATH'], HOST: '127.0.0.1', PORT: '0', ...env },
    });
    const out = { stderr: '', stdout: '' };
    child.stderr.on('data', (chunk: Buffer) => (out.stderr += chunk.toString()));
    child.stdout.on('data', (chunk: Buffer) => {
      out.stdout += chunk.toString();
      if (enough !== undefined && out.stdout.includes(enough)) child.kill('SIGKILL');
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), 25_000);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, ...out });
    });
  });
}

const good = {
  OPENAI_API_KEY: 'sk-config-secret',
  REDIS_URL: sharedRedisUrl(),
  RABBITMQ_URL: sharedRabbitUrl(),
  REDIS_PREFIX: `cfg${process.pid}:`,
  QUEUE_NAME: `cfg${process.pid}`,
  EXCHANGE_NAME: `cfg${process.pid}`,
};

afterAll(async () => {
  const { EXCHANGE_NAME: exchange, QUEUE_NAME: queue, REDIS_PREFIX: prefix } = good;
  const rabbit = await RabbitClient.open(good.RABBITMQ_URL, { exchange, queue, routingKey: 'cosmo_key' });
  await rabbit.remove();
  await rabbit.close();
  const redis = new Redis(good.REDIS_URL);
  for await (const keys of redis.scanStream({ match: `${prefix}*`, count: 1_000 }))
    if ((keys as string[]).length > 0) await redis.unlink(...(keys as string[]));
  redis.disconnect();
});

test('in production gpt-worker refuses to start without the key that it signs answers by', async () => {
  const env = { ...good, NODE_ENV: 'production', BOOTSTRAP_SERVER: '127.0.0.1:9' };
  const { code, stderr } = await run('gpt-worker', env);
  expect(code).toBe(1);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stderr).toContain('SECRET_KEY is not set');
});

describe.each(['gateway', 'assistant-stream'])('%s', (app) => {
  test('names all faults in one go and ends with 1', async () => {
    const { code, stderr } = await run(app, {
      ...good,
      OPENAI_API_KEY: 'your-openai-api-key',
      REDIS_URL: 'http://user:hidden-password@nowhere',
      RABBITMQ_PREFETCH: 'many',
      PORT: '99999',
      LOG_LEVEL: 'loud',
      RUN_LEASE_MS: '-5',
      TRANSCRIPT_STORE: 'paper',
    });
    expect(code).toBe(1);
    for (const name of [
      'OPENAI_API_KEY',
      'REDIS_URL',
      'RABBITMQ_PREFETCH',
      'PORT',
      'LOG_LEVEL',
      'RUN_LEASE_MS',
      'TRANSCRIPT_STORE',
    ])
      expect(stderr).toContain(name);
    expect(stderr).not.toMatch(/hidden-password|\n\s+at /);
  });

  test('in production it refuses open channels and unsafe Redis, in words', async () => {
    const { code, stderr } = await run(app, { ...good, NODE_ENV: 'production' });
    expect(code).toBe(1);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toContain('WS_TOKEN');
  });

  test('warns of names that nothing reads, and prints the settings at debug without secrets', async () => {
    const { stdout } = await run(
      app,
      { ...good, LOG_LEVEL: 'DEBUG', REDIS_PREFX: 'typo:' },
      '"configuration"',
    );
    expect(stdout).toContain('REDIS_PREFX is set, but nothing reads it; did you mean REDIS_PREFIX?');
    const line = stdout.split('\n').find((text) => text.includes('"configuration"'))!;
    expect(JSON.parse(line)).toMatchObject({
      config: { OPENAI_API_KEY: '(set)', REDIS_PREFIX: good.REDIS_PREFIX },
    });
    expect(stdout).not.toContain('sk-config-secret');
  });
});

test('a port that is taken is one clear line', async () => {
  const { createServer } = await import('node:net');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const { code, stderr } = await run('gateway', { ...good, PORT: String(port) });
  server.close();
  expect(code).toBe(1);
  expect(stderr.trim()).toBe(`unable to start gateway; port ${port} is in use (set PORT)`);
});
