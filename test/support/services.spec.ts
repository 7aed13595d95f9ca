import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { Redis } from 'ioredis';
import amqp from 'amqplib';
import { ask } from './probe-port.js';
import { startRabbit, startRedis, type ServiceHandle } from './services.js';

describe('startRedis', () => {
  let redis: ServiceHandle;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  const command = async (line: string) => (await ask(redis.port, `${line}\r\n`))?.toString() ?? '';

  it('keeps what was written over kill -9, on the same port', async () => {
    const { port, pid } = redis;
    expect(await command('SET k v')).toBe('+OK\r\n');
    await redis.kill9();
    expect(await command('PING')).toBe('');
    await redis.restart();
    expect(redis.port).toBe(port);
    expect(redis.pid).not.toBe(pid);
    expect(await command('GET k')).toBe('$1\r\nv\r\n');
  });

  it('loses everything in an empty restart', async () => {
    await command('SET k v');
    await redis.restart({ empty: true });
    expect(await command('GET k')).toBe('$-1\r\n');
  });

  it('is durable and does not evict unless asked otherwise', async () => {
    const client = new Redis(redis.url);
    expect(await client.config('GET', 'appendfsync')).toEqual(['appendfsync', 'always']);
    expect(await client.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
    client.disconnect();
    const careless = await startRedis({ fsync: 'no', maxmemoryPolicy: 'allkeys-lru' });
    expect((await ask(careless.port, 'CONFIG GET maxmemory-policy\r\n'))?.toString()).toContain(
      'allkeys-lru',
    );
    await careless.stop();
    expect(existsSync(careless.dir)).toBe(false);
  });

  it('is silent while frozen and answers when thawed', async () => {
    redis.freeze();
    expect(await ask(redis.port, 'PING\r\n', 100)).toBeUndefined();
    redis.thaw();
    expect(await command('PING')).toBe('+PONG\r\n');
  });

  it('says why it could not start', async () => {
    await expect(startRedis({ port: redis.port })).rejects.toThrow(
      /unable to start redis; port \d+ is in use/,
    );
  });
});

describe('startRabbit', () => {
  it('keeps a persistent message over kill -9', async () => {
    const rabbit = await startRabbit();
    try {
      const connection = await amqp.connect(rabbit.url);
      connection.on('error', () => undefined);
      const channel = await connection.createConfirmChannel();
      await channel.assertQueue('kept', { durable: true });
      channel.sendToQueue('kept', Buffer.from('still here'), { persistent: true });
      await channel.waitForConfirms();
      await rabbit.kill9();
      await rabbit.restart();
      const again = await amqp.connect(rabbit.url);
      const message = await (await again.createChannel()).get('kept');
      expect(message && message.content.toString()).toBe('still here');
      await again.close();
    } finally {
      await rabbit.stop();
    }
  }, 90_000);
});
