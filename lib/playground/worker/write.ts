/**
 * Answers the calls of the room Write.
 *
 * @module
 */

import type { Handlers, WriteCalls } from "../shared/protocol.ts";
import type { Session } from "./session.ts";

/**
 * Makes the handlers.
 *
 * @param _session The run that they work on; between two steps it stands still.
 */
export function writeHandlers(_session: Session): Handlers<WriteCalls> {
  return {};
}
