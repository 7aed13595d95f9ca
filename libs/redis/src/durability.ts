// How much an acknowledged write is worth on this Redis: classes D0 to D2 of the delivery promises.
import type { Redis } from 'ioredis';

export type DurabilityClass = 'D0' | 'D1' | 'D2';

export interface Durability {
  class: DurabilityClass;
  /** Why the class is not D2, or why data may vanish; empty when all is well. */
  faults: string[];
}

/** Reads the server's configuration; a server that hides CONFIG counts as D0 with that reason. */
export async function readDurability(redis: Redis): Promise<Durability> {
  let config: Record<string, string>;
  try {
    config = pairs(
      (await redis.config('GET', 'append*', 'maxmemory-policy')) as string[] | Record<string, string>,
    );
  } catch {
    // Managed servers refuse CONFIG; then nothing can be proven.
    return { class: 'D0', faults: ['the server does not show its persistence settings'] };
  }
  const faults: string[] = [];
  const policy = config['maxmemory-policy'];
  if (policy !== 'noeviction')
    faults.push(`maxmemory-policy is ${policy}, must be noeviction: keys may be evicted`);
  const append = config['appendonly'] === 'yes';
  const fsync = config['appendfsync'];
  if (!append) faults.push('appendonly is off: a restart loses everything since the last snapshot');
  else if (fsync !== 'always') faults.push(`appendfsync is ${fsync}: a power cut loses up to two seconds`);
  // What was fsynced and then evicted is lost all the same.
  const kept = append && policy === 'noeviction';
  return { class: !kept ? 'D0' : fsync === 'always' ? 'D2' : 'D1', faults };
}

function pairs(reply: string[] | Record<string, string>): Record<string, string> {
  if (!Array.isArray(reply)) return reply;
  return Object.fromEntries(reply.flatMap((key, i) => (i % 2 === 0 ? [[key, reply[i + 1]!]] : [])));
}
