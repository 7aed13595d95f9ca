// Order statistics of samples. Pure.

/** @param sorted ascending; NaN for none */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  if (sorted.length === 0) return Number.NaN;
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))]!;
}

export const sortedOf = (samples: readonly number[]): Float64Array => Float64Array.from(samples).sort();

export const median = (values: readonly number[]): number => quantile(sortedOf(values), 0.5);
