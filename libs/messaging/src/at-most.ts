// How long something is waited for: a frozen broker must hold up neither our stop nor our work.
import type { Channel } from 'amqplib';

/** How long a close of a channel or connection is waited for, in milliseconds. */
export const CLOSE_MS = 2_000;

/** Resolves when the promise settles in whichever way, or after `ms`. */
export async function atMost(ms: number, settling: Promise<unknown> | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise((resolve) => (timer = setTimeout(resolve, ms)));
  await Promise.race([Promise.resolve(settling).catch(() => undefined), enough]);
  clearTimeout(timer);
}

/** @throws Error when it has not settled after `ms` */
export async function inTime<T>(ms: number, settling: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${ms} ms`)), ms);
  });
  return Promise.race([settling, late]).finally(() => clearTimeout(timer));
}

/** amqplib throws at once for a channel that is closed already; here it becomes a rejection. */
export const closeChannel = async (channel: Channel | undefined): Promise<void> =>
  atMost(CLOSE_MS, closing(channel));

const closing = async (channel: Channel | undefined): Promise<void> => channel?.close();
