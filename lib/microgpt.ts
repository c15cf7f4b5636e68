/**
 * The front door: a {@linkcode Microgpt} is a trained model with its vocabulary, the list it was
 * trained on and its random numbers. It trains, generates, scores, and becomes a file and back.
 *
 * The parts it is made of (engine, tokenizer, documents, random numbers) are exported, too, for
 * those who want to put them together in another way.
 *
 * @example Names in the style of a list
 * ```ts
 * import { Microgpt } from "@x/microgpt/lib";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const names = ["anna", "hanna", "johanna", "susanna", "marianna", "joanna"];
 * const gpt = await Microgpt.train(names, { numSteps: 200 });
 * for (const { text } of gpt.generate({ numSamples: 5, new: true, startsWith: "ha" })) {
 *   assert(text.startsWith("ha") && text !== "hanna");
 * }
 *
 * const saved = Microgpt.fromBytes(gpt.toBytes()); // with Deno.writeFile and Deno.readFile between
 * assertEquals(saved.score("susanna"), gpt.score("susanna"));
 * assert(saved.score("susanna").perplexity < saved.score("nnasusa").perplexity);
 * ```
 *
 * @module
 */

import {
  type Best,
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
  usedWeights,
} from "./checkpoint/checkpoint.ts";
import { sha256 } from "./checkpoint/sha256.ts";
import { packList, unpackList, unpackTextSync } from "./checkpoint/training_list.ts";
import { DEFAULT_SIZES, type GptConfig, initWeights } from "./config.ts";
import { assertFits, createEngine, type EngineName, type NumThreads } from "./create_engine.ts";
import { Docs } from "./docs.ts";
import { assertInteger, type Dtype, type Engine } from "./engine.ts";
import { evaluate, type Evaluation } from "./evaluate/evaluate.ts";
import { explain, type Explanation } from "./evaluate/explain.ts";
import { type Score, score } from "./evaluate/score.ts";
import { splitDocs } from "./evaluate/split.ts";
import { Validation } from "./evaluate/validation.ts";
import {
  extendWeights,
  inheritSettings,
  mergeTokenizers,
  type Model,
  type TrainedModel,
} from "./fine_tuning.ts";
import {
  exclusion,
  generate,
  type GeneratedText,
  type GenerateOptions,
  type GenerateSummary,
} from "./generate/generate.ts";
import type { TextConstraints } from "./generate/constraints.ts";
import { assertSampling } from "./generate/token_choice.ts";
import { assertOptions, formOf, type OptionNames, settingsOf } from "./options.ts";
import { Random } from "./random.ts";
import {
  bytesToForm,
  fold,
  FoldedSet,
  type Normalization,
  shownText,
  type TextForm,
  toForm,
} from "./text/text_form.ts";
import { assertList } from "./text/foreign.ts";
import { kindOf } from "./text/quote.ts";
import { Tokenizer, type TokenizerKind } from "./tokenizer.ts";
import { DEFAULT_TRAIN_OPTIONS, type StepReport, train, type TrainOptions } from "./trainer.ts";

/** Texts to learn from: one by one, or a whole file with one per line. */
export type Texts = Iterable<string> | string | Uint8Array | Docs;

/** Settings of a model and its training, named as the options of the command line. */
export interface MicrogptOptions
  extends Partial<Omit<GptConfig, "vocabSize">>, Partial<Omit<TrainOptions, "stepsDone">> {
  /** The kind of tokens: characters, unless this says byte. */
  readonly tokenizer?: TokenizerKind;
  /**
   * A trained model to go on from. Its sizes, its kind of tokens and the form of its texts remain;
   * characters that it does not know, and positions of a larger `blockSize`, get fresh weights.
   */
  readonly from?: Microgpt;
  /** The precision of the numbers: f64, as in the original, or f32, which is faster. */
  readonly dtype?: Dtype;
  /** The engine that computes: wasm, which is fast, or scalar, which is readable. */
  readonly engine?: EngineName;
  /**
   * The number of threads that train: 1 unless it is given, at most 64; with `auto` one or those
   * of the machine, whichever is faster. The results are the same bit for bit, see
   * {@linkcode EngineOptions.threads}.
   */
  readonly threads?: NumThreads;
  /** The seed of all random numbers: 42, unless it is given. */
  readonly seed?: number | bigint;
  /** The Unicode normalization of the texts: none, unless it is given. */
  readonly normalize?: Normalization;
  /** True to convert the texts to lower case. */
  readonly lowercase?: boolean;
  /** The part of the documents to hold out, above 0 and below 1. The best weights are kept. */
  readonly valFraction?: number;
  /** The number of validations without improvement to stop after; there are 10 per run. */
  readonly patience?: number;
  /** The temperature that texts are generated with, unless another one is given then. */
  readonly temperature?: number;
  /** The number of tokens to draw from, likewise. */
  readonly topK?: number;
  /** The probability of the tokens to draw from, likewise. */
  readonly topP?: number;
  /** Called after each step. */
  readonly onStep?: (report: TrainingReport) => void;
  /** A signal that stops training: the promise is rejected with its reason. */
  readonly signal?: AbortSignal;
}

/** The report of a step, with the validation that followed it, if there was one. */
export interface TrainingReport extends StepReport {
  /** The model's losses on the documents that are held out. */
  readonly validation?: Evaluation;
}

/** Constraints on the texts to generate. */
export interface TextOptions extends GenerateOptions {
  /**
   * True if no text may be in the list that the model was trained on. Texts that differ only in
   * case or Unicode form count as the same. An empty text is never new.
   */
  readonly new?: boolean;
  /** The seed of other random numbers; without it, those of training go on. */
  readonly seed?: number | bigint;
}

const { stepsDone: _, ...ofTrainer } = DEFAULT_TRAIN_OPTIONS;

/** The options of training. */
const TRAINING: OptionNames<MicrogptOptions> = {
  ...DEFAULT_SIZES,
  ...ofTrainer,
  ...{ tokenizer: 0, from: 0, dtype: 0, engine: 0, threads: 0, normalize: 0, lowercase: 0 },
  ...{ valFraction: 0, patience: 0, temperature: 0, topK: 0, topP: 0, onStep: 0, signal: 0 },
};

/** The options of reading a model. */
const READING: OptionNames<Pick<MicrogptOptions, "engine" | "seed">> = { engine: 0, seed: 0 };

/** The options of generation. */
const GENERATION: OptionNames<TextOptions> = {
  ...{ numSamples: 0, temperature: 0, topK: 0, topP: 0, seed: 0, prompt: 0, startsWith: 0 },
  ...{ endsWith: 0, contains: 0, match: 0, minLength: 0, maxLength: 0, unique: 0, new: 0 },
  ...{ exclude: 0, maxTries: 0, composed: 0 },
};

/** Training lets the event loop run so often, in milliseconds: once per frame of a page. */
const MAX_WAIT = 16;

/** A trained model. */
export class Microgpt {
  /**
   * The model, with the weights to use: the best ones if documents were held out, or their average
   * if that was asked for.
   */
  readonly engine: Engine;
  /** The vocabulary. */
  readonly tokenizer: Tokenizer;
  /** The random numbers that the next texts are drawn with. */
  readonly random: Random;
  readonly #checkpoint: Checkpoint;
  readonly #form: TextForm;
  /** The training list, as a set, once somebody has asked for it. */
  #trainingTexts: ReadonlySet<string> | undefined;
  /** The same, however its texts are written. */
  #known: FoldedSet | undefined;

  private constructor(checkpoint: Checkpoint, engine: EngineName, seed: number | bigint) {
    const { config, dtype, tokenizer, run } = checkpoint;
    const precision = engine === "scalar" ? "f64" : dtype; // f64 holds all numbers of f32
    this.engine = createEngine(engine, config, usedWeights(checkpoint), precision);
    this.tokenizer = tokenizer;
    this.random = new Random(seed);
    if (run !== undefined) this.random.setstate(run.random);
    this.#checkpoint = checkpoint;
    this.#form = formOf(run?.settings);
  }

  /**
   * Trains a model on a list of texts: shuffles it, holds a part out if asked to, and keeps the
   * weights that were best on that part. The event loop runs every 16 ms, so that pages paint and
   * signals arrive. For the same seed the results are those of the command line.
   *
   * @param texts The texts. A line break ends one; white space around them is stripped.
   * @param options Settings; those not given are microgpt.py's.
   * @throws {RangeError} If there are no texts, an option is out of range, or another one than that
   * of the model to go on from.
   * @throws {TypeError} If there is no such option; or if the texts are not UTF-8 and tokens are
   * characters, or no texts at all, such as a compressed file: the message says what they are.
   * @throws {DivergenceError} If the loss is not finite any more: lower the learning rate.
   * @throws {NoWasmError} If this platform cannot run the engine: `engine: "scalar"` runs anywhere.
   * @throws {Error} If one of several threads fails.
   */
  static async train(texts: Texts, options: MicrogptOptions = {}): Promise<Microgpt> {
    assertOptions("Cannot train", options, TRAINING);
    const { seed = 42, dtype = "f64", engine: name = "wasm", valFraction = 0, threads } = options;
    assertPatience(options.patience, valFraction);
    assertSampling(options); // not after hours
    const { from, ...given } = options;
    const model = from === undefined ? undefined : from.#model();
    const settings = model === undefined ? given : { ...given, ...inheritSettings(model, given) };
    const { normalize = "none", lowercase = false } = settings;
    const bytes = bytesOf("Cannot train", texts);
    assertList(bytes, options.tokenizer);
    const docs = Docs.parse(bytesToForm(bytes, { normalize, lowercase }));
    const random = new Random(seed);
    docs.shuffle(random);
    const { trainDocs, valDocs } = valFraction === 0
      ? { trainDocs: docs, valDocs: undefined }
      : splitDocs(docs, valFraction, seed);
    const { config, tokenizer, weights: initial } = beginning(model, settings, docs, random);
    const engine = threads === undefined
      ? createEngine(name, config, initial, dtype)
      : await createEngine(name, config, initial, dtype, { threads });
    const best = await trainEngine(engine, tokenizer, trainDocs, valDocs, settings)
      .finally(() => engine[Symbol.dispose]());
    const { weights, ...state } = engine.state();
    const checkpoint = {
      config,
      dtype,
      tokenizer,
      weights,
      best,
      trainingList: await packList(docs),
      run: {
        state,
        random: random.getstate(),
        dataset: { path: "-", sha256: await sha256(bytes) },
        settings: settingsOf(settings),
        ...(from !== undefined && { from: "-" }),
      },
    };
    return new Microgpt(checkpoint, name, seed);
  }

  /**
   * Reads a model from the bytes of a file: one that {@linkcode Microgpt.toBytes} or `--save` made.
   *
   * @param bytes The whole file; it can be from anywhere.
   * @param options The engine to run it with, and the seed if training has left no random numbers.
   * @throws {TypeError} If there is no such option, or this is no `Uint8Array`.
   * @throws {SyntaxError} If it is not safetensors.
   * @throws {RangeError} If it is cut off, or not the file of a model.
   * @throws {NoWasmError} If this platform cannot run the engine: `engine: "scalar"` runs anywhere.
   */
  static fromBytes(
    bytes: Uint8Array,
    options: Pick<MicrogptOptions, "engine" | "seed"> = {},
  ): Microgpt {
    assertOptions("Cannot read the model", options, READING);
    const { engine = "wasm", seed = 42 } = options;
    return new Microgpt(decodeCheckpoint(bytes), engine, seed);
  }

  /**
   * Writes the model as a file of safetensors, which the command line can sample from, evaluate
   * and, given the same texts again, train further.
   */
  toBytes(): Uint8Array<ArrayBuffer> {
    return encodeCheckpoint(this.#checkpoint);
  }

  /** Returns the distinct texts it was trained on; `undefined` if the file it is from has none. */
  trainingTexts(): ReadonlySet<string> | undefined {
    const { trainingList } = this.#checkpoint;
    if (trainingList !== undefined) this.#trainingTexts ??= new Set(unpackList(trainingList));
    return this.#trainingTexts;
  }

  /**
   * Generates texts, each when the next one is asked for. With no option but `numSamples` and
   * `temperature` these are the samples of the original.
   *
   * @param options The constraints and settings; temperature, `topK` and `topP` default to those of training.
   * @returns The texts; in the end, how the search went.
   * @throws {TypeError} If there is no such option, or `exclude` is one text and not a set.
   * @throws {RangeError} If an option is out of range, no text can satisfy the constraints, or
   * `new` is asked of a model without its training list.
   */
  *generate(options: TextOptions = {}): Generator<GeneratedText, GenerateSummary, void> {
    assertOptions("Cannot generate", options, GENERATION);
    const { new: isNew = false, seed, unique, exclude, ...rest } = options;
    const settings = this.#checkpoint.run?.settings;
    const setting = (name: string) => settings?.has(name) ? Number(settings.get(name)) : undefined;
    const isUnwanted = this.#newFilter({ isNew, unique, exclude });
    const random = seed === undefined ? this.random : new Random(seed);
    const texts = generate(this.engine, this.tokenizer, random, {
      temperature: setting("temperature"),
      topK: setting("top-k"),
      topP: setting("top-p"),
      ...rest,
      ...this.#inForm(rest),
      composed: this.#form.normalize === "nfd",
      exclude: isUnwanted,
    });
    for (let next = texts.next();; next = texts.next()) {
      if (next.done === true) return next.value;
      yield { ...next.value, text: this.#shown(next.value.text) };
    }
  }

  /**
   * Scores a text: how likely the model is to write it.
   *
   * @param text The text.
   * @throws {RangeError} If it has a character that is not in the vocabulary.
   */
  score(text: string): Score {
    return score(this.engine, this.tokenizer, toForm(text, this.#form));
  }

  /**
   * Explains how the model reads a text: what it expects at each position, and where it looks.
   *
   * @param text The text; of a longer one than the block holds, its beginning.
   * @throws {RangeError} If it has a character that is not in the vocabulary.
   */
  explain(text: string): Explanation {
    return explain(this.engine, this.tokenizer, text, this.#form);
  }

  /**
   * Evaluates the model on other texts.
   *
   * @param texts The texts: to be honest, none that it was trained on.
   * @throws {RangeError} If there are none, or one has a character that is not in the vocabulary.
   * @throws {TypeError} If they are no texts, as in {@linkcode Microgpt.train}.
   */
  evaluate(texts: Texts): Evaluation {
    const bytes = bytesOf("Cannot evaluate the model", texts);
    assertList(bytes, this.tokenizer.kind);
    const docs = Docs.parse(bytesToForm(bytes, this.#form));
    return evaluate(this.engine, this.tokenizer, docs);
  }

  /** Returns the model to go on from, with the weights that are used. */
  #model(): TrainedModel {
    const { config, tokenizer } = this.#checkpoint;
    return { config, tokenizer, weights: usedWeights(this.#checkpoint), form: this.#form };
  }

  /** Writes a text of the model as people do. */
  #shown(text: string): string {
    return shownText(text, this.#form);
  }

  /** Brings the texts of constraints into the form of the model's. */
  #inForm(constraints: TextConstraints): TextConstraints {
    const names = ["prompt", "startsWith", "endsWith", "contains"] as const;
    const given = names.filter((name) => constraints[name] !== undefined);
    return Object.fromEntries(given.map((name) => [name, toForm(constraints[name]!, this.#form)])); // given
  }

  /** Makes a function that tells which texts to reject, judging them as people see them. */
  #newFilter(
    { isNew, unique, exclude }: Pick<TextOptions, "unique" | "exclude"> & {
      readonly isNew: boolean;
    },
  ): (text: string) => boolean {
    const known = isNew ? this.#knownTexts() : undefined;
    const seen = new FoldedSet();
    const isExcluded = exclusion(exclude);
    return (tokens) => {
      const text = this.#shown(tokens), key = fold(text);
      if (isNew && key === "") return true;
      if (known?.hasFolded(key) || seen.hasFolded(key) || isExcluded(text)) return true;
      if (unique) seen.add(text);
      return false;
    };
  }

  /** The training list as people see it. */
  #knownTexts(): FoldedSet {
    const { trainingList } = this.#checkpoint;
    if (trainingList === undefined) {
      throw new RangeError(
        "Cannot tell what is new: the model has no training list: exclude a list of your own",
      );
    }
    return this.#known ??= FoldedSet.ofLines(this.#shown(unpackTextSync(trainingList)));
  }
}

/** Checks the number of validations after which training stops. */
function assertPatience(patience: number | undefined, valFraction: number): void {
  if (patience === undefined) return;
  if (valFraction === 0) {
    throw new RangeError("Cannot train: patience needs valFraction, the part to validate with");
  }
  if (patience !== Infinity) assertInteger("Cannot train: patience", patience, 1);
}

/** Trains an engine, and finds the best weights if documents are held out. */
async function trainEngine(
  engine: Engine,
  tokenizer: Tokenizer,
  docs: Docs,
  valDocs: Docs | undefined,
  options: MicrogptOptions,
): Promise<Best | undefined> {
  const { numSteps = DEFAULT_TRAIN_OPTIONS.numSteps, patience = Infinity, onStep, signal } =
    options;
  const every = Math.ceil(numSteps / 10);
  const validation = valDocs && new Validation(engine, tokenizer, valDocs, every, undefined);
  signal?.throwIfAborted();
  let rested = performance.now();
  for (const report of train(engine, tokenizer, docs, options)) {
    const evaluation = validation?.after(report.step, report.step === numSteps);
    onStep?.(evaluation === undefined ? report : { ...report, validation: evaluation });
    if (evaluation !== undefined && validation!.fruitless(report.step) >= patience) break; // it made one
    if (performance.now() - rested > MAX_WAIT) {
      await new Promise((resolve) => setTimeout(resolve));
      signal?.throwIfAborted();
      rested = performance.now();
    }
  }
  return validation?.best;
}

/** Turns texts into the bytes of a file with one per line. */
function bytesOf(action: string, texts: Texts): Uint8Array {
  if (texts instanceof Uint8Array) return texts;
  if (typeof texts?.[Symbol.iterator] !== "function") {
    throw new TypeError(
      `${action}: the texts must be a list of strings, a string or a Uint8Array: ` +
        `they are ${kindOf(texts)}`,
    );
  }
  return new TextEncoder().encode(typeof texts === "string" ? texts : [...texts].join("\n"));
}

/** Makes the model to train: a new one, or one that goes on with these documents. */
function beginning(
  model: TrainedModel | undefined,
  settings: MicrogptOptions,
  docs: Docs,
  random: Random,
): Model {
  const own = Tokenizer.fromDocs(docs, settings.tokenizer);
  const tokenizer = model === undefined ? own : mergeTokenizers(model.tokenizer, own);
  const config = sizesOf(settings, tokenizer.vocabSize);
  assertFits(settings.engine ?? "wasm", config, settings.dtype); // before there are weights
  const weights = model === undefined
    ? initWeights(config, random)
    : extendWeights(model, tokenizer, config.blockSize, random);
  return { config, tokenizer, weights };
}

function sizesOf(options: MicrogptOptions, vocabSize: number): GptConfig {
  const { nLayer, nEmbd, nHead, blockSize } = { ...DEFAULT_SIZES, ...options };
  return { vocabSize, nLayer, nEmbd, nHead, blockSize };
}
