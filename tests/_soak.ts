/** Tests that are worth repeating many times, when somebody has the time. */

/** Whether there is time: `SOAK=1 deno task test`. */
const HAS_TIME = Deno.env.get("SOAK") === "1";

/** How often to repeat something: rarely in the suite, often if there is time. */
export function times(rarely: number, often: number): number {
  return HAS_TIME ? often : rarely;
}

/** The most memory that this process has had so far, in MB; `undefined` where Linux does not tell. */
export function peakMemory(): number | undefined {
  try {
    const status = Deno.readTextFileSync("/proc/self/status");
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1000;
  } catch {
    return undefined;
  }
}
