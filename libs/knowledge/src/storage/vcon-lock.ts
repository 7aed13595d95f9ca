// One at a time works on a uuid, in the whole installation, whatever the tenant and profile: files are told apart at the provider by their
// names alone when their ids are lost, and the name is made of the uuid.
import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ParleyError } from '#contracts';
import { StateRedis } from '#redis';
import { HOLD, LOCK } from './vcon-scripts.js';

/** Nobody hears of a process that died for so long. */
const LEASE_MS = 15_000;
const RENEW_MS = 4_000;
/** Between two looks whether the lock is free. */
const LOOK_MS = { least: 15, most: 250 };

export interface Held {
  readonly uuid: string;
  readonly token: string;
  /** Aborted when the lock is lost, because Redis was away for too long. */
  readonly signal: AbortSignal;
}

@Injectable()
export class VconLock {
  constructor(private readonly redis: StateRedis) {}

  /**
   * @param waitMs how long to wait for whoever is at it
   * @throws ParleyError `busy` when it takes longer; `state_unavailable`; what `work` throws
   */
  async during<T>(uuid: string, waitMs: number, work: (held: Held) => Promise<T>): Promise<T> {
    const token = randomBytes(12).toString('base64url');
    await this.take(uuid, token, waitMs);
    const lost = new AbortController();
    const renewing = setInterval(() => void this.renew(uuid, token, lost), RENEW_MS);
    try {
      return await work({ uuid, token, signal: lost.signal });
    } finally {
      clearInterval(renewing);
      // Without Redis it ends by itself.
      await this.send(HOLD, uuid, token, 0, 1_000).catch(() => undefined);
    }
  }

  private async take(uuid: string, token: string, waitMs: number): Promise<void> {
    const deadline = Date.now() + waitMs;
    for (let pause = LOOK_MS.least; ; pause = Math.min(LOOK_MS.most, pause * 1.5)) {
      if ((await this.send(LOCK, uuid, token, LEASE_MS)) === 1) return;
      if (Date.now() >= deadline)
        throw new ParleyError('busy', 'unable to work on the vCon; another request is at it', {
          retryAfterMs: 1_000,
        });
      await new Promise((resolve) => setTimeout(resolve, pause * (0.5 + Math.random() / 2)));
    }
  }

  private async renew(uuid: string, token: string, lost: AbortController): Promise<void> {
    try {
      if ((await this.send(HOLD, uuid, token, LEASE_MS, RENEW_MS)) === 1) return;
    } catch {
      // The next one may get through; if not, the scripts refuse to write.
      return;
    }
    lost.abort(new ParleyError('busy', 'unable to go on with the vCon; the lock was lost'));
  }

  private send(
    script: typeof LOCK,
    uuid: string,
    token: string,
    ms: number,
    waitMs?: number,
  ): Promise<number> {
    return this.redis.run<number>(script, [this.redis.keys.vcons], [uuid, token, ms], waitMs);
  }
}
