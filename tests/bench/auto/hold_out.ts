/**
 * Measures what holding out a tenth of a short list costs: the loss on lines outside of a random
 * cut, of a model that trains on all of the cut, and of one that trains on nine tenths of it and
 * keeps the weights that are best on the rest. Settings are those of `--auto`.
 *
 * @module
 */

import { Microgpt } from "../../../lib/microgpt.ts";
import { chosen } from "./grid.ts";
import { LISTS, load } from "./lists.ts";

const SEEDS = [1, 2, 3];

/** The minimum number of lines outside of a cut, so that a loss on them says something. */
const MIN_TEST = 100;

/** The difference of two losses on the lines outside of a cut; `undefined` if there are too few. */
async function difference(spec: string, seed: number, size: number): Promise<number | undefined> {
  const { texts, test } = load(spec, seed);
  if (texts.length < size || test.length < MIN_TEST) return undefined;
  const blockSize = Math.max(...texts.map((text) => [...text].length)) + 1;
  const options = { ...chosen(texts), blockSize, dtype: "f32", seed } as const;
  const all = await Microgpt.train(texts, options);
  const held = await Microgpt.train(texts, { ...options, valFraction: 0.1, patience: 3 });
  return held.evaluate(test).loss - all.evaluate(test).loss;
}

if (import.meta.main) {
  console.log("| lines | cuts | loss with a tenth held out, minus without |");
  console.log("| ----: | ---: | ----------------------------------------: |");
  for (const size of [50, 100, 200, 300, 600, 1000]) {
    const found: number[] = [];
    for (const name of LISTS) {
      for (const seed of SEEDS) {
        const value = await difference(`${name}:${size}`, seed, size);
        if (value !== undefined) found.push(value);
      }
    }
    const mean = found.reduce((sum, x) => sum + x, 0) / found.length;
    const variance = found.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (found.length - 1);
    const error = Math.sqrt(variance / found.length);
    console.log(`| ${size} | ${found.length} | ${mean.toFixed(3)} ± ${error.toFixed(3)} |`);
  }
}
