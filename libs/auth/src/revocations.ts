// Tokens that are refused before their time. The list is Redis'; each process looks every other second whether it grew,
// so that asking costs nothing and a revocation is felt everywhere within seconds.
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { StateRedis } from '#redis';
import { REVOKE } from './revoke.lua.js';

const LOOK_MS = 2_000;
const FIRST_WAIT_MS = 5_000;

@Injectable()
export class Revocations implements OnApplicationShutdown {
  private readonly logger = new Logger('Revocations');
  private ids: ReadonlySet<string> = new Set();
  private version: string | null | undefined;
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;

  constructor(private readonly redis: StateRedis) {}

  has(tokenId: string): boolean {
    return this.ids.has(tokenId);
  }

  /** Resolves when the list is known. @throws ParleyError `state_unavailable` */
  async loaded(): Promise<void> {
    if (this.version === undefined) await this.look();
    this.timer ??= setInterval(() => {
      this.look().catch((error: unknown) => this.logger.debug({ err: error }, 'revocations not read'));
    }, LOOK_MS).unref();
  }

  /** @param until ms since 1970, when the token would have ended by itself */
  async revoke(tokenId: string, until: number): Promise<void> {
    const { revoked, revocations } = this.redis.keys;
    await this.redis.run(REVOKE, [revoked, revocations], [tokenId, until]);
    await this.look();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** Takes the list anew when it has changed, or when Redis has lost it. */
  look(): Promise<void> {
    this.looking ??= this.read().finally(() => (this.looking = undefined));
    return this.looking;
  }

  private async read(): Promise<void> {
    const { revoked, revocations } = this.redis.keys;
    const version = await this.redis.attempt((client) => client.get(revocations), FIRST_WAIT_MS);
    if (version === this.version) return;
    const ids = await this.redis.attempt((client) => client.zrange(revoked, 0, '-1'), FIRST_WAIT_MS);
    this.ids = new Set(ids);
    this.version = version;
  }
}
