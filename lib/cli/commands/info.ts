/**
 * `microgpt info FILE`: tell what a model or a data set is.
 *
 * @module
 */

import type { InfoCommand } from "../options/info_args.ts";
import { Results } from "../terminal/output.ts";
import { isModel } from "../training/training_data.ts";

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
  const facts: Facts = await isModel(file)
    ? await (await import("../info/model_info.ts")).modelFacts(file)
    : await (await import("../info/dataset_info.ts")).datasetFacts(file);
  const results = new Results();
  if (json) {
    results.line(JSON.stringify(Object.fromEntries(facts.map(([k, v]) => [camel(k), v]))));
  } else {
    for (const [name, value] of facts) {
      if (!Array.isArray(value)) results.line(`${name}: ${shown(value)}`);
      else for (const item of value) results.line(`${name}: ${shown(item)}`);
    }
  }
  results.flush();
}

/** Control characters, and those that change the direction of the text. */
const UNSEEN = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** On one line; what a file says must not steer the terminal. */
function shown(value: string | number | object): string {
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return text.replace(UNSEEN, (control) => "\\u" + hex4(control.charCodeAt(0)));
}

function hex4(code: number): string {
  return code.toString(16).padStart(4, "0");
}

/** `num docs` as `numDocs`. */
function camel(name: string): string {
  return name.replace(/ (\w)/g, (_, letter: string) => letter.toUpperCase());
}
