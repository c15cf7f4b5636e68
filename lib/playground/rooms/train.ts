/**
 * The room Train: start, pause, steps, and what can be seen of a run.
 *
 * @module
 */

/// <reference lib="dom" />

import type { Playground } from "../page/playground.ts";
import { mountBabble } from "./babble.ts";
import { mountCurve } from "./curve.ts";
import { mountNorm } from "./norm.ts";
import { mountNumbers } from "./numbers.ts";
import { Plotted } from "./plotted.ts";
import { mountRuns } from "./runs.ts";
import { mountTakeAway } from "./take_away.ts";
import { mountTransport } from "./transport.ts";

/**
 * Brings the room to life.
 *
 * @param room Its section.
 * @param playground The list, the settings and the run.
 */
export function mountTrain(room: HTMLElement, playground: Playground): void {
  const plotted = new Plotted(playground);
  mountTransport(room, playground);
  mountNumbers(room, playground);
  mountCurve(room, playground, plotted);
  mountNorm(room, playground, plotted);
  mountBabble(room, playground, plotted);
  mountRuns(room, playground, plotted);
  mountTakeAway(room, playground);
}
