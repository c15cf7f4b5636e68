/**
 * The round numbers on an axis.
 *
 * @module
 */

/** A number on an axis, and how it is written. */
export interface Tick {
  readonly value: number;
  readonly label: string;
}

/**
 * Chooses round numbers from `min` to `max`: multiples of 1, 2 or 5 times a power of ten.
 *
 * @param maxCount The maximum number of parts they divide the axis into, 1 or more.
 * @param minStep The least distance: 1 where only whole numbers make sense.
 * @returns Those within the axis, ascending; there may be none.
 */
export function ticks(min: number, max: number, maxCount: number, minStep = 0): Tick[] {
  const least = Math.max((max - min) / maxCount, minStep);
  const power = 10 ** Math.floor(Math.log10(least));
  const isEnough = (factor: number) => factor * power >= least * (1 - 1e-9);
  const step = power * ([1, 2, 5].find(isEnough) ?? 10);
  const first = Math.ceil(min / step - 1e-9);
  const last = Math.floor(max / step + 1e-9);
  const label = labeler(step, Math.max(Math.abs(first), Math.abs(last)) * step);
  return Array.from({ length: last - first + 1 }, (_, i) => {
    const value = (first + i) * step;
    return { value, label: label(value) };
  });
}

/** Writes multiples of a step: with the decimals they need, or with an exponent. */
function labeler(step: number, largest: number): (value: number) => string {
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  if (largest >= 1e9 || decimals > 6) {
    return (value) => value === 0 ? "0" : Number(value.toPrecision(12)).toExponential();
  }
  const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  return (value) => value.toLocaleString("en-US", digits);
}
