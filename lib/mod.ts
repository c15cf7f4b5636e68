/**
 * microgpt: the most atomic way to train and run a GPT, in TypeScript.
 *
 * This is what a first sample needs. The rest has imports of its own, so that
 * nobody loads what he does not use: `@x/microgpt/generate` steers what is
 * written, `checkpoint` keeps models, `evaluate`, `split` and `ngram` judge them,
 * `plot` draws, `text-form` normalises.
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

export * from "./microgpt.ts";
export * from "./config.ts";
export * from "./create_engine.ts";
export * from "./docs.ts";
export * from "./engine.ts";
export * from "./model.ts";
export * from "./optim.ts";
export * from "./random.ts";
export * from "./sample.ts";
export * from "./scalar_engine.ts";
export * from "./tokenizer.ts";
export * from "./trainer.ts";
export * from "./value.ts";
