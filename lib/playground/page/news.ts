/**
 * The news of training for the rooms: all that has happened since the last frame. The losses are
 * in the history of the run.
 *
 * @module
 */

/// <reference lib="dom" />

import type { Progress } from "../shared/protocol.ts";

/** All that has happened since the last frame. */
export type News = Omit<Progress, "losses" | "gradNorms">;

/**
 * Adds a report to what the rooms have not been told yet.
 *
 * @param older What they have not been told.
 * @param progress The report.
 */
function withProgress(older: News | undefined, progress: Progress): News {
  const { losses: _, gradNorms: _norms, ...newer } = progress;
  if (older === undefined) return newer;
  return {
    ...older,
    ...newer,
    validations: [...older.validations, ...newer.validations],
    babble: [...older.babble, ...newer.babble],
  };
}

/** Collects reports, and tells of them once per frame; at once when training stops. */
export class NewsDesk {
  readonly #tell: (news: News) => void;
  #untold: News | undefined;

  /** @param tell Tells of all that has come since the last time. */
  constructor(tell: (news: News) => void) {
    this.#tell = tell;
  }

  /** Takes a report. */
  add(progress: Progress): void {
    const isFirst = this.#untold === undefined;
    this.#untold = withProgress(this.#untold, progress);
    if (progress.state !== "training") this.#flush();
    else if (isFirst) requestAnimationFrame(() => this.#flush());
  }

  #flush(): void {
    const news = this.#untold;
    this.#untold = undefined;
    if (news !== undefined) this.#tell(news);
  }
}
