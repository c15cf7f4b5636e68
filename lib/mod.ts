/**
 * The library: a model in a few lines ({@linkcode Microgpt}), and the parts that it is made of.
 *
 * `value`, `tokenizer`, `model`, `optim` and `sample` are microgpt.py, module by module, and have
 * imports of their own for those who read them one by one. What few programs need is not loaded
 * here: `generate` and `evaluate` on parts of your own, `checkpoint` and `files` for models in
 * files, `presets` for the lists of the package, `plot` for pictures.
 *
 * @example A model of names, in a few lines
 * ```ts
 * import { Microgpt } from "@x/microgpt/lib";
 * import { assertEquals } from "@std/assert";
 *
 * const gpt = await Microgpt.train(["anna", "hanna", "johanna"], { numSteps: 100 });
 * const texts = Array.from(gpt.generate({ numSamples: 3 }), ({ text }) => text);
 * assertEquals(texts, ["anna", "anna", "hanna"]);
 * ```
 *
 * @example The same, from its parts
 * ```ts
 * import {
 *   createEngine,
 *   DEFAULT_SIZES,
 *   Docs,
 *   initWeights,
 *   Random,
 *   sample,
 *   Tokenizer,
 *   train,
 * } from "@x/microgpt/lib";
 * import { assertEquals } from "@std/assert";
 *
 * const random = new Random(42);
 * const docs = Docs.from(["anna", "hanna", "johanna"]);
 * docs.shuffle(random); // `train` takes them in order: a sorted list is learned badly
 * const tokenizer = Tokenizer.fromDocs(docs);
 * const config = { ...DEFAULT_SIZES, vocabSize: tokenizer.vocabSize };
 * const engine = createEngine("wasm", config, initWeights(config, random));
 * for (const _ of train(engine, tokenizer, docs, { numSteps: 100 }));
 * assertEquals(sample(engine, tokenizer, random, 0), "anna");
 * ```
 *
 * @module
 */

export {
  Microgpt,
  type MicrogptOptions,
  type TextOptions,
  type Texts,
  type TrainingReport,
} from "./microgpt.ts";
export {
  DEFAULT_SIZES,
  type GptConfig,
  initWeights,
  layout,
  type MatrixLayout,
  numParams,
} from "./config.ts";
export { createEngine, type EngineName } from "./create_engine.ts";
export { Docs } from "./docs.ts";
export type { Dtype, Engine, EngineState, Sequence, StepDetails, Tokens } from "./engine.ts";
export type { Evaluation, Score } from "./evaluate/mod.ts";
export type {
  GeneratedText,
  GenerateOptions,
  GenerateSummary,
  TextConstraints,
} from "./generate/mod.ts";
export * from "./model.ts";
export * from "./optim.ts";
export { Random, type RandomState } from "./random.ts";
export { DEFAULT_TEMPERATURE, probabilities, sample, sampleToken } from "./sample.ts";
export { Tokenizer, type TokenizerKind } from "./tokenizer.ts";
export type { Normalization } from "./text/text_form.ts";
export { DivergenceError, type StepReport, train, type TrainOptions } from "./trainer.ts";
export * from "./value.ts";
