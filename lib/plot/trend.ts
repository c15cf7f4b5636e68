/**
 * What noisy losses have in common: their mean, and where most of them lie, in a
 * window that moves along.
 *
 * @module
 */

/** The part of the losses that a window takes before its middle, and behind it. */
const REACH = 1 / 20;

/** A part of 2 * TAIL of a window's losses lies outside of low and high. */
const TAIL = 0.1;

/** Of how many losses the quantiles are taken at most; of a larger window it is every second, third, ... */
const MAX_SORTED = 1000;

/** Quantiles go in steps, from one loss to the next; they become smooth as the mean of neighbours. */
const BAND_REACH = 6;

/** The losses around one of them. */
export interface TrendPoint {
  /** Which one it is, from 0. */
  readonly index: number;
  /** The mean of those around it, which weigh less the farther they are. */
  readonly mean: number;
  /** Below this lies a tenth of them. */
  readonly low: number;
  /** Above this lies a tenth of them. */
  readonly high: number;
}

/**
 * Says how the losses go, at points evenly spaced from the first one to the last.
 *
 * @param losses The losses, finite, one or more.
 * @param maxCount At how many points at most, 2 or more.
 */
export function trendOf(losses: Float64Array, maxCount: number): TrendPoint[] {
  const length = Math.min(losses.length, maxCount);
  const reach = reachOf(losses.length);
  const stride = Math.ceil(2 * reach / MAX_SORTED);
  const points = Array.from({ length }, (_, k) => {
    const index = length === 1 ? 0 : Math.round(k * (losses.length - 1) / (length - 1));
    const h = Math.min(reach, index);
    const [low, high] = tails(losses, index - h, index + h + 1, stride);
    return { index, mean: smoothed(losses, index, reach), low, high };
  });
  const lows = Float64Array.from(points, ({ low }) => low);
  const highs = Float64Array.from(points, ({ high }) => high);
  return points.map(({ index, mean }, k) => {
    const h = Math.min(BAND_REACH, k);
    return { index, mean, low: weightedMean(lows, k, h), high: weightedMean(highs, k, h) };
  });
}

/** How many losses a window takes on each side of its middle, if there are so many in all. */
export function reachOf(numLosses: number): number {
  return Math.ceil(numLosses * REACH);
}

/**
 * The mean of the losses around one of them, which weigh less the farther they are.
 *
 * @param losses The losses.
 * @param index Which one.
 * @param reach How many count on each side; fewer at the beginning, where losses fall fast.
 */
export function smoothed(losses: Float64Array, index: number, reach: number): number {
  return weightedMean(losses, index, Math.min(reach, index));
}

/** The mean with weights that fall to 0 in a straight line on both sides. */
function weightedMean(losses: Float64Array, index: number, h: number): number {
  let sum = 0, total = 0;
  const end = Math.min(losses.length, index + h + 1);
  for (let i = index - h; i < end; i++) {
    const weight = h + 1 - Math.abs(i - index);
    sum += weight * losses[i]!; // 0 <= i < length
    total += weight;
  }
  return sum / total;
}

/**
 * The quantiles TAIL and 1 - TAIL. The same losses count in each window that has them, so that
 * what is left out does not make neighbours differ.
 */
function tails(losses: Float64Array, start: number, end: number, stride: number): [number, number] {
  const first = Math.ceil(start / stride) * stride;
  const sorted = losses.subarray(first, end).filter((_, i) => i % stride === 0).sort();
  const rank = Math.floor(TAIL * sorted.length);
  return [sorted[rank]!, sorted[sorted.length - 1 - rank]!]; // one loss is in it at least
}
