// What operators see of all threads together.
import type { ChannelRef } from '#contracts';
import type { ThreadEntry } from './thread-inventory.js';

const DAY_MS = 86_400_000;
/** Upper bounds in days since the creation. */
const AGES = [
  { days: '0-1', below: 1 },
  { days: '1-7', below: 7 },
  { days: '7-30', below: 30 },
  { days: '30-90', below: 90 },
  { days: '90+', below: Infinity },
] as const;

type Dated = ChannelRef & { created_at: string };

export interface ThreadStats {
  total: number;
  /** Days since the creation; `percent` of all threads, one decimal. */
  ages: { days: string; count: number; percent: number }[];
  /** Threads without readable metadata; they are in no age group. */
  unknown_age: number;
  messages: {
    total: number;
    /** Per thread, one decimal. */
    average: number;
    most_active?: ChannelRef & { message_count: number };
  };
  oldest?: Dated;
  newest?: Dated;
  /** Of mappings, metadata and content in Redis, one decimal. */
  storage_kb: number;
}

/** @param now UTC milliseconds */
export async function threadStats(
  batches: AsyncIterable<readonly ThreadEntry[]>,
  now = Date.now(),
): Promise<ThreadStats> {
  const counts = AGES.map(() => 0);
  const stats: ThreadStats = {
    total: 0,
    ages: [],
    unknown_age: 0,
    messages: { total: 0, average: 0 },
    storage_kb: 0,
  };
  let bytes = 0;
  let first = Infinity;
  let last = -Infinity;
  for await (const batch of batches) {
    for (const { ref, metadata, bytes: size } of batch) {
      stats.total += 1;
      bytes += size;
      if (metadata === undefined) {
        stats.unknown_age += 1;
        continue;
      }
      const { created_at, message_count } = metadata;
      counts[AGES.findIndex(({ below }) => (now - created_at) / DAY_MS < below)]! += 1;
      stats.messages.total += message_count;
      if (message_count > (stats.messages.most_active?.message_count ?? 0))
        stats.messages.most_active = { ...ref, message_count };
      const dated = (): Dated => ({ ...ref, created_at: new Date(created_at).toISOString() });
      if (created_at < first) stats.oldest = dated();
      if (created_at > last) stats.newest = dated();
      first = Math.min(first, created_at);
      last = Math.max(last, created_at);
    }
  }
  stats.ages = AGES.map(({ days }, i) => ({
    days,
    count: counts[i]!,
    percent: share(counts[i]!, stats.total),
  }));
  stats.messages.average = stats.total === 0 ? 0 : round(stats.messages.total / stats.total);
  stats.storage_kb = round(bytes / 1024);
  return stats;
}

const round = (value: number): number => Math.round(value * 10) / 10;
const share = (part: number, whole: number): number => (whole === 0 ? 0 : round((100 * part) / whole));
