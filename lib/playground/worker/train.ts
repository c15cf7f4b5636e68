/**
 * Answers the calls of the rooms List and Train.
 *
 * @module
 */

import { listFacts } from "../shared/facts.ts";
import type { Handlers, TrainCalls } from "../shared/protocol.ts";
import type { Session } from "./session.ts";

/**
 * Makes the handlers.
 *
 * @param session The run that they work on.
 */
export function trainHandlers(session: Session): Handlers<TrainCalls> {
  return {
    facts: listFacts,
    open: (list, settings) => session.open(list, settings).describe(),
    baselines: () => session.run.baselines(),
    train: (until, numSteps, pace) => session.loop.start(until, numSteps, pace),
    pause: () => session.loop.stop(),
    setPace: (pace) => session.loop.setPace(pace),
    restart: () => session.restart(),
  };
}
