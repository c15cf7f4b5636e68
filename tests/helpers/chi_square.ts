/** Pearson's chi-square test: do draws come from a distribution? */

import { assert, assertEquals } from "@std/assert";

/** A group of outcomes that is expected less often tells little, and would break the formula. */
const MIN_EXPECTED = 500;

/**
 * Draws that are this unlikely are taken for wrong. The formula holds for endless draws; with
 * groups of 500 and more, true draws fail once in 10^11 runs at most.
 */
const ALARM = 1e-12;

/** Fails if draws can hardly come from a distribution; rare outcomes count together. */
export function assertDrawn(
  counts: ArrayLike<number>,
  probs: ArrayLike<number>,
  what: string,
): void {
  assertEquals(counts.length, probs.length, `${what}: outcomes`);
  const n = Array.from(counts).reduce((a, b) => a + b, 0);
  const outcomes = Array.from(probs, (prob, i) => ({ count: counts[i]!, expected: n * prob }));
  for (const { count, expected } of outcomes) {
    assert(expected > 0 || count === 0, `${what}: what has no probability was drawn`);
  }
  outcomes.sort((a, b) => a.expected - b.expected);
  const firstFrequent = outcomes.findIndex(({ expected }) => expected >= MIN_EXPECTED);
  const groups = outcomes.splice(firstFrequent);
  const rare = outcomes.reduce(sum, { count: 0, expected: 0 });
  groups.push(rare.expected >= MIN_EXPECTED ? rare : sum(groups.shift()!, rare)); // the rarest group
  assert(groups.length > 1, `${what}: ${n} draws are too few`);
  const x = groups.reduce((x, { count, expected }) => x + (count - expected) ** 2 / expected, 0);
  const p = chiSquareTail(x, groups.length - 1);
  assert(p >= ALARM, `${what}: chi-square is ${x} for ${groups.length} groups: p is ${p}`);
}

interface Group {
  readonly count: number;
  readonly expected: number;
}

function sum(a: Group, b: Group): Group {
  return { count: a.count + b.count, expected: a.expected + b.expected };
}

/**
 * Computes the probability that chi-square is above `x`: e^-h Σ h^i / i! for i < df / 2, h = x / 2. Of odd `df` the
 * next even one is taken, which is a little more likely.
 */
function chiSquareTail(x: number, df: number): number {
  const h = x / 2;
  let term = Math.exp(-h), sum = 0;
  for (let i = 0; i < Math.ceil(df / 2); i++) {
    sum += term;
    term *= h / (i + 1);
  }
  return sum;
}

/** Counts how often each of `n` outcomes is drawn. */
export function countDraws(n: number, numDraws: number, draw: () => number): number[] {
  const counts = new Array<number>(n).fill(0);
  for (let i = 0; i < numDraws; i++) counts[draw()]!++;
  return counts;
}
