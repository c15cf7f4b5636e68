/**
 * microgpt: the most atomic way to train and run a GPT, in TypeScript.
 *
 * @example A model of names, in a few lines
 * ```ts
 * import {
 *   createEngine, DEFAULT_SIZES, Docs, initWeights, Random, sample, Tokenizer, train,
 * } from "@x/microgpt";
 * import { assertEquals } from "@std/assert";
 *
 * const random = new Random(42);
 * const docs = Docs.from(["anna", "hanna", "johanna"]);
 * docs.shuffle(random);
 * const tokenizer = Tokenizer.fromDocs(docs);
 * const config = { ...DEFAULT_SIZES, vocabSize: tokenizer.vocabSize };
 * const engine = createEngine("wasm", config, initWeights(config, random));
 * for (const _ of train(engine, tokenizer, docs, { numSteps: 100 }));
 * assertEquals(sample(engine, tokenizer, random, 0), "anna");
 * ```
 *
 * @module
 */

export * from "./checkpoint.ts";
export * from "./constraints.ts";
export * from "./create_engine.ts";
export * from "./docs.ts";
export * from "./engine.ts";
export * from "./evaluate.ts";
export * from "./generate.ts";
export * from "./model.ts";
export * from "./nearest_document.ts";
export * from "./ngram.ts";
export * from "./optim.ts";
export * from "./plot.ts";
export * from "./random.ts";
export * from "./sample.ts";
export * from "./scalar_engine.ts";
export * from "./score.ts";
export * from "./split.ts";
export * from "./text_form.ts";
export * from "./tokenizer.ts";
export * from "./trainer.ts";
export * from "./training_list.ts";
export * from "./value.ts";
