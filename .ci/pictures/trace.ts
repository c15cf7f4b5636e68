/**
 * The numbers of the pictures: a name followed through a trained model from its tokens to its loss,
 * and a name that the model invents. They come from the engine; what it does not show is computed
 * here and compared with what it does show.
 *
 * @module
 */

import { createEngine } from "../../lib/create_engine.ts";
import { DEFAULT_SIZES, type GptConfig, initWeights, layout, numParams } from "../../lib/config.ts";
import { Docs } from "../../lib/docs.ts";
import type { Engine } from "../../lib/engine.ts";
import { Random } from "../../lib/random.ts";
import { DEFAULT_TEMPERATURE, probabilities } from "../../lib/sample.ts";
import { Tokenizer } from "../../lib/tokenizer.ts";
import { DEFAULT_TRAIN_OPTIONS, train } from "../../lib/trainer.ts";
import { ROOT } from "../scope.ts";

/** The list of the default run. */
export const NAMES = `${ROOT}/datasets/names.txt`;

/** A position of a text, and what the model makes of it. */
export interface Position {
  readonly token: number;
  /** The token that follows. */
  readonly target: number;
  /** The sum of the embeddings. */
  readonly embedded: readonly number[];
  /** That sum, normalized. */
  readonly normed: readonly number[];
  /** The attention weights of each head: one for each position so far. */
  readonly attention: readonly (readonly number[])[];
  /** The residual stream between attention and MLP. */
  readonly afterAttention: readonly number[];
  /** The numbers behind the ReLU. */
  readonly hidden: readonly number[];
  /** The residual stream at its end. */
  readonly afterMlp: readonly number[];
  readonly logits: readonly number[];
  /** The probabilities of all tokens, at temperature 1. */
  readonly probs: readonly number[];
  /** -ln of the probability of the token that follows. */
  readonly loss: number;
}

/** A token that was drawn, and its probability. */
export interface Drawn {
  readonly token: number;
  readonly p: number;
}

/** A name that is followed through the default run. */
export type NameTrace = Awaited<ReturnType<typeof traceName>>;

/** Trains the default run on names.txt, and follows a name through it. */
export async function traceName(name: string) {
  const docs = Docs.parse(await Deno.readFile(NAMES));
  const first = [0, 1, 2].map((i) => docs.at(i));
  const random = new Random(42);
  docs.shuffle(random);
  const shuffled = [0, 1, 2].map((i) => docs.at(i));
  const tokenizer = Tokenizer.fromDocs(docs);
  const { bos } = tokenizer;
  const config = { ...DEFAULT_SIZES, vocabSize: tokenizer.vocabSize };
  const engine = createEngine("wasm", config, initWeights(config, random));
  const ids = [...tokenizer.encodeDocument(name)];
  const lossBefore = engine.loss(ids);
  for (const _ of train(engine, tokenizer, docs)); // each step when the next report is asked for
  const positions = positionsOf(engine, ids);
  const { symbols } = tokenizer;
  return {
    numDocs: docs.length,
    first,
    shuffled,
    ids,
    positions,
    lossBefore,
    loss: checkedLoss(engine, ids, positions),
    drawn: drawName(engine, random, bos),
    config,
    numParams: numParams(config),
    numSteps: DEFAULT_TRAIN_OPTIONS.numSteps,
    bos,
    label: (id: number) => symbols[id] ?? "BOS",
  };
}

/** The most that two ways to compute a number may differ. */
const TOLERANCE = 1e-9;

/** Returns the engine's loss, which must be the mean of those that are shown. */
function checkedLoss(engine: Engine, ids: readonly number[], positions: readonly Position[]) {
  const loss = engine.loss(ids);
  const mean = positions.reduce((sum, p) => sum + p.loss, 0) / positions.length;
  if (Math.abs(loss - mean) <= TOLERANCE) return loss;
  throw new Error(`Cannot follow the name: its loss is ${mean}, and ${loss} to the engine`);
}

function positionsOf(engine: Engine, ids: readonly number[]): Position[] {
  const { logits, attention: [heads = []], stream } = engine.trace(ids.slice(0, -1));
  return ids.slice(0, -1).map((token, t) => {
    const [embedded, normed, afterAttention, afterMlp] = stream.map((stage) => [...stage[t]!]);
    if (!embedded || !normed || !afterAttention || !afterMlp) throw new Error("Not one layer");
    const target = ids[t + 1]!; // one more than there are positions
    const probs = [...probabilities(logits[t]!, 1)]; // as many as positions, here and below
    return {
      token,
      target,
      embedded,
      normed,
      attention: heads.map((rows) => [...rows[t]!]),
      afterAttention,
      hidden: hiddenBetween(engine, afterAttention, afterMlp),
      afterMlp,
      logits: [...logits[t]!],
      probs,
      loss: -Math.log(probs[target]!),
    };
  });
}

/** Computes the numbers behind the ReLU, which must lead from the one stage to the other. */
function hiddenBetween(engine: Engine, before: readonly number[], after: readonly number[]) {
  const { config } = engine, weights = engine.weights();
  const scale = (before.reduce((sum, x) => sum + x * x, 0) / before.length + 1e-5) ** -0.5;
  const normed = before.map((x) => x * scale);
  const hidden = product(config, weights, "layer0.mlp_fc1", normed).map((x) => Math.max(0, x));
  product(config, weights, "layer0.mlp_fc2", hidden).forEach((x, i) => {
    if (Math.abs(x + before[i]! - after[i]!) <= TOLERANCE) return; // of one length
    throw new Error(`Cannot follow the name: number ${i} after the MLP is not the engine's`);
  });
  return hidden;
}

/** A matrix of the model, times x. */
function product(config: GptConfig, weights: Float64Array, name: string, x: readonly number[]) {
  const matrix = layout(config).find((matrix) => matrix.name === name);
  if (matrix === undefined) throw new Error(`There is no matrix ${name}`);
  const { offset, nout, nin } = matrix;
  return Array.from({ length: nout }, (_, row) => {
    const from = offset + row * nin;
    return x.reduce((sum, xi, i) => sum + weights[from + i]! * xi, 0); // a row of the matrix
  });
}

/** Draws the first sample of the run, token by token. */
function drawName(engine: Engine, random: Random, bos: number): Drawn[] {
  const drawn: Drawn[] = [];
  const sequence = engine.sequence();
  let token = bos;
  do {
    const probs = [...probabilities(sequence.append(token), DEFAULT_TEMPERATURE)];
    token = random.weightedIndex(probs);
    drawn.push({ token, p: probs[token]! }); // an index
  } while (token !== bos && drawn.length < engine.config.blockSize);
  return drawn;
}
