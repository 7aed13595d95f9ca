// vCons where a conserver keeps them: key `vcon:{uuid}` of its Redis, as RedisJSON or as plain text.
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { RedisConfig, VconConfig } from '#config';
import { ParleyError } from '#contracts';
import { connect } from '#redis';

@Injectable()
export class ConserverSource implements OnApplicationShutdown {
  private connection: Redis | undefined;

  constructor(
    private readonly config: VconConfig,
    private readonly redis: RedisConfig,
  ) {}

  /** @returns the vCon as it stands there; undefined when there is none @throws ParleyError `state_unavailable` */
  async read(uuid: string): Promise<Buffer | undefined> {
    const key = `vcon:${uuid}`;
    try {
      return (await this.client.getBuffer(key)) ?? undefined;
    } catch (error) {
      if (!(error as Error).message.startsWith('WRONGTYPE')) throw unavailable(error);
    }
    try {
      return ((await this.client.callBuffer('JSON.GET', key)) as Buffer | null) ?? undefined;
    } catch (error) {
      throw unavailable(error);
    }
  }

  onApplicationShutdown(): void {
    this.connection?.disconnect();
  }

  /** Opened with the first question: most installations have no conserver. */
  private get client(): Redis {
    this.connection ??= connect(
      { ...this.redis, url: this.config.conserverRedisUrl || this.redis.url },
      { maxRetriesPerRequest: 1, commandTimeout: this.redis.commandTimeoutMs },
    );
    return this.connection;
  }
}

const unavailable = (cause: unknown): ParleyError =>
  new ParleyError('state_unavailable', "unable to read the vCon; the conserver's Redis is out of reach", {
    cause,
  });
