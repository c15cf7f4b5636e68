/**
 * All options: a row says what an option takes, its help, its default and what
 * a saved run does with it. Parsers, types, help and saved runs follow from it.
 *
 * @module
 */

import { DEFAULT_SIZES } from "../../config.ts";
import { ENGINE_NAMES } from "../../create_engine.ts";
import { DTYPES, LOSS_MEANS, MAX_THREADS } from "../../engine.ts";
import { PRESETS } from "../../files/presets.ts";
import { DEFAULT_TEMPERATURE } from "../../sample.ts";
import { NORMALIZATIONS } from "../../text/text_form.ts";
import { TOKENIZER_KINDS } from "../../tokenizer.ts";
import { DEFAULT_TRAIN_OPTIONS, MAX_BATCH_SIZE, SCHEDULES } from "../../trainer.ts";
import type { Options, Parsed } from "./options.ts";
import {
  choice,
  file,
  fileIn,
  fraction,
  integer,
  integerOr,
  isTime,
  number,
  regExp,
  seed,
  text,
  time,
} from "./parsers.ts";

const { nLayer, nEmbd, nHead, blockSize } = DEFAULT_SIZES;
const { numSteps, batchSize, learningRate, warmup, weightDecay } = DEFAULT_TRAIN_OPTIONS;

/** The maximum of a count. */
const MAX = 1e9;

/** The maximum block size. */
export const MAX_BLOCK_SIZE = 1_000_000;

/** The data and the form of its text. */
export const DATA_OPTIONS = {
  "preset": {
    takes: choice(Object.keys(PRESETS), "NAME"),
    help: "an included list, with its settings",
    saved: "fixed",
  },
  "column": {
    takes: text("NAME|N"),
    help: "take this column of a CSV or TSV file",
    saved: "fixed",
  },
  "normalize": {
    takes: choice(NORMALIZATIONS),
    help: "Unicode normalization",
    default: "none",
    saved: "fixed",
  },
  "lowercase": { help: "convert to lowercase", saved: "fixed" },
  "val-fraction": {
    takes: fraction,
    help: "hold out this fraction for validation (none)",
    saved: "fixed",
  },
} as const satisfies Options;

/** The sizes of the model. */
export const MODEL_OPTIONS = {
  "from": { takes: file, help: "fine-tune this saved model" },
  "n-layer": { takes: integer(1, 1000), help: "number of layers", default: nLayer, saved: "fixed" },
  "n-embd": {
    takes: integer(1, 65_536),
    help: "embedding dimension",
    default: nEmbd,
    saved: "fixed",
  },
  "n-head": {
    takes: integer(1, 65_536),
    help: "attention heads; must divide n-embd",
    default: nHead,
    saved: "fixed",
  },
  "block-size": {
    takes: integer(1, MAX_BLOCK_SIZE),
    help: "maximum sequence length in tokens",
    default: blockSize,
    saved: "fixed",
  },
  "tokenizer": {
    takes: choice(TOKENIZER_KINDS),
    help: "unit of text: characters or bytes",
    default: "char",
    saved: "fixed",
  },
} as const satisfies Options;

/** The training. */
export const TRAINING_OPTIONS = {
  "auto": { takes: time, isValue: isTime, help: "choose settings for the list, and for a time" },
  "num-steps": {
    takes: integer(1, MAX, 0),
    help: "total steps, including those before --resume",
    default: numSteps,
    saved: "changeable",
  },
  "batch-size": {
    takes: integer(1, MAX_BATCH_SIZE),
    help: "documents per step",
    default: batchSize,
    saved: "fixed",
  },
  "learning-rate": {
    takes: number(Number.MIN_VALUE, 10, 0),
    help: "highest learning rate, see --schedule",
    default: learningRate,
    saved: "fixed",
  },
  "schedule": {
    takes: choice(SCHEDULES, "NAME"),
    help: "linear, cosine or constant learning rate",
    default: SCHEDULES[0]!, // there is one
    saved: "fixed",
  },
  "warmup": {
    takes: integer(0, MAX),
    help: "raise the rate over the first N steps",
    default: warmup,
    saved: "fixed",
  },
  "weight-decay": {
    takes: number(0, 1e6),
    help: "shrink the weights by X times the rate (AdamW)",
    default: weightDecay,
    saved: "fixed",
  },
  "loss-mean": {
    takes: choice(LOSS_MEANS, "UNIT"),
    help: "equal weight per document or per token",
    default: LOSS_MEANS[0]!, // likewise
    saved: "fixed",
  },
  "reshuffle": { help: "new order of documents in each pass", saved: "fixed" },
  "ema": {
    takes: fraction,
    help: "use weights averaged with this decay (none)",
    saved: "fixed",
  },
  "seed": {
    takes: seed,
    help: "random seed, same as in Python",
    default: 42n,
    saved: "fixed",
  },
  "dtype": {
    takes: choice(DTYPES),
    help: "precision; microgpt.py uses f64",
    default: "f64",
    saved: "fixed",
  },
  "engine": {
    takes: choice(ENGINE_NAMES),
    help: "wasm is fast, scalar follows microgpt.py",
    default: "wasm",
  },
  "threads": {
    takes: integerOr("auto", 1, MAX_THREADS),
    help: "number of threads; auto uses them if faster",
    default: 1,
  },
  "patience": {
    takes: integer(1, MAX),
    help: "stop after N validations without improvement",
    saved: "changeable",
  },
} as const satisfies Options;

/** The view of a run while it trains. */
export const WATCHING_OPTIONS = {
  "log-every": { takes: integer(1, MAX), help: "print the loss every N steps (last step only)" },
  "log": {
    takes: fileIn("lines of JSON", "jsonl", "ndjson"),
    help: "write each step to FILE as JSON lines",
  },
  "plot": { takes: fileIn("SVG", "svg"), help: "plot the losses as SVG" },
  "sample-every": { takes: integer(1, MAX), help: "show samples every N steps (10 times per run)" },
} as const satisfies Options;

/** The file that a run is kept in. */
export const SAVING_OPTIONS = {
  "save": {
    takes: fileIn("safetensors", "safetensors"),
    help: "save the model at the end and on Ctrl-C",
  },
  "save-every": { takes: integer(1, MAX), help: "also save it every N steps" },
  "resume": { takes: file, help: "continue a saved run, and save it there" },
} as const satisfies Options;

/** The texts that a model is to write. */
export const GENERATION_OPTIONS = {
  "num-samples": {
    takes: integer(0, MAX),
    help: "number of texts, per prompt",
    default: 20,
    saved: "changeable",
  },
  "temperature": {
    takes: number(0, 1000),
    help: "0 = always the likeliest, 1 = as learned",
    default: DEFAULT_TEMPERATURE,
    saved: "inherited",
  },
  "top-k": {
    takes: integer(1, MAX),
    help: "choose among the N likeliest tokens",
    saved: "inherited",
  },
  "top-p": {
    takes: number(Number.MIN_VALUE, 1, 0),
    help: "choose among the likeliest that add up to X",
    saved: "inherited",
  },
  "prompt": {
    takes: text(),
    help: "continue TEXT; - reads prompts from stdin",
    saved: "changeable",
  },
  "starts-with": { takes: text(), help: "start with TEXT", saved: "changeable" },
  "ends-with": { takes: text(), help: "end with TEXT", saved: "changeable" },
  "contains": { takes: text(), help: "contain TEXT", saved: "changeable" },
  "match": {
    takes: regExp,
    help: "match a JavaScript regex; ^ and $ anchor it",
    saved: "changeable",
  },
  "min-length": { takes: integer(0, MAX), help: "at least N characters", saved: "changeable" },
  "max-length": { takes: integer(0, MAX), help: "at most N characters", saved: "changeable" },
  "unique": { help: "no text twice", saved: "changeable" },
  "new": { help: "no text of the training list", saved: "changeable" },
  "exclude": { takes: text("FILE"), help: "no line of FILE", saved: "changeable" },
} as const satisfies Options;

/** The output of every command. */
export const OUTPUT_OPTIONS = {
  "json": { help: "JSON lines on stdout" },
  "quiet": { help: "no progress or notes on stderr" },
  "color": {
    takes: choice(["auto", "always", "never"]),
    help: "color on stderr",
    default: "auto",
  },
} as const satisfies Options;

/** The options that every command has. */
export const COMMON_OPTIONS = {
  ...OUTPUT_OPTIONS,
  "help": { help: "print this help" },
  "version": { help: "print the version" },
} as const satisfies Options;

/** The options of `microgpt sample` alone. */
export const SAMPLING_OPTIONS = {
  "seed": { takes: seed, help: "random seed (continues from training)" },
  "engine": TRAINING_OPTIONS.engine,
} as const satisfies Options;

/** The options of `microgpt info` alone. */
export const INFO_OPTIONS = {
  "preset": { takes: DATA_OPTIONS.preset.takes, help: "an included list, in place of FILE" },
  "column": { takes: DATA_OPTIONS.column.takes, help: DATA_OPTIONS.column.help },
} as const satisfies Options;

/** The options of `microgpt eval` alone. */
export const EVALUATION_OPTIONS = {
  "column": INFO_OPTIONS.column,
  "per-line": { help: "score each line of the data set" },
  "engine": TRAINING_OPTIONS.engine,
} as const satisfies Options;

/** The options of `microgpt explain` alone. */
export const EXPLANATION_OPTIONS = {
  "engine": TRAINING_OPTIONS.engine,
} as const satisfies Options;

/** The options of `microgpt serve` alone. */
export const SERVING_OPTIONS = {
  "port": {
    takes: integer(0, 65_535),
    help: "port to listen on; 0 picks a free one",
    default: 8000,
  },
  "open": { help: "open the page in a browser" },
  "export": { takes: file, help: "write the page to FILE and serve nothing" },
} as const satisfies Options;

/** The options that decide what training computes. */
export const RUN_OPTIONS = {
  ...DATA_OPTIONS,
  ...MODEL_OPTIONS,
  ...TRAINING_OPTIONS,
} as const satisfies Options;

/** The options of each command. */
export const COMMAND_OPTIONS = {
  train: {
    ...RUN_OPTIONS,
    ...WATCHING_OPTIONS,
    ...SAVING_OPTIONS,
    ...GENERATION_OPTIONS,
    ...COMMON_OPTIONS,
  },
  sample: { ...GENERATION_OPTIONS, ...SAMPLING_OPTIONS, ...COMMON_OPTIONS },
  info: { ...INFO_OPTIONS, ...COMMON_OPTIONS },
  eval: { ...EVALUATION_OPTIONS, ...COMMON_OPTIONS },
  explain: { ...EXPLANATION_OPTIONS, ...COMMON_OPTIONS },
  serve: { ...SERVING_OPTIONS, ...COMMON_OPTIONS },
} as const satisfies Readonly<Record<string, Options>>;

/** The name of a command; that of `train` is not written. */
export type CommandName = keyof typeof COMMAND_OPTIONS;

/** The names of the commands. */
export const COMMAND_NAMES = Object.keys(COMMAND_OPTIONS) as readonly CommandName[]; // they are

/** Values of {@linkcode RUN_OPTIONS}. */
export type RunSettings = Parsed<typeof RUN_OPTIONS>;

/** Values of {@linkcode WATCHING_OPTIONS}. */
export type WatchSettings = Parsed<typeof WATCHING_OPTIONS>;

/** Values of {@linkcode SAVING_OPTIONS}. */
export type SaveSettings = Parsed<typeof SAVING_OPTIONS>;

/** Values of {@linkcode GENERATION_OPTIONS}. */
export type GenerationSettings = Parsed<typeof GENERATION_OPTIONS>;

/** Values of {@linkcode OUTPUT_OPTIONS}. */
export type OutputSettings = Parsed<typeof OUTPUT_OPTIONS>;
