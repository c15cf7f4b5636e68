/**
 * Numbers of the steps of a run, which become more and more.
 *
 * @module
 */

/** Numbers, one per step, that grow by chunks. */
export class Series {
  /** The number of steps that were taken before the first of them. */
  readonly stepsBefore: number;
  #values: Float64Array<ArrayBuffer>;
  #length: number;

  /**
   * @param stepsBefore How many steps were taken before the first number.
   * @param values The first numbers.
   */
  constructor(stepsBefore: number, values: Float64Array<ArrayBuffer> = new Float64Array()) {
    this.stepsBefore = stepsBefore;
    this.#values = values;
    this.#length = values.length;
  }

  /** Their number. */
  get length(): number {
    return this.#length;
  }

  /** The numbers. Valid until more are added. */
  get values(): Float64Array<ArrayBuffer> {
    return this.#values.subarray(0, this.#length);
  }

  /** The number of a step, counted from 1. */
  at(step: number): number | undefined {
    return this.values[step - 1 - this.stepsBefore];
  }

  /** Adds numbers at the end. */
  add(values: ArrayLike<number>): void {
    const length = this.#length + values.length;
    if (length > this.#values.length) {
      const grown = new Float64Array(Math.max(1024, length, 2 * this.#values.length));
      grown.set(this.values);
      this.#values = grown;
    }
    this.#values.set(values, this.#length);
    this.#length = length;
  }
}
