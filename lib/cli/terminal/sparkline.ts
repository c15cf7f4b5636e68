/**
 * A curve in one line of text, `█▅▃▂▂▁`, of any number of values.
 *
 * @module
 */

const BLOCKS = "▁▂▃▄▅▆▇█";

/** The number of points at which each two become one. */
const CAPACITY = 64;

/**
 * A curve that grows, in constant memory: a point is the mean of a run of values, and when there
 * are too many points the runs become twice as long.
 */
export class Sparkline {
  /** The points, then room for more from `#length` on. */
  readonly #points = new Float64Array(CAPACITY);
  #length = 0;
  /** The number of values per point. */
  #stride = 1;
  /** The sum and the number of the values of the next point so far. */
  #sum = 0;
  #count = 0;

  /** Adds a value, in a few nanoseconds. */
  add(value: number): void {
    this.#sum += value;
    if (++this.#count === this.#stride) this.#endPoint();
  }

  #endPoint(): void {
    const points = this.#points;
    points[this.#length++] = this.#sum / this.#count;
    this.#sum = this.#count = 0;
    if (this.#length < CAPACITY) return;
    for (let i = 0; i < CAPACITY / 2; i++) {
      points[i] = (points[2 * i]! + points[2 * i + 1]!) / 2; // 2 i + 1 < CAPACITY
    }
    this.#length = CAPACITY / 2;
    this.#stride *= 2;
  }

  /**
   * Draws the curve between its lowest and its highest point.
   *
   * @param width The maximum number of columns.
   * @returns One block per column, a space where the mean is not finite; at most as many
   * columns as points, which are 32 to 63 once there have been that many values.
   */
  text(width: number): string {
    const columns = Math.min(width, this.#length);
    const start = (column: number) => Math.floor(column * this.#length / columns);
    const heights = Array.from(
      { length: columns },
      (_, column) => mean(this.#points.subarray(start(column), start(column + 1))),
    );
    const finite = heights.filter(Number.isFinite);
    const min = Math.min(...finite), max = Math.max(...finite);
    const isFlat = !(max - min > 1e-9 * Math.abs(max)); // but for rounding errors
    const scale = isFlat ? 0 : (BLOCKS.length - 1) / (max - min);
    return heights.map((h) => BLOCKS[Math.round(scale * (h - min))] ?? " ").join("");
  }
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
