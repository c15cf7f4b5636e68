/**
 * The fast engine beside programs that know nothing of its inside: the tool as
 * a user runs it, and the yardstick if there is one.
 *
 * @module
 */

import { markdown } from "./markdown.ts";
import { type OutsideCase, timeFromOutside } from "./outside.ts";
import { digits, median, medianRatio } from "./stats.ts";
import { runYardstick, yardstick, YARDSTICK_CASES, type YardstickCase } from "./yardstick.ts";

/** An engine and a model, with what its runs measured: microseconds a step. */
export type Measured = OutsideCase & { readonly clean: readonly number[] };

/** A case, and its times in the rounds. */
interface Times<T> {
  readonly of: T;
  readonly times: number[];
}

/** The models of the yardstick, and the scalar engine for the default one. */
const OUTSIDE_CASES: readonly OutsideCase[] = [
  { engine: "scalar", dtype: "f64", nEmbd: 16, batchSize: 1 },
  { engine: "wasm", dtype: "f64", nEmbd: 16, batchSize: 1 },
  { engine: "wasm", dtype: "f64", nEmbd: 64, batchSize: 1 },
  { engine: "wasm", dtype: "f32", nEmbd: 16, batchSize: 16 },
];

function isSame(a: OutsideCase, b: OutsideCase): boolean {
  return a.engine === b.engine && a.dtype === b.dtype && a.nEmbd === b.nEmbd &&
    a.batchSize === b.batchSize;
}

/** Our engine for a case of the yardstick. */
function ours({ dtype, nEmbd, batchSize }: YardstickCase): OutsideCase {
  return { engine: "wasm", dtype, nEmbd, batchSize };
}

/** The median of the rounds' ratios, and the ratio of the fastest. */
function ratio(a: readonly number[], b: readonly number[]): string {
  return `${digits(medianRatio(a, b))} (${digits(Math.min(...a) / Math.min(...b))})`;
}

/** Measures a round at a time; then makes tables of it. */
export class Comparison {
  readonly #quick: boolean;
  readonly #program = yardstick();
  readonly #outside: Times<OutsideCase>[] = OUTSIDE_CASES.map((of) => ({ of, times: [] }));
  readonly #yardstick: Times<YardstickCase>[];

  /** `quick`: see {@linkcode Section}. */
  constructor(quick: boolean) {
    this.#quick = quick;
    const cases = quick ? YARDSTICK_CASES.slice(0, 1) : YARDSTICK_CASES;
    this.#yardstick = this.#program === undefined ? [] : cases.map((of) => ({ of, times: [] }));
  }

  /** Measures what an engine is compared with, in the same minute as the engine itself. */
  async measure(engine: OutsideCase): Promise<void> {
    for (const { of, times } of this.#outside) {
      if (isSame(of, engine)) times.push(await timeFromOutside(of, this.#quick));
    }
    for (const { of, times } of this.#yardstick) {
      if (this.#program === undefined || !isSame(ours(of), engine)) continue;
      times.push(await runYardstick(this.#program, of));
    }
  }

  /** The tables; the one of the yardstick only if there is one. */
  toString(engines: readonly Measured[]): string {
    const parts = [
      "From outside: a run with more steps, less one with 1,000",
      this.#outsideTable(),
    ];
    if (this.#yardstick.length > 0) {
      parts.push(
        "Beside the yardstick: median of the rounds' ratios (ratio of the fastest)",
        this.#yardstickTable(engines),
      );
    }
    return parts.join("\n\n");
  }

  #outsideTable(): string {
    const scalar = this.#outside[0]?.times ?? [];
    const rows = this.#outside.map(({ of: { engine, dtype, nEmbd, batchSize }, times }) => {
      const isDefault = nEmbd === 16 && batchSize === 1;
      const faster = isDefault ? digits(medianRatio(scalar, times)) : "-";
      return [nEmbd, batchSize, engine, dtype, digits(median(times)), faster].map(String);
    });
    const header = ["nEmbd", "batch", "engine", "dtype", "µs/step", "times faster than scalar"];
    return markdown([header, ...rows]);
  }

  #yardstickTable(engines: readonly Measured[]): string {
    const header = ["yardstick", "its µs/step", "ours, clean", "ratio", "from outside", "ratio"];
    const rows = this.#yardstick.map(({ of, times }) => {
      const clean = engines.find((engine) => isSame(engine, ours(of)))?.clean ?? [];
      const outside = this.#outside.find((other) => isSame(other.of, ours(of)))?.times ?? [];
      const name = `${of.dtype} ${of.nEmbd} ${of.vectorBytes} ${of.batchSize}`;
      const cells = [clean, outside].flatMap((us) => [digits(median(us)), ratio(us, times)]);
      return [name, digits(median(times)), ...cells, of.target.toFixed(1)];
    });
    return markdown([[...header, "target"], ...rows]);
  }
}
