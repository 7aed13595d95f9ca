// The catalog on a real Redis: typed add, one handler per job, schedules once, retries and their end.
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type INestApplicationContext, type Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { Redis } from 'ioredis';
import { ConfigModule, RedisConfig } from '#config';
import { ParleyError } from '#contracts';
import { sharedRedisUrl, TcpProxy } from '#testing';
import { QUEUES, type JobPayloads } from './catalog.js';
import { JobHandler } from './job-handler.js';
import { JobQueue } from './job-queue.js';
import { JobsModule } from './jobs.module.js';

describe('JobsModule', () => {
  let config: RedisConfig;
  let apps: INestApplicationContext[];
  let done: unknown[];
  let wake: () => void;

  beforeEach(() => {
    const prefix = `t:${randomBytes(6).toString('hex')}:`;
    config = Object.assign(new RedisConfig(), { url: sharedRedisUrl(), prefix });
    apps = [];
    done = [];
    wake = () => undefined;
  });

  afterEach(async () => {
    await Promise.all(apps.map((app) => app.close()));
    const redis = new Redis(config.url);
    for await (const keys of redis.scanStream({ match: `${config.prefix}*`, count: 1000 }))
      if ((keys as string[]).length > 0) await redis.del(...(keys as string[]));
    redis.disconnect();
  });

  const note = (what: unknown): void => {
    done.push(what);
    wake();
  };
  const start = async (...providers: Type[]): Promise<INestApplicationContext> => {
    const module = await Test.createTestingModule({
      imports: [ConfigModule.of([config]), JobsModule],
      providers,
    }).compile();
    module.useLogger(false);
    apps.push(module);
    return module.init();
  };
  const times = (count: number): Promise<void> =>
    new Promise((resolve) => {
      wake = () => done.length >= count && resolve();
      wake();
    });

  class Retry {
    @JobHandler('run-retry')
    async ring(payload: JobPayloads['run-retry']): Promise<void> {
      note(payload.run_id);
    }
  }

  it('brings a job to its handler, once per id', async () => {
    const app = await start(Retry);
    const queue = app.get(JobQueue);
    await queue.add('run-retry', { run_id: 'a', chk: 'c', shard: 0 }, { id: 'a-1' });
    await queue.add('run-retry', { run_id: 'a', chk: 'c', shard: 0 }, { id: 'a-1' });
    await queue.add('run-retry', { run_id: 'b', chk: 'c', shard: 0 }, { delayMs: 1 });
    await times(2);
    expect(done).toEqual(['a', 'b']);
  });

  it('refuses to start with two handlers for a job', async () => {
    class Second {
      @JobHandler('run-retry')
      async again(): Promise<void> {}
    }
    await expect(start(Retry, Second)).rejects.toThrow(
      /job run-retry has 2 handlers \(Retry.ring, Second.again\)/,
    );
  });

  it('keeps a schedule once over two replicas', async () => {
    class Broom {
      @JobHandler('expired-threads')
      async sweep(): Promise<void> {}
      @JobHandler('expired-dead-letters')
      async burn(): Promise<void> {}
      @JobHandler('assistant-refresh')
      async renew(): Promise<void> {}
      @JobHandler('usage-upkeep')
      async settle(): Promise<void> {}
      @JobHandler('owners-upkeep')
      async tidy(): Promise<void> {}
    }
    const [one] = [await start(Broom), await start(Broom)];
    const queue = one.get(JobQueue).queue('maintenance');
    for (let tries = 0; (await queue.getJobSchedulersCount()) < 5 && tries < 200; tries++)
      await new Promise((resolve) => setTimeout(resolve, 5));
    const schedules = await queue.getJobSchedulers();
    expect(schedules.map(({ key, pattern }) => `${key} ${pattern}`).sort()).toEqual([
      'assistant-refresh */15 * * * * *',
      'expired-dead-letters 23 3 * * *',
      'expired-threads 17 * * * *',
      'owners-upkeep 41 * * * *',
      'usage-upkeep */5 * * * *',
    ]);
    expect(await queue.getDelayedCount()).toBe(5);
  });

  it('repeats what may pass and ends at once what cannot', async () => {
    class Replay {
      @JobHandler('dead-letter-replay')
      async replay(
        { id }: JobPayloads['dead-letter-replay'],
        { attemptsMade }: { attemptsMade: number },
      ): Promise<void> {
        note(`${id} ${attemptsMade}`);
        if (id === 'gone') throw new ParleyError('not_found', 'unable to find dead letter');
        if (attemptsMade === 0) throw new ParleyError('state_unavailable', 'unable to replay');
      }
    }
    const app = await start(Replay);
    const queue = app.get(JobQueue);
    await queue.add('dead-letter-replay', { source: 'runs', id: 'gone' });
    await queue.add('dead-letter-replay', { source: 'runs', id: 'later' });
    await times(3);
    expect([...done].sort()).toEqual(['gone 0', 'later 0', 'later 1']);
    expect(await queue.queue('dead-letter-replay').getFailedCount()).toBe(1);
  });

  it('lets an app add jobs and show the queues without working on them', async () => {
    const app = await start();
    const queue = app.get(JobQueue);
    await queue.add('run-retry', { run_id: 'a', chk: 'c', shard: 0 });
    expect(queue.queues.map(({ name }) => name)).toEqual([...QUEUES]);
    expect(await queue.queue('run-retry').getWaitingCount()).toBe(1);
  });

  it('starts without Redis, says at once that it is away, works when it comes, stops when it is gone', async () => {
    const { hostname, port } = new URL(sharedRedisUrl());
    const wire = await TcpProxy.start({ host: hostname, port: Number(port) });
    wire.refusing = true;
    const url = config.url;
    config.url = `redis://127.0.0.1:${wire.port}`;
    const app = await start();
    const queue = app.get(JobQueue);
    const add = (): Promise<void> => queue.add('run-retry', { run_id: 'a', chk: 'c', shard: 0 }, { id: 'a' });
    await expect(add()).rejects.toMatchObject({ code: 'state_unavailable' });

    wire.refusing = false;
    await queue.queue('run-retry').waitUntilReady();
    await add();
    expect(await queue.queue('run-retry').getWaitingCount()).toBe(1);

    wire.refusing = true;
    wire.cut();
    await expect(add()).rejects.toMatchObject({ code: 'state_unavailable' });
    await app.close();
    await wire.stop();
    config.url = url;
  });

  it('stops working at once when it never saw Redis', async () => {
    const url = config.url;
    config.url = 'redis://127.0.0.1:1';
    const app = await start(Retry);
    const before = performance.now();
    await app.close();
    expect(performance.now() - before).toBeLessThan(4_000);
    config.url = url;
  });
});
