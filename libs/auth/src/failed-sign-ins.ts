// Slows down whoever guesses: wrong tokens and passwords are counted by the address they come from. Of this process alone, and
// bounded, so that an attack costs neither Redis nor memory.
import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AccessConfig } from '#config';
import { ParleyError } from '#contracts';

/** Of each kind; beyond that the oldest is forgotten. */
const ENTRIES = 10_000;
/** How long an address may go on with what was right, though others behind it guess. */
const TRUSTED_MS = 3_600_000;

interface Failures {
  count: number;
  until: number;
}

@Injectable()
export class FailedSignIns {
  private readonly failures = new Map<string, Failures>();
  private readonly right = new Map<string, number>();

  constructor(private readonly config: AccessConfig) {}

  /**
   * Judges a credential, unless too many from this address were wrong. What can be guessed is then not even looked at,
   * but for what was right from here before; what cannot (a signature) is, since many people may share an address.
   * @param from address of the asker; undefined = not counted
   * @throws ParleyError `rate_limited` in the place of `unauthorized`; what `judge` throws
   */
  during<T>(
    from: string | undefined,
    credential: string,
    guessable: boolean,
    judge: () => T | Promise<T>,
  ): T | Promise<T> {
    if (from === undefined || this.config.signInFailures === 0) return judge();
    const network = networkOf(from);
    const key = guessable ? digest(network, credential) : undefined;
    if (key !== undefined && this.isSlowed(network) && !this.wasRight(key)) throw this.refusal(network);
    const passed = (value: T): T => {
      if (key !== undefined) keep(this.right, key, performance.now() + TRUSTED_MS);
      return value;
    };
    const failed = (error: unknown): never => {
      throw this.count(network, error);
    };
    try {
      const found = judge();
      return found instanceof Promise ? found.then(passed, failed) : passed(found);
    } catch (error) {
      return failed(error);
    }
  }

  /** Whether so many were wrong that what else is wrong is answered `rate_limited`. */
  slows(from: string | undefined): boolean {
    return from !== undefined && this.config.signInFailures > 0 && this.isSlowed(networkOf(from));
  }

  private count(network: string, error: unknown): unknown {
    if (!(error instanceof ParleyError) || error.code !== 'unauthorized') return error;
    if (this.isSlowed(network)) return this.refusal(network, error);
    const now = performance.now();
    const before = this.failures.get(network);
    const { count, until } =
      before !== undefined && now < before.until
        ? before
        : { count: 0, until: now + this.config.signInWindowSeconds * 1_000 };
    keep(this.failures, network, { count: count + 1, until });
    return error;
  }

  private isSlowed(network: string): boolean {
    const { count = 0, until = 0 } = this.failures.get(network) ?? {};
    return count >= this.config.signInFailures && performance.now() < until;
  }

  private wasRight(key: string): boolean {
    return performance.now() < (this.right.get(key) ?? 0);
  }

  private refusal(network: string, cause?: unknown): ParleyError {
    const retryAfterMs = Math.ceil(this.failures.get(network)!.until - performance.now());
    return new ParleyError('rate_limited', 'unable to grant access; too many wrong tokens or passwords', {
      retryAfterMs: Math.max(1, retryAfterMs),
      cause,
    });
  }
}

/** Whoever has one IPv6 address has the whole /64. */
export function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  if (!plain.includes(':')) return plain;
  const [head = '', tail] = plain.toLowerCase().split('::');
  const groups = head === '' ? [] : head.split(':');
  const rest = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeroes = tail === undefined ? 0 : Math.max(0, 8 - groups.length - rest.length);
  const all = [...groups, ...Array<string>(zeroes).fill('0'), ...rest];
  return all
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}

const digest = (network: string, credential: string): string =>
  createHash('sha256').update(network).update('\0').update(credential).digest('base64');

/** The newest use last, the oldest out first. */
function keep<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > ENTRIES) map.delete(map.keys().next().value!);
}
