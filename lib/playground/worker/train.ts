/**
 * Answers the calls of the rooms List and Train.
 *
 * @module
 */

import { listFacts } from "../shared/facts.ts";
import type { Handlers, TrainCalls } from "../shared/protocol.ts";
import { decodeModel, encodeModel } from "./model_file.ts";
import { Run } from "./run.ts";
import type { Session } from "./session.ts";

/**
 * Makes the handlers.
 *
 * @param session The run that they work on.
 */
export function trainHandlers(session: Session): Handlers<TrainCalls> {
  return {
    facts: listFacts,
    open: (list, settings, snapshot) => session.open(list, settings, snapshot),
    references: (list, settings) => new Run(list, settings).references(),
    train: (until, numSteps, pace) => session.loop.start(until, numSteps, pace),
    pause: () => session.loop.stop(),
    setPace: (pace) => session.loop.setPace(pace),
    setReportInterval: (milliseconds) => session.setReportInterval(milliseconds),
    restart: () => session.restart(),
    babble: () => session.run.babble(),
    snapshot: () => {
      session.loop.flush(); // the page has to know all of its steps
      return session.run.snapshot();
    },
    encodeModel: (notes) => encodeModel(session.run, notes),
    decodeModel,
  };
}
