/**
 * What the rooms are told of training: all that has happened since the last frame. The losses are
 * in the history of the run.
 *
 * @module
 */

import type { Progress } from "../shared/protocol.ts";

/** All that has happened since the last frame. */
export type News = Omit<Progress, "losses" | "gradNorms">;

/**
 * Adds a report to what the rooms have not been told yet.
 *
 * @param older What they have not been told.
 * @param progress The report.
 */
export function withProgress(older: News | undefined, progress: Progress): News {
  const { losses: _, gradNorms: _norms, ...newer } = progress;
  if (older === undefined) return newer;
  return {
    ...older,
    ...newer,
    validations: [...older.validations, ...newer.validations],
    babble: [...older.babble, ...newer.babble],
  };
}
