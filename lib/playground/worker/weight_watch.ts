/**
 * One weight: its gradient, Adam's moments, and its next step, which another engine takes for trial.
 *
 * @module
 */

import { layout, type MatrixLayout } from "../../config.ts";
import type { Engine, EngineState } from "../../engine.ts";
import { ADAM_DEFAULTS } from "../../optim.ts";
import { shownText } from "../../text/text_form.ts";
import type { WeightFacts, WeightPlace, WeightStep } from "../shared/protocol.ts";
import type { Run } from "./run.ts";

/** A weight and its moments. */
interface Numbers {
  readonly weight: number;
  readonly m: number;
  readonly v: number;
}

/** Watches weights of a run. */
export class WeightWatch {
  /** The run. */
  readonly run: Run;
  readonly #matrices: readonly MatrixLayout[];
  /** Takes steps for trial. */
  #trial: Engine | undefined;

  /** @param run The run. */
  constructor(run: Run) {
    this.run = run;
    this.#matrices = layout(run.engine.config);
  }

  /**
   * Looks at a weight.
   *
   * @param wanted Where it is; the nearest place if there is none.
   */
  facts(wanted: WeightPlace): WeightFacts {
    const { step, numSteps, engine } = this.run;
    const matrix = this.#matrices.find(({ name }) => name === wanted.matrix) ?? this.#matrices[0]!; // wte
    const row = Math.min(wanted.row, matrix.nout - 1);
    const column = Math.min(wanted.column, matrix.nin - 1);
    const at = matrix.offset + row * matrix.nin + column;
    const state = engine.state();
    const now = numbersOf(state, at);
    return {
      step,
      numSteps,
      matrices: this.#matrices.map(({ name, nout, nin }) => ({ name, nout, nin })),
      place: { matrix: matrix.name, row, column },
      ...now,
      trail: this.#trail(at, now.weight),
      next: this.#try(state, at, now),
    };
  }

  /** The weight at moments of the run, the present one last: steps and weights in turn. */
  #trail(at: number, weight: number): Float64Array {
    const { step, trail } = this.run;
    const before = trail.moments.filter((moment) => moment.step < step)
      .flatMap((moment) => [moment.step, moment.weights[at]!]); // at is an index of them
    return Float64Array.from([...before, step, weight]);
  }

  #try(state: EngineState, at: number, { m }: Numbers): WeightStep | undefined {
    const { tokenizer, settings } = this.run;
    const next = this.run.nextStep();
    const tokens = next?.batch[0];
    if (next === undefined || tokens === undefined) return undefined;
    const { batch, learningRate } = next;
    this.#trial ??= this.run.newEngine(state.weights);
    this.#trial.restore(state);
    this.#trial.step(batch, learningRate);
    const after = this.#trial.state();
    const numbers = numbersOf(after, at);
    const { beta1, beta2 } = ADAM_DEFAULTS;
    const ids = Array.from(tokens).filter((id) => id !== tokenizer.bos);
    return {
      ...numbers,
      document: shownText(tokenizer.decode(ids), settings),
      numDocs: batch.length,
      gradient: (numbers.m - beta1 * m) / (1 - beta1), // m = beta1 m + (1 - beta1) g
      mHat: numbers.m / (1 - beta1 ** after.steps),
      vHat: numbers.v / (1 - beta2 ** after.steps),
      learningRate,
    };
  }
}

function numbersOf({ weights, m, v, mScale, vScale }: EngineState, at: number): Numbers {
  return { weight: weights[at]!, m: m[at]! * mScale, v: v[at]! * vScale }; // at is an index of them
}
