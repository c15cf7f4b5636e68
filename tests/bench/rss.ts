/**
 * The most memory that a process has had.
 *
 * @module
 */

import { run } from "./fresh.ts";

/** A measurement, and how it was made. */
export interface PeakRss {
  readonly megabytes: number;
  readonly source: "/usr/bin/time" | "/proc" | "nothing that works here";
}

const TIME = "/usr/bin/time";

/** Runs a program, and tells the most memory it has had. */
export async function peakRss(program: string, args: readonly string[]): Promise<PeakRss> {
  try {
    return await fromTime(program, args);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return await fromProc(program, args);
  }
}

async function fromTime(program: string, args: readonly string[]): Promise<PeakRss> {
  const out = await Deno.makeTempFile();
  try {
    await run(TIME, ["-f", "%M", "-o", out, program, ...args]);
    const kilobytes = Number((await Deno.readTextFile(out)).trim());
    return { megabytes: kilobytes / 1024, source: TIME };
  } finally {
    await Deno.remove(out);
  }
}

/** Asks again and again; the system keeps the maximum, so that only the last moments can be missed. */
async function fromProc(program: string, args: readonly string[]): Promise<PeakRss> {
  const process = new Deno.Command(program, { args: [...args], stdout: "null" }).spawn();
  let isRunning = true, kilobytes = NaN;
  const ended = process.status.then(() => isRunning = false);
  while (isRunning) {
    try {
      const status = await Deno.readTextFile(`/proc/${process.pid}/status`);
      kilobytes = Number(/VmHWM:\s*(\d+) kB/.exec(status)?.[1] ?? kilobytes);
    } catch {
      break; // it has ended, or there is no /proc
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await ended;
  const source = Number.isNaN(kilobytes) ? "nothing that works here" : "/proc";
  return { megabytes: kilobytes / 1024, source };
}
