/**
 * The steps whose babble is kept.
 *
 * @module
 */

/** Parts of a run before its first tenth: most happens there. */
const EARLY = [0.01, 0.03];

/**
 * Lists the steps whose babble is kept: the first, two early ones, and every tenth of the run.
 *
 * @param numSteps The length of the run, from 1.
 * @returns Steps from 0 to `numSteps`, ascending.
 */
export function babbleSteps(numSteps: number): number[] {
  const tenth = Math.ceil(numSteps / 10); // as the command line validates
  const steps = new Set([0, ...EARLY.map((part) => Math.ceil(part * numSteps)), numSteps]);
  for (let step = tenth; step < numSteps; step += tenth) steps.add(step);
  return [...steps].sort((a, b) => a - b);
}
