/**
 * Answers the calls of the room Look inside.
 *
 * @module
 */

import type { Handlers, InsideCalls } from "../shared/protocol.ts";
import type { Session } from "./session.ts";

/**
 * Makes the handlers.
 *
 * @param _session The run that they work on; between two steps it stands still.
 */
export function insideHandlers(_session: Session): Handlers<InsideCalls> {
  return {};
}
