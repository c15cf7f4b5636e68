/** The playground's worker without a browser: it answers calls through a port. */

import { WorkerClient } from "../../lib/playground/page/worker_client.ts";
import type { Progress } from "../../lib/playground/shared/protocol.ts";
import { answerCalls } from "../../lib/playground/worker/answer.ts";

/** Serves one side of a channel for as long as a test takes. */
export async function withWorker<T>(use: (client: WorkerClient) => Promise<T>): Promise<T> {
  const { port1, port2 } = new MessageChannel();
  answerCalls(port2);
  try {
    return await use(new WorkerClient(port1));
  } finally {
    port1.close();
    port2.close();
  }
}

/** Resolves with the first report in which training does not go on. */
export function stopped(client: WorkerClient): Promise<Progress> {
  return new Promise((resolve) =>
    client.progress.on((progress) => {
      if (progress.state !== "training") resolve(progress);
    })
  );
}
