/**
 * The messages between the page and its worker, which share one `MessagePort`. The page makes
 * calls, and each is answered once; the worker reports progress by itself, at most once per frame.
 *
 * A room adds its calls here, in a group of its own, and their handlers in `worker/`.
 *
 * @module
 */

import type { Baseline } from "../../evaluate/evaluate.ts";
import type { ListFacts } from "./facts.ts";
import type { Settings } from "./settings.ts";
import type { TextForm } from "../../text/text_form.ts";

/** How fast to train: at a speed to watch, or as fast as the engine can. */
export type Pace = "watch" | "full";

/** The state of a run. `ended` can go on with more steps; `diverged` can only start anew. */
export type RunState = "fresh" | "training" | "paused" | "ended" | "diverged";

/** What is known of a run before its first step. */
export interface RunStart {
  readonly numDocs: number;
  /** How many documents are held out; 0 if none are. */
  readonly numValDocs: number;
  readonly vocabSize: number;
  readonly numParams: number;
  /** The symbols of the vocabulary; the token id is the index. The one more is the end. */
  readonly symbols: readonly string[];
  /** The babble of the untrained model. */
  readonly babble: Babble;
  /** Its loss on what is held out. */
  readonly untrainedLoss: number | undefined;
  /** Whether the slow engine computes, as this browser lacks WebAssembly SIMD. */
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
  /** Whether it is in the list, letter by letter. */
  readonly isKnown: boolean;
}

/** A validation. */
export interface ValidationReport {
  readonly step: number;
  /** The mean over the tokens that are held out, in nats. */
  readonly loss: number;
}

/** All that has happened since the last report. */
export interface Progress {
  readonly state: RunState;
  /** How many steps have been taken, and how many there are. */
  readonly step: number;
  readonly numSteps: number;
  /** The loss and the gradient norm of each step since the last report, up to `step`. */
  readonly losses: Float64Array<ArrayBuffer>;
  readonly gradNorms: Float64Array<ArrayBuffer>;
  readonly validations: readonly ValidationReport[];
  /** Babble to keep, at the steps of `babbleSteps`. */
  readonly babble: readonly Babble[];
  /** The babble of this moment, now and then. */
  readonly live?: Babble;
  /** Steps per second, measured; 0 until there is something to measure. */
  readonly speed: number;
  /** Why training has diverged. */
  readonly problem?: string;
}

/** The calls of the rooms List and Train. */
export interface TrainCalls {
  /** Looks at a list. */
  readonly facts: (list: Uint8Array, form: TextForm) => ListFacts;
  /** Prepares a run in place of the present one. */
  readonly open: (list: Uint8Array, settings: Settings) => RunStart;
  /** Measures uniform guessing and 1- to 5-grams on what is held out; empty if nothing is. */
  readonly baselines: () => readonly Baseline[];
  /** Trains up to a step of a run that is `numSteps` long, which may be longer than before. */
  readonly train: (until: number, numSteps: number, pace: Pace) => void;
  /** Stops after the step that is being taken. */
  readonly pause: () => void;
  /** Changes the pace of training that is under way. */
  readonly setPace: (pace: Pace) => void;
  /** Goes back to the weights of step 0. */
  readonly restart: () => void;
}

/** The calls of the room Write. */
export type WriteCalls = Record<never, never>;

/** The calls of the room Look inside. */
export type InsideCalls = Record<never, never>;

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

/** What the worker sends: the answer to a call, or progress. */
export type WorkerMessage =
  | { readonly kind: "answer"; readonly id: number; readonly result: unknown }
  | { readonly kind: "failure"; readonly id: number; readonly message: string }
  | { readonly kind: "progress"; readonly progress: Progress };
