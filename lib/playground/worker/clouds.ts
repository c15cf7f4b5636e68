/**
 * The embeddings in two dimensions: a principal component analysis of the present ones, onto whose
 * axes those of earlier moments are projected.
 *
 * @module
 */

import { layout } from "../../config.ts";
import type { Cloud, Embeddings } from "../shared/protocol.ts";
import { type Axes, mainAxes, projected } from "./main_axes.ts";
import type { Run } from "./run.ts";
import type { Trail } from "./trail.ts";

/** More moments than this make a line that shows the noise of single steps. */
const NUM_MOMENTS = 35;

/** The embeddings of a run, whose axes turn as little as can be from one look to the next. */
export class Clouds {
  #trail: Trail | undefined;
  /** The axes of the last time, to which the next ones are turned. */
  #axes: { letters?: Axes; positions?: Axes } = {};

  /** Brings the embeddings of a run, now and before, into two dimensions. */
  embeddings(run: Run): Embeddings {
    const { engine, step, trail } = run;
    if (trail !== this.#trail) this.#axes = {}; // it is another run, or has begun anew
    this.#trail = trail;
    const now = engine.weights();
    const earlier = trail.moments.filter((moment) => moment.step < step);
    const every = Math.ceil(earlier.length / NUM_MOMENTS);
    const before = earlier.filter((_, i) => i % every === 0);
    const all: ArrayLike<number>[] = [...before.map(({ weights }) => weights), now];
    const { nEmbd } = engine.config;
    const cloud = (name: "wte" | "wpe", last: Axes | undefined): [Cloud, Axes] => {
      const { offset = 0, nout = 0, nin = 0 } =
        layout(engine.config).find((matrix) => matrix.name === name) ?? {};
      const points = (weights: ArrayLike<number>) =>
        Float32Array.from({ length: nout * nin }, (_, i) => weights[offset + i]!); // of the matrix
      const axes = mainAxes(points(now), nEmbd, last);
      return [{ share: axes.share, trail: all.map((one) => projected(points(one), axes)) }, axes];
    };
    const [letters, letterAxes] = cloud("wte", this.#axes.letters);
    const [positions, positionAxes] = cloud("wpe", this.#axes.positions);
    this.#axes = { letters: letterAxes, positions: positionAxes };
    return { step, letters, positions };
  }
}
