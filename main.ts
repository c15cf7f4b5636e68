/**
 * microgpt: the most atomic way to train and run a GPT, exact to the last printed digit and fast.
 *
 * Run, this module is the tool:
 *
 * ```sh
 * deno run -A jsr:@x/microgpt names.txt
 * ```
 *
 * Imported, it is the library, of which `@x/microgpt/lib` is all that a bundler needs.
 *
 * @example New names in the style of a list
 * ```ts
 * import { Microgpt } from "@x/microgpt";
 * import { assert } from "@std/assert";
 *
 * const names = ["anna", "hanna", "johanna", "joanna", "susanna", "marianna", "rosanna"];
 * const gpt = await Microgpt.train(names, { numSteps: 300 });
 * for (const { text } of gpt.generate({ numSamples: 5, new: true })) {
 *   assert(!names.includes(text));
 * }
 * ```
 *
 * @module
 */

import type { Microgpt as Class } from "./lib/microgpt.ts";

export type { MicrogptOptions, TextOptions, Texts, TrainingReport } from "./lib/microgpt.ts";
export * from "./lib/parts.ts";

/** A trained model, with its vocabulary, the list it was trained on and its random numbers. */
export type Microgpt = Class;

/**
 * The class of a trained model. The tool has no use for it, and starts 4 ms (6 %) sooner without
 * loading it.
 */
export const Microgpt: typeof Class = import.meta.main
  ? undefined as unknown as typeof Class // nobody imports the main module
  : (await import("./lib/microgpt.ts")).Microgpt;

if (import.meta.main) {
  const { main } = await import("./lib/cli/main.ts");
  Deno.exit(await main(Deno.args)); // with `exitCode` Deno would clear its memory first: 1.5 ms
}
