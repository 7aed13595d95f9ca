// The documented keys read backwards: which channels have one. Walks with SCAN, so that Redis serves others
// in between.
import { DEFAULT_TENANT, type ChannelRef } from '#contracts';
import { escapeGlob, type StateRedis } from '#redis';

const SCAN_COUNT = 5_000;

type Kind = 'thread' | 'metadata';

/** The channel that a documented key stands for; undefined for any other key. */
export function refOf(prefix: string, kind: Kind, key: string): ChannelRef | undefined {
  if (!key.startsWith(prefix)) return undefined;
  const rest = key.slice(prefix.length);
  const own = `${kind}:`;
  if (rest.startsWith(own)) return { tenant: DEFAULT_TENANT, channel: rest.slice(own.length) };
  const match = rest.startsWith('tenant:') ? rest.slice('tenant:'.length) : undefined;
  const at = match?.indexOf(`:${own}`) ?? -1;
  if (match === undefined || at < 1) return undefined;
  return { tenant: match.slice(0, at), channel: match.slice(at + own.length + 1) };
}

/** Channels that have a key of this kind, each once, in batches as SCAN gives them. */
export async function* scanChannels(redis: StateRedis, kinds: readonly Kind[]): AsyncGenerator<ChannelRef[]> {
  const { prefix } = redis.keys;
  // SCAN may name a key twice while the table is resized.
  const seen = new Set<string>();
  for (const kind of kinds) {
    const match = `${escapeGlob(prefix)}*${kind}:*`;
    let cursor = '0';
    do {
      const from = cursor;
      const [next, keys] = await redis.attempt((client) =>
        client.scan(from, 'MATCH', match, 'COUNT', SCAN_COUNT),
      );
      cursor = next;
      const refs = keys.flatMap((key) => refOf(prefix, kind, key) ?? []);
      const fresh = refs.filter((ref) => {
        const name = `${ref.tenant}\0${ref.channel}`;
        if (seen.has(name)) return false;
        seen.add(name);
        return true;
      });
      if (fresh.length > 0) yield fresh;
    } while (cursor !== '0');
  }
}
