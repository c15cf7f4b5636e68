/**
 * The messages between the page and its worker, which share one `MessagePort`. The page makes
 * calls, and each is answered once; the worker reports progress by itself, at most once per frame.
 *
 * A room adds its calls here, in a group of its own, and their handlers in `worker/`.
 *
 * @module
 */

import type { Best } from "../../checkpoint/checkpoint.ts";
import type { EngineState } from "../../engine.ts";
import type { Baseline } from "../../evaluate/evaluate.ts";
import type { RandomState } from "../../random.ts";
import type { TextForm } from "../../text/text_form.ts";
import type { ListFacts } from "./facts.ts";
import type { Settings } from "./settings.ts";
import type { Wish } from "./wish.ts";

/** The speed of training: slow enough to watch, or as fast as the engine can. */
export type Pace = "watch" | "full";

/** The state of a run. `ended` can go on with more steps; `diverged` can only start anew. */
export type RunState = "fresh" | "training" | "paused" | "ended" | "diverged";

/** Facts about a run before its first step. */
export interface RunStart {
  readonly numDocs: number;
  /** The number of documents that are held out; 0 if none are. */
  readonly numValDocs: number;
  readonly vocabSize: number;
  readonly numParams: number;
  /** The symbols of the vocabulary; the token id is the index. The one more is the end. */
  readonly symbols: readonly string[];
  /** The babble of the untrained model. */
  readonly babble: Babble;
  /** True if the slow engine computes, as this browser lacks WebAssembly SIMD. */
  readonly isSlow: boolean;
}

/** A few samples, drawn with the same random numbers at each step. */
export interface Babble {
  readonly step: number;
  readonly texts: readonly BabbleText[];
}

/** A sample. */
export interface BabbleText {
  readonly text: string;
  /** True if it is in the list: see `fold`. */
  readonly isKnown: boolean;
}

/** A validation. */
export interface ValidationReport {
  readonly step: number;
  /** The mean over the tokens that are held out, in nats. */
  readonly loss: number;
}

/** Yardsticks for the losses of a run, measured on the documents that it holds out. */
export interface References {
  /** Uniform guessing and 1- to 5-grams; empty if nothing is held out. */
  readonly baselines: readonly Baseline[];
  /** The loss of the model before its first step. */
  readonly untrainedLoss: number | undefined;
}

/** All that has happened since the last report. */
export interface Progress {
  readonly state: RunState;
  /** The number of steps that have been taken, and of all. */
  readonly step: number;
  readonly numSteps: number;
  /** The loss of each step since the last report, up to `step`. */
  readonly losses: Float64Array<ArrayBuffer>;
  /** The gradient norm of each of these steps; NaN where it was not computed, which costs time. */
  readonly gradNorms: Float64Array<ArrayBuffer>;
  readonly validations: readonly ValidationReport[];
  /** Babble to keep, at the steps of `babbleSteps`. */
  readonly babble: readonly Babble[];
  /** The babble of this moment, now and then. */
  readonly live?: Babble;
  /** Steps per second, measured; 0 until there is something to measure. */
  readonly speed: number;
  /** The reason why training has diverged. */
  readonly problem?: string;
}

/** Everything that training has changed: with it a run goes on where it was. */
export interface Snapshot {
  readonly state: EngineState;
  /** The best weights so far, if documents are held out. */
  readonly best: Best | undefined;
  /** The random numbers that samples are drawn with. */
  readonly dice: RandomState;
}

/** Options of the command line without their dashes, as they are written. */
export type OptionTexts = ReadonlyMap<string, string>;

/** A file of a model: what is known of its run. */
export interface ModelFile {
  readonly options: OptionTexts;
  readonly snapshot: Snapshot;
  /** The list that it has learned. */
  readonly dataset: { readonly path: string; readonly sha256: string };
  /** Its distinct documents, one per line, if they are in the file. */
  readonly texts: Uint8Array<ArrayBuffer> | undefined;
}

/** The notes in a file of a model. */
export interface FileNotes {
  readonly options: OptionTexts;
  /** The list, as the command line finds it. */
  readonly dataset: { readonly path: string; readonly sha256: string };
  /** The name and the version of the program. */
  readonly program: string;
}

/** The calls of the rooms List and Train. */
export interface TrainCalls {
  /** Looks at a list. */
  readonly facts: (list: Uint8Array, form: TextForm) => ListFacts;
  /** Prepares a run in place of the present one, from its start or where it was. */
  readonly open: (list: Uint8Array, settings: Settings, snapshot?: Snapshot) => RunStart;
  /** Measures what to hold a run against; the present run is not touched. */
  readonly references: (list: Uint8Array, settings: Settings) => References;
  /** Trains up to a step of a run that is `numSteps` long, which may be longer than before. */
  readonly train: (until: number, numSteps: number, pace: Pace) => void;
  /** Stops after the step that is being taken. */
  readonly pause: () => void;
  /** Changes the pace of training that is under way. */
  readonly setPace: (pace: Pace) => void;
  /** Changes how often progress is reported: once per frame, unless this says otherwise. */
  readonly setReportInterval: (milliseconds: number) => void;
  /** Goes back to the weights of step 0. */
  readonly restart: () => void;
  /** Draws samples from the model as it is now. */
  readonly babble: () => Babble;
  /** Copies what training has changed. */
  readonly snapshot: () => Snapshot;
  /** Writes the model as a file of the command line. */
  readonly encodeModel: (notes: FileNotes) => Uint8Array<ArrayBuffer>;
  /** Reads a file of the command line; the present run stays. */
  readonly decodeModel: (bytes: Uint8Array) => ModelFile;
}

/** A text that the model has written, with the facts that the command line's `--json` gives. */
export interface WrittenText {
  readonly text: string;
  /** The natural logarithm of its probability at temperature 1. */
  readonly logProb: number;
  readonly perplexity: number;
  /** True if it is in the list. */
  readonly isKnown: boolean;
  /** The line of the list that is most like it. */
  readonly nearest: string;
}

/** Some of the texts that were wanted. */
export interface Written {
  /** The step of the weights that wrote them. */
  readonly step: number;
  readonly texts: readonly WrittenText[];
  /** The number of texts written so far, rejected ones included. */
  readonly numTries: number;
  /** The reason why nothing more will come; `undefined` if there is more. See `GenerateSummary`. */
  readonly end: "found" | "tries" | "exhausted" | undefined;
}

/** The tokens that can follow the beginning of a text. */
export interface Next {
  /** The step of the weights. */
  readonly step: number;
  /** The beginning. */
  readonly text: string;
  /** The logits of what comes next, and for each token 0 if it must not come. */
  readonly choice?: { readonly logits: Float64Array; readonly allowed?: Uint8Array };
  /** The whole text, if nothing comes next. */
  readonly whole?: WrittenText;
}

/** The calls of the room Write. */
export interface WriteCalls {
  /** Begins to write; answers after a moment with what has been written. */
  readonly write: (wish: Wish) => Written;
  /** Goes on with what was begun last. */
  readonly writeOn: () => Written;
  /** Looks at what comes after the given beginning and some tokens, of which BOS is the end. */
  readonly next: (wish: Wish, taken: readonly number[]) => Next;
}

/** The numbers that the model computes for a text. */
export interface Look {
  readonly step: number;
  /** The tokens: BOS, the text, and BOS once more if it is whole and the context has room. */
  readonly ids: readonly number[];
  /** The number of tokens that the model has read: all but the last one, which it has to predict. */
  readonly numRead: number;
  /** True if the text is longer than what is looked at. */
  readonly isCut: boolean;
  /** For each token that is read, the logits of what comes next. */
  readonly logits: readonly Float64Array[];
  /** The attention weights: `attention[layer][head][t][u]`. See `Trace`. */
  readonly attention: readonly (readonly (readonly Float64Array[])[])[];
  /** The length of the residual stream's vector: `norms[stage][t]`. See `Trace`. */
  readonly norms: readonly (readonly number[])[];
}

/** Embeddings in two dimensions, now and at moments before. */
export interface Cloud {
  /** The part of the spread that the two axes show. */
  readonly share: number;
  /** The points of each moment, the present one last: x and y in turn. */
  readonly trail: readonly Float32Array[];
}

/** All embeddings. */
export interface Embeddings {
  readonly step: number;
  /** Those of the tokens, BOS last. */
  readonly letters: Cloud;
  readonly positions: Cloud;
}

/** The place of a weight: a matrix of the model, and a row and a column of it, from 0. */
export interface WeightPlace {
  readonly matrix: string;
  readonly row: number;
  readonly column: number;
}

/** A weight, and what the next step does to it. */
export interface WeightFacts {
  readonly step: number;
  readonly numSteps: number;
  /** The matrices of the model, with their sizes. */
  readonly matrices: readonly {
    readonly name: string;
    readonly nout: number;
    readonly nin: number;
  }[];
  /** The place of the weight: the one that was asked for, if there is such a place. */
  readonly place: WeightPlace;
  readonly weight: number;
  /** Adam's moments now. */
  readonly m: number;
  readonly v: number;
  /** The weight at moments of the run, the present one last: steps and weights in turn. */
  readonly trail: Float64Array;
  /** The next step; `undefined` if all have been taken. */
  readonly next: WeightStep | undefined;
}

/** The effect of a step on a weight. */
export interface WeightStep {
  /** The first of its documents, and how many there are. */
  readonly document: string;
  readonly numDocs: number;
  readonly gradient: number;
  /** Adam's moments after it, and without their bias. */
  readonly m: number;
  readonly v: number;
  readonly mHat: number;
  readonly vHat: number;
  readonly learningRate: number;
  /** The weight after it. */
  readonly weight: number;
}

/** The calls of the room Look inside. */
export interface InsideCalls {
  /** Finds a text of the list to begin with. */
  readonly example: () => string;
  /** Runs the model, as it is now, over a text. */
  readonly look: (text: string) => Look;
  /** Brings the embeddings into two dimensions. */
  readonly embeddings: () => Embeddings;
  /** Looks at a weight, and tries what the next step would do to it. */
  readonly weight: (place: WeightPlace) => WeightFacts;
}

/** All calls, by name. */
export interface Calls extends TrainCalls, WriteCalls, InsideCalls {}

/** The name of a call. */
export type CallName = keyof Calls;

/** Functions that answer calls. */
export type Handlers<C> = {
  readonly [Name in keyof C]: C[Name] extends (...args: infer Args) => infer Result
    ? (...args: Args) => Result | Promise<Result>
    : never;
};

/** A call as it is sent. */
export interface CallMessage {
  /** Numbers the call, for its answer. */
  readonly id: number;
  readonly name: CallName;
  readonly args: readonly unknown[];
}

/** A message of the worker: the answer to a call, or progress. */
export type WorkerMessage =
  | { readonly kind: "answer"; readonly id: number; readonly result: unknown }
  | { readonly kind: "failure"; readonly id: number; readonly message: string }
  | { readonly kind: "progress"; readonly progress: Progress };
