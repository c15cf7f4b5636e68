/**
 * The negative control: where there is nothing to learn but the frequencies, no
 * model may claim to have learned more. Documents are drawn from sources whose
 * entropy is known, and the losses of all models are held against it.
 *
 * How much chance can do: for any model that has not seen the documents, the mean
 * of p(documents) / p(documents | source) over what the source draws is 1 at most,
 * so that by Markov's inequality a model beats the source by x nats in all with a
 * probability of e^-x at most.
 */

import { assert, assertEquals } from "@std/assert";
import { createEngine } from "../../lib/create_engine.ts";
import type { Docs } from "../../lib/docs.ts";
import { baselines, evaluate } from "../../lib/evaluate/evaluate.ts";
import { DEFAULT_SIZES, initWeights } from "../../lib/config.ts";
import { Random } from "../../lib/random.ts";
import { splitDocs } from "../../lib/evaluate/split.ts";
import { Tokenizer } from "../../lib/tokenizer.ts";
import { train } from "../../lib/trainer.ts";
import { assertClose } from "../helpers/assert.ts";
import { newRandom } from "../helpers/random.ts";
import {
  draw,
  fixedSource,
  geometricSource,
  type Source,
  truthOf,
} from "../helpers/document_source.ts";

/** By how many nats no model beats a source, but for once in e²⁵ = 7e10 times. */
const LUCK = 25;

interface Control {
  readonly source: Source;
  readonly blockSize: number;
  /** Tells if one list is split: not where the short documents are duplicates, or it would choose among them. */
  readonly isSplit: boolean;
}

/**
 * Training weighs each document alike, evaluation each token. Where the lengths vary the model
 * so gives the end of short documents more than its due. Hence documents of one length, or the
 * same for most of them, as the block truncates them.
 */
const CONTROLS: readonly Control[] = [
  { source: fixedSource(10, 8), blockSize: 16, isSplit: true },
  { source: fixedSource(4, 20), blockSize: 8, isSplit: true },
  { source: geometricSource(26, 1 / 27), blockSize: 8, isSplit: false },
  { source: geometricSource(8, 1 / 20), blockSize: 8, isSplit: false },
];

/** Documents to train on and a third as many to validate with. */
function drawDocs(
  { source, isSplit }: Control,
  random: Random,
): { trainDocs: Docs; valDocs: Docs } {
  if (isSplit) return splitDocs(draw(source, 6000, random), 0.25, random.getrandbits(32));
  return { trainDocs: draw(source, 4500, random), valDocs: draw(source, 1500, random) };
}

for (const control of CONTROLS) {
  const { source, blockSize } = control;
  const where = `${source.name}, blockSize ${blockSize}`;

  Deno.test(`A trained model comes within 2 % of the entropy and not below it: ${where}`, () => {
    const random = new Random(42); // a known seed: how well training goes is not a matter of luck
    const { trainDocs, valDocs } = drawDocs(control, random);
    const tokenizer = Tokenizer.fromDocs(trainDocs);
    const config = { ...DEFAULT_SIZES, blockSize, vocabSize: tokenizer.vocabSize };
    const engine = createEngine("wasm", config, initWeights(config, random));
    for (const _ of train(engine, tokenizer, trainDocs, { batchSize: 8 }));

    const { loss, numTokens } = evaluate(engine, tokenizer, valDocs);

    const truth = truthOf(source, valDocs, blockSize);
    assertEquals(numTokens, truth.numTokens);
    assertClose(truth.loss, truth.entropy, 5 * truth.deviation + 1e-6, "what the source drew");
    const ratio = numTokens * loss / truth.entropy;
    assert(ratio < 1.02 + 5 * truth.deviation / truth.entropy, `${ratio} of the entropy`);
    const gain = truth.loss - numTokens * loss;
    assert(gain < LUCK, `${gain} nats better than the source`);
  });

  Deno.test(`No n-gram comes below the entropy: ${where}`, () => {
    const { trainDocs, valDocs } = drawDocs(control, newRandom(where));
    const tokenizer = Tokenizer.fromDocs(trainDocs);
    const truth = truthOf(source, valDocs, blockSize);
    const gains = ({ name, loss }: { name: string; loss: number }) =>
      [name, truth.loss - truth.numTokens * loss] as const;
    for (const [name, gain] of baselines(trainDocs, valDocs, tokenizer, blockSize).map(gains)) {
      assert(gain < LUCK, `${name}: ${gain} nats better than the source`);
    }
    // The control can fail: with the documents leaked, counting does beat the source.
    const leaked = baselines(valDocs, valDocs, tokenizer, blockSize).map(gains);
    const [name, gain] = leaked.at(-1)!; // a table of 6
    assert(gain > 4 * LUCK, `${name} with a leak: ${gain} nats better than the source`);
  });
}
