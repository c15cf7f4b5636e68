/**
 * The way of the embeddings over a run, in two dimensions: a principal component analysis of the
 * present ones, onto whose axes the earlier ones are projected.
 *
 * @module
 */

import { layout } from "../../config.ts";
import type { Cloud, Embeddings } from "../shared/protocol.ts";
import { type Axes, mainAxes, projected } from "./main_axes.ts";
import type { Run } from "./run.ts";

/** At so many moments of a run the embeddings are kept. */
const NUM_MOMENTS = 40;

/** The embeddings of a moment. */
interface Moment {
  readonly step: number;
  readonly wte: Float32Array;
  readonly wpe: Float32Array;
}

/** Keeps the embeddings of a run now and then. */
export class Trail {
  #run: Run | undefined;
  #moments: Moment[] = [];
  /** The axes of the last time, to which the next ones are turned. */
  #axes: { letters?: Axes; positions?: Axes } = {};

  /** Keeps the embeddings if the time has come. */
  notice(run: Run): void {
    const { step, numSteps, engine } = run;
    const last = this.#moments.at(-1);
    if (run !== this.#run || last === undefined || step < last.step) {
      this.#run = run;
      this.#moments = [momentOf(run, 0, run.firstWeights)];
      this.#axes = {};
    }
    const before = this.#moments.at(-1)?.step ?? 0;
    if (step > 0 && step - before >= numSteps / NUM_MOMENTS) {
      this.#moments.push(momentOf(run, step, engine.weights()));
    }
  }

  /** Brings the embeddings of the run, now and before, into two dimensions. */
  embeddings(run: Run): Embeddings {
    this.notice(run);
    const { engine: { config }, step } = run;
    const now = momentOf(run, step, run.engine.weights());
    const moments = [...this.#moments.filter((moment) => moment.step < step), now];
    const cloud = (of: "wte" | "wpe", before: Axes | undefined): [Cloud, Axes] => {
      const axes = mainAxes(now[of], config.nEmbd, before);
      const trail = moments.map((moment) => projected(moment[of], axes));
      return [{ share: axes.share, trail }, axes];
    };
    const [letters, letterAxes] = cloud("wte", this.#axes.letters);
    const [positions, positionAxes] = cloud("wpe", this.#axes.positions);
    this.#axes = { letters: letterAxes, positions: positionAxes };
    return { step, letters, positions };
  }
}

function momentOf({ engine }: Run, step: number, weights: Float64Array): Moment {
  const matrices = layout(engine.config);
  const matrix = (name: string) => {
    const { offset = 0, nout = 0, nin = 0 } = matrices.find((m) => m.name === name) ?? {};
    return Float32Array.from(weights.subarray(offset, offset + nout * nin));
  };
  return { step, wte: matrix("wte"), wpe: matrix("wpe") };
}
