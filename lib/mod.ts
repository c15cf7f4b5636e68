/**
 * The library: a model in a few lines ({@linkcode Microgpt}), and the parts that it is made of.
 *
 * `value`, `tokenizer`, `model`, `optim` and `sample` are microgpt.py, module by module, and have
 * imports of their own for those who read them one by one. So has what few programs need:
 * `generate` and `evaluate` on parts of your own, `checkpoint` and `files` for models in files,
 * `presets` for the lists of the package, `auto` for settings, `plot` for pictures.
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
export * from "./parts.ts";
