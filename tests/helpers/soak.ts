/** Tests that are worth repeating many times, when somebody has the time. */

/** Whether there is time: `SOAK=1 deno task test`. */
const HAS_TIME = Deno.env.get("SOAK") === "1";

/** How often to repeat something: rarely in the suite, often if there is time. */
export function times(rarely: number, often: number): number {
  return HAS_TIME ? often : rarely;
}
