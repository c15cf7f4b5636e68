/**
 * Generation under constraints, from an engine and a tokenizer of your own. `Microgpt.generate()`
 * does the same for a whole model.
 *
 * @module
 */

export type { TextConstraints } from "./constraints.ts";
export {
  generate,
  type GeneratedText,
  type GenerateOptions,
  type GenerateSummary,
} from "./generate.ts";
