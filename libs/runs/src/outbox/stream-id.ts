// Ids of a Redis stream, `<ms>-<sequence>`, in their order, and as one whole number for those who keep count in numbers.

/** 2025-01-01: from here 40 bits of milliseconds reach into 2059. */
const EPOCH_MS = 1_735_689_600_000n;
const SEQUENCE_BITS = 23n;

type Parts = readonly [ms: bigint, sequence: bigint];

function parts(id: string): Parts {
  const [ms, sequence = '0'] = id.split('-');
  return [BigInt(ms!), BigInt(sequence)];
}

/** Whether `a` comes before `b` in their stream, or is it. */
export function isUpTo(a: string, b: string): boolean {
  const [[aMs, aSequence], [bMs, bSequence]] = [parts(a), parts(b)];
  return aMs < bMs || (aMs === bMs && aSequence <= bSequence);
}

/** @throws RangeError for ids that have no number, so that their order could not be kept */
export function toNumber(id: string): bigint {
  const [ms, sequence] = parts(id);
  // Entries by a counter, from before ids came from the clock, sort before all others, as they do in their stream.
  if (ms < EPOCH_MS) return sequence === 0n && ms < 1n << SEQUENCE_BITS ? ms : outOfRange(id);
  if (sequence >> SEQUENCE_BITS !== 0n) return outOfRange(id);
  return ((ms - EPOCH_MS + 1n) << SEQUENCE_BITS) | sequence;
}

export function fromNumber(number: bigint): string {
  const ms = number >> SEQUENCE_BITS;
  if (ms === 0n) return `${number}-0`;
  return `${ms - 1n + EPOCH_MS}-${number & ((1n << SEQUENCE_BITS) - 1n)}`;
}

function outOfRange(id: string): never {
  throw new RangeError(`unable to number stream id ${id}; the clock of Redis is far off`);
}
