/** Random input whose seed is printed, so that a failure can be repeated; and how much of it. */

import { Random } from "../../lib/random.ts";

/**
 * A generator with a new seed, or with that of the environment variable
 * TEST_SEED.
 *
 * @param test What it is for; stands beside the seed in the output.
 */
export function newRandom(test: string): Random {
  const given = Deno.env.get("TEST_SEED");
  const seed = given === undefined ? crypto.getRandomValues(new Uint32Array(1))[0]! : BigInt(given);
  console.log(`${test}: TEST_SEED=${seed}`);
  return new Random(seed);
}

/** A vector of `n` normal numbers. */
export function gaussVector(random: Random, n: number, sigma = 1): Float64Array {
  return new Float64Array(n).map(() => random.gauss(0, sigma));
}

/** Chooses a number of repetitions: few, or many where there is time: `SOAK=1 deno task test`. */
export function times(rarely: number, often: number): number {
  return Deno.env.get("SOAK") === "1" ? often : rarely;
}
