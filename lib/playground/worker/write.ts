/**
 * Answers the calls of the room Write.
 *
 * @module
 */

import type { Handlers, WriteCalls } from "../shared/protocol.ts";
import type { Session } from "./session.ts";
import { Writer } from "./writer.ts";

/**
 * Makes the handlers.
 *
 * @param session The run that they work on; between two steps it stands still.
 */
export function writeHandlers(session: Session): Handlers<WriteCalls> {
  let latest: Writer | undefined;
  const writer = () => {
    if (latest?.run !== session.run) latest = new Writer(session.run);
    return latest;
  };
  return {
    write: (wish) => writer().begin(wish),
    writeOn: () => writer().goOn(),
    next: (wish, taken) => writer().next(wish, taken),
  };
}
