/**
 * Writes with the model of a run, as the command line does: with the same random numbers, and at
 * the end of a run with its best weights. The weights are copied, so that a run can go on training
 * while it writes.
 *
 * @module
 */

import { documentLength, type Engine } from "../../engine.ts";
import { Constraints } from "../../generate/constraints.ts";
import { generate, type GeneratedText, type GenerateSummary } from "../../generate/generate.ts";
import { DocumentIndex } from "../../generate/nearest_document.ts";
import { Random } from "../../random.ts";
import { fold, FoldedSet, shownText, toForm } from "../../text/text_form.ts";
import type { Next, Written, WrittenText } from "../shared/protocol.ts";
import type { Wish } from "../shared/wish.ts";
import type { Run } from "./run.ts";

/** The time that it writes before it answers, in milliseconds: training goes on in between. */
const SLICE = 40;

/** Weights, and the step that they are from. */
interface Weights {
  readonly step: number;
  readonly weights: Float64Array;
}

/** A wish that is not finished yet. */
interface Task {
  readonly wish: Wish;
  readonly model: Weights;
  readonly random: Random;
  readonly results: Generator<GeneratedText, GenerateSummary, void>;
  numFound: number;
  numTries: number;
}

/** Writes with the model of a run. */
export class Writer {
  /** The run. */
  readonly run: Run;
  #engine: Engine | undefined;
  /** The weights that the engine has. */
  #loaded: Float64Array | undefined;
  #present: Weights | undefined;
  #texts: ReadonlySet<string> | undefined;
  #index: DocumentIndex | undefined;
  #task: Task | undefined;
  /** The wish that the random numbers were drawn for. */
  #asked = "";

  /** @param run The run. */
  constructor(run: Run) {
    this.run = run;
  }

  /**
   * Begins to write. The same wish of the same model goes on where it ended, any other one begins
   * with the random numbers that the command line begins with.
   *
   * @param wish What is wanted.
   * @throws {RangeError} If no text can be what is wanted, or the model has diverged.
   */
  begin(wish: Wish): Written {
    const model = this.#weightsNow();
    const asked = JSON.stringify([model.step, this.run.numSteps, { ...wish, numSamples: 0 }]);
    const random = this.#task?.random ?? new Random(0);
    if (asked !== this.#asked) random.setstate(this.run.dice);
    this.#asked = asked;
    const formed = this.#formed(wish);
    const results = this.#generate(formed, this.#engineWith(model), random);
    this.#task = { wish: formed, model, random, results, numFound: 0, numTries: 0 };
    return this.goOn();
  }

  /** Goes on with what was begun last. */
  goOn(): Written {
    const task = this.#task;
    if (task === undefined) throw new Error("Cannot go on: nothing has been begun");
    const engine = this.#engineWith(task.model);
    const stopAt = performance.now() + SLICE;
    const texts: WrittenText[] = [];
    let end: Written["end"];
    do {
      const { done, value } = task.results.next();
      task.numTries = value.numTries;
      if (done) end = value.end;
      else {
        task.numFound++;
        texts.push(this.#judge(engine, value.ids));
      }
    } while (end === undefined && performance.now() < stopAt);
    return { step: task.model.step, texts, numTries: task.numTries, end };
  }

  /** Generates texts, which are compared as they are shown. */
  #generate(wish: Wish, engine: Engine, random: Random): Task["results"] {
    const written = new FoldedSet();
    const exclude = (text: string) => {
      const shown = this.#shown(text);
      if (wish.new && (fold(shown) === "" || this.run.known.has(shown))) return true;
      if (wish.unique && written.has(shown)) return true;
      written.add(shown);
      return false;
    };
    const options = { ...wish, unique: false, exclude };
    return generate(engine, this.run.tokenizer, random, options);
  }

  /**
   * Looks at what can come after the beginning of a text.
   *
   * @param wish What is wanted; the text begins with its prompt, or what it has to start with.
   * @param taken The tokens after that.
   * @throws {RangeError} If no text can be what is wanted, or the tokens are not allowed.
   */
  next(wish: Wish, taken: readonly number[]): Next {
    const { tokenizer, engine: { config } } = this.run;
    const formed = this.#formed(wish);
    const constraints = new Constraints(formed, tokenizer, config.blockSize);
    const guide = constraints.steering === "none" ? undefined : constraints.guide();
    const beginning = constraints.prefix;
    const model = this.#weightsNow();
    const engine = this.#engineWith(model);
    const isEnded = taken.at(-1) === tokenizer.bos;
    const ids = [...beginning, ...isEnded ? taken.slice(0, -1) : taken];
    for (const id of ids) guide?.append(id);
    const text = this.#shown(tokenizer.decode(ids));
    const next = { step: model.step, text };
    if (isEnded || ids.length >= config.blockSize) {
      return { ...next, whole: this.#judge(engine, ids) };
    }
    const sequence = engine.sequence();
    let logits = sequence.append(tokenizer.bos);
    for (const id of ids) logits = sequence.append(id);
    const allowed = guide && Uint8Array.from(guide.allowed);
    return { ...next, choice: { logits: logits.slice(), ...allowed && { allowed } } };
  }

  /** The facts about a text, as the command line's `--json` gives them. */
  #judge(engine: Engine, ids: readonly number[]): WrittenText {
    const { tokenizer } = this.run;
    const tokens = [tokenizer.bos, ...ids, tokenizer.bos];
    const loss = engine.loss(tokens);
    const text = this.#shown(tokenizer.decode(ids));
    this.#index ??= new DocumentIndex([...this.#list].sort());
    return {
      text,
      logProb: -loss * documentLength(tokens, engine.config),
      perplexity: Math.exp(loss),
      isKnown: this.run.known.has(text),
      nearest: this.#index.nearest(text)?.text ?? "",
    };
  }

  /** The distinct texts of the list, as they are shown. */
  get #list(): ReadonlySet<string> {
    return this.#texts ??= new Set(Array.from(this.run.docs, (text) => this.#shown(text)));
  }

  #shown(text: string): string {
    return shownText(text, this.run.settings);
  }

  /** Brings the texts of a wish into the form of the model's. */
  #formed(wish: Wish): Wish {
    const formed = (text: string | undefined) => text && toForm(text, this.run.settings);
    const { prompt, startsWith, endsWith, contains } = wish;
    return {
      ...wish,
      prompt: formed(prompt),
      startsWith: formed(startsWith),
      endsWith: formed(endsWith),
      contains: formed(contains),
    };
  }

  /** The weights to write with: at the end of a run its best ones, until then the present ones. */
  #weightsNow(): Weights {
    const { best, step, numSteps, engine } = this.run;
    if (best !== undefined && step === numSteps) return best;
    if (this.#present?.step !== step) this.#present = { step, weights: engine.weights() };
    return this.#present;
  }

  /** An engine of its own: that of the run may be trained before the text is finished. */
  #engineWith({ weights }: Weights): Engine {
    if (this.#engine === undefined) this.#engine = this.run.newEngine(weights);
    else if (this.#loaded !== weights) {
      const m = new Float64Array(weights.length), v = m;
      this.#engine.restore({ steps: 0, weights, m, v, mScale: 1, vScale: 1 });
    }
    this.#loaded = weights;
    return this.#engine;
  }
}
