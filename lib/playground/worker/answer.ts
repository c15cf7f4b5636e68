/**
 * Answers the calls that come through a port.
 *
 * @module
 */

import type { CallMessage, Calls, Handlers, WorkerMessage } from "../shared/protocol.ts";
import { insideHandlers } from "./inside.ts";
import { Session } from "./session.ts";
import { trainHandlers } from "./train.ts";
import { writeHandlers } from "./write.ts";

/**
 * Serves a page for as long as it lives.
 *
 * @param port The way to the page.
 */
export function answerCalls(port: MessagePort): void {
  const send = (message: WorkerMessage, transfer: Transferable[] = []) =>
    port.postMessage(message, transfer);
  const session = new Session((progress) =>
    send({ kind: "progress", progress }, [progress.losses.buffer, progress.gradNorms.buffer])
  );
  const handlers: Handlers<Calls> = {
    ...trainHandlers(session),
    ...writeHandlers(session),
    ...insideHandlers(session),
  };
  port.onmessage = async ({ data }: MessageEvent<CallMessage>) => {
    const { id, name, args } = data;
    // The page's client checks that the arguments are those of the call.
    const handler = handlers[name] as (...args: readonly unknown[]) => unknown;
    try {
      send({ kind: "answer", id, result: await handler(...args) });
    } catch (error) {
      send({ kind: "failure", id, message: error instanceof Error ? error.message : `${error}` });
    }
  };
}
