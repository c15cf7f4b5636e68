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

export * from "./lib/mod.ts";

if (import.meta.main) {
  const { main } = await import("./lib/cli/main.ts");
  Deno.exit(await main(Deno.args)); // with `exitCode` Deno would clear its memory first: 1.5 ms
}
