/**
 * A run of training, one step at a time: what the command line does with the same list and
 * settings, and so with the same losses, validations and samples.
 *
 * @module
 */

import type { Best } from "../../checkpoint/checkpoint.ts";
import { type PackedList, packList } from "../../checkpoint/training_list.ts";
import { type GptConfig, initWeights, numParams } from "../../config.ts";
import { createEngine } from "../../create_engine.ts";
import { Docs } from "../../docs.ts";
import type { Engine, Tokens } from "../../engine.ts";
import { baselines, evaluate } from "../../evaluate/evaluate.ts";
import { splitDocs } from "../../evaluate/split.ts";
import { Validation } from "../../evaluate/validation.ts";
import { Random, type RandomState } from "../../random.ts";
import { sample } from "../../sample.ts";
import { bytesToForm, FoldedSet, shownText } from "../../text/text_form.ts";
import { Tokenizer } from "../../tokenizer.ts";
import { type StepReport, train } from "../../trainer.ts";
import { probeFeatures } from "../../wasm/asm/lanes.ts";
import { newThreads } from "../../wasm/threads/threads.ts";
import { WasmEngine } from "../../wasm/wasm_engine.ts";
import type {
  Babble,
  References,
  RunStart,
  Snapshot,
  ValidationReport,
} from "../shared/protocol.ts";
import type { Settings } from "../shared/settings.ts";
import { Trail } from "./trail.ts";

/** The number of samples in a row of babble: as many as the command line shows. */
const NUM_SAMPLES = 5;

/** The results of one step. */
export interface StepResult {
  readonly loss: number;
  /** NaN if it was not asked for. */
  readonly gradNorm: number;
  readonly validation: ValidationReport | undefined;
}

/** A run. Its threads, if it has some, end when it is disposed of. */
export class Run implements Disposable {
  readonly settings: Settings;
  /** All documents, shuffled. */
  readonly docs: Docs;
  readonly tokenizer: Tokenizer;
  /** The model, with the weights of the last step. */
  readonly engine: Engine;
  /** True if the slow engine computes. */
  readonly isSlow = !probeFeatures().simd;
  readonly #trainDocs: Docs;
  readonly #valDocs: Docs | undefined;
  readonly #first: Snapshot;
  readonly #details = { gradNorm: NaN };
  #dice: RandomState;
  #numSteps: number;
  #step = 0;
  #validation: Validation | undefined;
  #steps: Iterator<StepReport, void> | undefined;
  #wantsNorm = false;
  #known: FoldedSet | undefined;
  #trail: Trail;
  #packed: Promise<PackedList | undefined> | undefined;

  /**
   * Prepares a run.
   *
   * @param list The list, one document per line.
   * @param settings All settings, each in its range.
   * @throws {RangeError} If there are no documents, too few to hold some out, or the model is too
   * large.
   * @throws {TypeError} If the list is not UTF-8 and tokens are characters.
   */
  constructor(list: Uint8Array, settings: Settings) {
    const { seed, valFraction, tokenizer, nLayer, nEmbd, nHead, blockSize } = settings;
    const random = new Random(seed);
    const docs = Docs.parse(bytesToForm(list, settings));
    if (docs.length === 0) throw new RangeError("Cannot train: there are no documents");
    docs.shuffle(random);
    const split = valFraction === 0 ? undefined : splitDocs(docs, valFraction, seed);
    this.settings = settings;
    this.docs = docs;
    this.#trainDocs = split?.trainDocs ?? docs;
    this.#valDocs = split?.valDocs;
    this.tokenizer = Tokenizer.fromDocs(docs, tokenizer);
    const config = { nLayer, nEmbd, nHead, blockSize, vocabSize: this.tokenizer.vocabSize };
    const weights = initWeights(config, random);
    this.engine = this.#newTrainingEngine(weights, config);
    this.#dice = random.getstate();
    this.#first = this.snapshot();
    this.#trail = new Trail(weights);
    this.#numSteps = settings.numSteps;
    this.#validation = this.#newValidation(undefined);
  }

  /** The number of steps that have been taken. */
  get step(): number {
    return this.#step;
  }

  /** Makes an engine of the kind that the run has, with weights of its own. */
  newEngine(weights: Float64Array, config: GptConfig = this.engine.config): Engine {
    return this.isSlow
      ? createEngine("scalar", config, weights)
      : createEngine("wasm", config, weights, this.settings.dtype);
  }

  /**
   * Makes the engine that trains. Where the page is isolated, its steps are shared between threads
   * as soon as that is faster, which it never is for steps of one document.
   */
  #newTrainingEngine(weights: Float64Array, config: GptConfig): Engine {
    const { batchSize, dtype } = this.settings;
    const threads = this.isSlow || batchSize === 1 ? undefined : newThreads("auto");
    return threads === undefined
      ? this.newEngine(weights, config)
      : new WasmEngine(config, weights, { dtype, threads });
  }

  /** Ends the threads; the run can go on without them. */
  [Symbol.dispose](): void {
    this.engine[Symbol.dispose]();
  }

  /** The number of all steps. */
  get numSteps(): number {
    return this.#numSteps;
  }

  /** The random numbers that samples are drawn with: those that follow the weights'. */
  get dice(): RandomState {
    return this.#dice;
  }

  /** The best weights so far, by the documents that are held out. */
  get best(): Best | undefined {
    return this.#validation?.best;
  }

  /** Describes the run as it is before its first step. */
  describe(): RunStart {
    const { engine, tokenizer } = this;
    return {
      numDocs: this.#trainDocs.length,
      numValDocs: this.#valDocs?.length ?? 0,
      vocabSize: tokenizer.vocabSize,
      numParams: numParams(engine.config),
      symbols: tokenizer.symbols,
      babble: this.babble(),
      isSlow: this.isSlow,
    };
  }

  /** Measures what to hold the run against, before its first step. */
  references(): References {
    if (this.#valDocs === undefined) return { baselines: [], untrainedLoss: undefined };
    const { engine, tokenizer } = this;
    return {
      baselines: baselines(this.#trainDocs, this.#valDocs, tokenizer, engine.config.blockSize),
      untrainedLoss: evaluate(engine, tokenizer, this.#valDocs).loss,
    };
  }

  /**
   * Makes the run longer, or shorter, as `--resume` with `--num-steps` does.
   *
   * @param numSteps How many steps there are in all.
   */
  setLength(numSteps: number): void {
    if (numSteps === this.#numSteps) return;
    this.#numSteps = numSteps;
    this.#steps = undefined;
    this.#validation = this.#newValidation(this.best);
  }

  /** Goes back to the weights of step 0. */
  restart(): void {
    this.restore(this.#first);
  }

  /** The weights at moments of the run; of one that was restored, since then and at step 0. */
  get trail(): Trail {
    return this.#trail;
  }

  /** Copies what training has changed. */
  snapshot(): Snapshot {
    return { state: this.engine.state(), best: this.best, dice: this.#dice };
  }

  /**
   * Goes to where a run of the same list and settings was.
   *
   * @throws {TypeError} If the model of that run has other sizes.
   */
  restore({ state, best, dice }: Snapshot): void {
    this.engine.restore(state);
    this.#dice = dice;
    this.#step = state.steps;
    this.#steps = undefined;
    this.#validation = this.#newValidation(best);
    this.#trail = new Trail(this.#first.state.weights);
  }

  /** Packs the distinct documents, as a file of the model has them. */
  packed(): Promise<PackedList | undefined> {
    return this.#packed ??= packList(this.docs);
  }

  /**
   * Takes a step, unless all have been taken.
   *
   * @param wantsNorm Whether to compute the gradient norm, which costs a fifth of a step.
   * @throws {DivergenceError} If the loss is not finite. The weights are those of the step before.
   */
  takeStep(wantsNorm: boolean): StepResult | undefined {
    this.#steps ??= this.#train();
    this.#wantsNorm = wantsNorm;
    const { value: report } = this.#steps.next();
    if (report === undefined) return undefined;
    const { step, loss } = report;
    this.#step = step;
    this.#trail.notice(step, this.#numSteps, () => this.engine.weights());
    const evaluation = this.#validation?.after(step, step === this.#numSteps);
    return {
      loss,
      gradNorm: wantsNorm ? this.#details.gradNorm : NaN,
      validation: evaluation && { step, loss: evaluation.loss },
    };
  }

  /** Finds the documents and the learning rate of the next step, if there is one; takes none. */
  nextStep(): { batch: readonly Tokens[]; learningRate: number } | undefined {
    const taken: { batch: readonly Tokens[]; learningRate: number }[] = [];
    const step: Engine["step"] = (batch, learningRate) => taken.push({ batch, learningRate });
    this.#trainWith(step).next();
    return taken[0];
  }

  /** Draws samples from the model as it is now, each time with the same random numbers. */
  babble(): Babble {
    const random = new Random(0);
    random.setstate(this.dice);
    const texts = Array.from({ length: NUM_SAMPLES }, () => {
      const sampled = sample(this.engine, this.tokenizer, random, this.settings.temperature);
      const text = shownText(sampled, this.settings);
      return { text, isKnown: this.known.has(text) };
    });
    return { step: this.#step, texts };
  }

  /** The documents: those that count as the same text are one, whatever their form. */
  get known(): FoldedSet {
    return this.#known ??= new FoldedSet(this.docs);
  }

  #train(): Iterator<StepReport, void> {
    return this.#trainWith((batch, learningRate) =>
      this.engine.step(batch, learningRate, this.#wantsNorm ? this.#details : undefined)
    );
  }

  #trainWith(step: Engine["step"]): Iterator<StepReport, void> {
    const { config } = this.engine;
    const options = { ...this.settings, numSteps: this.#numSteps, stepsDone: this.#step };
    return train({ config, step }, this.tokenizer, this.#trainDocs, options);
  }

  /** Validates ten times per run, as the command line does. */
  #newValidation(best: Best | undefined): Validation | undefined {
    const every = Math.ceil(this.#numSteps / 10);
    return this.#valDocs &&
      new Validation(this.engine, this.tokenizer, this.#valDocs, every, best);
  }
}
