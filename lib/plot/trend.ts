/**
 * The trend of noisy losses: their mean, and the range of most of them, in a window that moves
 * along.
 *
 * @module
 */

/** The share of the losses that a window takes before its middle, and behind it. */
const REACH = 1 / 20;

/** The reach of the first windows of a run, in losses: those fall fast. One alone is but noise. */
const FIRST_REACH = 8;

/** Low and high leave out this share of a window's losses at either end. */
const TAIL = 0.1;

/** The maximum number of losses to sort: of a larger window every second, third, ... is taken. */
const MAX_SORTED = 1000;

/** Quantiles jump from one loss to the next; the mean of neighbors is smooth. */
const BAND_REACH = 6;

/** The losses around one of them. */
export interface TrendPoint {
  /** Its index among the losses. */
  readonly index: number;
  /** The mean of those around it, which weigh less the farther they are. */
  readonly mean: number;
  /** A tenth of them is lower. */
  readonly low: number;
  /** A tenth of them is higher. */
  readonly high: number;
}

/**
 * Finds the trend at evenly spaced losses, the first and the last among them.
 *
 * @param losses One or more, finite.
 * @param maxCount The maximum number of points, 2 or more.
 * @param isStart The losses are those of the first steps, which fall fast: windows begin narrow.
 */
export function trendOf(losses: Float64Array, maxCount: number, isStart: boolean): TrendPoint[] {
  const length = Math.min(losses.length, maxCount);
  const maxReach = reachOf(losses.length);
  const stride = Math.ceil(2 * maxReach / MAX_SORTED);
  const points = Array.from({ length }, (_, k) => {
    const index = length === 1 ? 0 : Math.round(k * (losses.length - 1) / (length - 1));
    const reach = isStart ? startReach(index, maxReach) : maxReach;
    const [low, high] = tails(losses, index, reach, stride);
    return { index, mean: weightedMean(losses, index, reach), low, high };
  });
  const lows = Float64Array.from(points, ({ low }) => low);
  const highs = Float64Array.from(points, ({ high }) => high);
  return points.map(({ index, mean }, k) => {
    const reach = isStart ? Math.min(BAND_REACH, k) : BAND_REACH;
    return { index, mean, low: weightedMean(lows, k, reach), high: weightedMean(highs, k, reach) };
  });
}

/** Returns how many of all losses a window takes on each side of its middle. */
export function reachOf(numLosses: number): number {
  return Math.ceil(numLosses * REACH);
}

/** Returns the reach of a window in a run from its first step on, given that of the later ones. */
function startReach(index: number, maxReach: number): number {
  return Math.min(maxReach, Math.max(index, FIRST_REACH));
}

/**
 * Computes the trend at one loss, as {@linkcode trendOf} does.
 *
 * @param losses Finite losses.
 * @param index The one.
 * @param maxReach The reach of the windows: see {@linkcode reachOf}.
 * @param isStart The losses are those of the first steps.
 */
export function smoothed(
  losses: Float64Array,
  index: number,
  maxReach: number,
  isStart: boolean,
): number {
  return weightedMean(losses, index, isStart ? startReach(index, maxReach) : maxReach);
}

/** Computes the mean with weights that fall to 0 in a straight line on both sides. */
function weightedMean(losses: Float64Array, index: number, reach: number): number {
  let sum = 0, total = 0;
  const end = Math.min(losses.length, index + reach + 1);
  for (let i = Math.max(0, index - reach); i < end; i++) {
    const weight = reach + 1 - Math.abs(i - index);
    sum += weight * losses[i]!;
    total += weight;
  }
  return sum / total;
}

/**
 * Finds the quantiles TAIL and 1 - TAIL. A loss counts in all windows that have it or in none, so
 * that neighbors do not differ by what is left out.
 */
function tails(
  losses: Float64Array,
  index: number,
  reach: number,
  stride: number,
): [number, number] {
  const first = Math.ceil(Math.max(0, index - reach) / stride) * stride;
  const window = losses.subarray(first, index + reach + 1);
  const sorted = window.filter((_, i) => i % stride === 0).sort();
  const rank = Math.floor(TAIL * sorted.length);
  return [sorted[rank]!, sorted[sorted.length - 1 - rank]!]; // there is one loss at least
}
