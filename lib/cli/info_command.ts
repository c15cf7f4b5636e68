/**
 * `microgpt info FILE`: tell what a model or a data set is.
 *
 * @module
 */

import { isCheckpoint } from "../checkpoint_file.ts";
import type { InfoCommand } from "./info_args.ts";
import { Results } from "./output.ts";

/** What is told: names and values, in order. */
export type Facts = readonly (readonly [name: string, value: string | number | object])[];

/**
 * Runs the command.
 *
 * @param command What to do.
 * @throws {Deno.errors.BrokenPipe} If nobody reads stdout any more.
 * @throws {Error} If something fails; the message is for the user.
 */
export async function runInfo({ file, json }: InfoCommand): Promise<void> {
  const facts: Facts = file !== "-" && await isCheckpoint(file)
    ? await (await import("./model_info.ts")).modelFacts(file)
    : await (await import("./dataset_info.ts")).datasetFacts(file);
  const results = new Results();
  if (json) {
    results.line(
      JSON.stringify(Object.fromEntries(facts.map(([name, value]) => [camel(name), value]))),
    );
  } else {
    for (const [name, value] of facts) {
      results.line(`${name}: ${typeof value === "object" ? JSON.stringify(value) : value}`);
    }
  }
  results.flush();
}

/** `num docs` as `numDocs`. */
function camel(name: string): string {
  return name.replace(/ (\w)/g, (_, letter: string) => letter.toUpperCase());
}
