/** The summary of several runs. */

/** The middle of some numbers; NaN if there are none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[half - 1] ?? NaN)) / 2;
}

/** The ratio of two things measured in the same rounds: the median of the rounds' ratios. */
export function medianRatio(a: readonly number[], b: readonly number[]): number {
  return median(a.map((value, round) => value / (b[round] ?? NaN)));
}

/** A mean, and its standard error. */
export interface Mean {
  readonly mean: number;
  readonly error: number;
}

/** The mean of independent values; the error is NaN if there are fewer than two. */
export function meanOf(values: readonly number[]): Mean {
  const { length } = values;
  const mean = values.reduce((a, b) => a + b, 0) / length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, error: Math.sqrt(squares / (length - 1) / length) };
}

/** Returns the distance of two means in standard errors of their difference. */
export function standardErrors(a: Mean, b: Mean): number {
  const distance = Math.abs(a.mean - b.mean);
  return distance === 0 ? 0 : distance / Math.hypot(a.error, b.error);
}

/** A number with three digits that mean something; "-" if there is none. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return "-";
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
