/** The clock for what runs in this process: others on the machine do not make it run faster. */

import { cpuUsage } from "node:process";

/** The processor time of this process so far, in milliseconds: of all its threads. */
export function cpuTime(): number {
  const { user, system } = cpuUsage();
  return (user + system) / 1000;
}
