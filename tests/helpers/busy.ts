/** A program for the tests of signals: it listens, and then works for a minute without a pause. */

import { Interrupt } from "../../lib/cli/terminal/interrupt.ts";

using interrupt = new Interrupt("Stopping\n");
while (!interrupt.isDelegated) await interrupt.isRequested();
console.log("busy");
const end = performance.now() + 60_000;
let isHeard = false;
while (performance.now() < end) {
  if (isHeard || !interrupt.aborted) continue;
  isHeard = true;
  console.log(`heard ${interrupt.signal}`);
}
