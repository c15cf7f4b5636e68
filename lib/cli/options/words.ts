/**
 * Words that people type, and what they mean by them: those of other programs, those that a shell
 * was expected to replace, those that a word processor has set in type.
 *
 * @module
 */

import { asWord } from "../../text/quote.ts";
import { PRESETS } from "../../files/presets.ts";
import { editDistance } from "../../text/edit_distance.ts";
import { nearest } from "../../text/nearest.ts";
import type { Correction } from "./parsers.ts";

/** Names of ours, and what other programs call them. */
type Synonyms = Readonly<Record<string, string>>;

const OPTION_WORDS: Synonyms = {
  "num-steps": "epoch epochs iter iters iterations max-iters max-steps",
  "learning-rate": "alpha lr rate",
  "batch-size": "bs",
  "schedule": "lr-schedule lr-scheduler scheduler",
  "warmup": "num-warmup-steps warm-up warmup-steps",
  "weight-decay": "adamw decay wd",
  "loss-mean": "loss-reduction reduction",
  "reshuffle": "shuffle",
  "ema": "average averaging ema-decay polyak swa",
  "n-embd": "d-model dim embedding-dim hidden hidden-size width",
  "n-head": "head heads",
  "n-layer": "depth layer layers",
  "block-size": "context context-length ctx max-seq-len seq-len",
  "val-fraction": "holdout split test-size validation validation-split",
  "patience": "early-stopping",
  "num-samples": "amount count n number",
  "min-length": "min-characters min-chars min-len",
  "max-length": "len length max-characters max-chars max-len max-new-tokens max-tokens",
  "starts-with": "prefix",
  "ends-with": "suffix",
  "match": "grep pattern regex regexp",
  "from": "base fine-tune finetune init-from pretrained",
  "save": "o out output",
  "resume": "checkpoint continue load",
  "log-every": "verbose",
  "quiet": "q silent",
  "color": "colors no-color",
  "preset": "list-presets lists presets",
  "help": "? usage",
  "version": "v",
};

/** Options of other programs that are words by themselves here. */
const FILE_WORDS = "data dataset f file i input m model".split(" ");

const COMMAND_WORDS: Synonyms = {
  "train": "fit learn",
  "sample": "complete gen generate infer inference predict write",
  "eval": "evaluate judge score test validate",
  "explain": "attention look trace why",
  "info": "describe inspect show stats",
  "serve": "browser gui page playground ui web",
  "help": "man usage",
  "version": "",
  "--resume": "continue resume",
  "--from": "adapt fine-tune finetune tune",
  "--preset": "list lists preset presets",
};

/** The words behind a word. */
const OPERANDS: Readonly<Record<string, readonly string[]>> = {
  "sample": ["MODEL"],
  "eval": ["MODEL"],
  "explain": ["MODEL", "TEXT"],
  "--resume": ["MODEL"],
  "--from": ["MODEL"],
  "info": ["FILE"],
};

const COMMANDS = Object.keys(COMMAND_WORDS);
const PRESET_NAMES = Object.keys(PRESETS);

/** Signs that a shell, or a word processor, would have replaced. */
const UNREPLACED: readonly (readonly [RegExp, string])[] = [
  [/^[a-z][a-z\d+.-]+:\/\//i, "it is an address: download it first, then name the file"],
  [/^~/, "the shell has not replaced ~: it does at the start of a word only, not in quotes"],
  [/\$[\w{]|%\w+%/, "the shell has not replaced the variable: it does not in single quotes"],
  [/^[“”„«‘‚]|[“”»’]$/, "the quotes are typographic: the shell knows ' and \" only"],
  [/[*?]/, "the shell has not replaced * or ?: name one file"],
  [/^\s|\s$/, "there is white space around the name"],
];

/** Says what an option may mean that a command does not have, of those that it has. */
export function optionHint(option: string, names: readonly string[]): string {
  if (/\s/.test(option)) return ": an option and its value are two words";
  const name = option.replace(/^-+/, "").toLowerCase();
  if (FILE_WORDS.includes(name)) return ": a file is named without an option";
  const guess = meant(name, OPTION_WORDS, names) ?? nearestSynonym(name, OPTION_WORDS, names);
  if (guess !== undefined) return `: did you mean --${guess}?`;
  return /^-[^-].|\./.test(option) ? `: a file of that name is ${asWord(`./${option}`)}` : "";
}

/** Finds the command, or the option in its place, that a word may mean. */
export function commandMeant(word: string): string | undefined {
  return isPath(word) ? undefined : meant(word.toLowerCase(), COMMAND_WORDS, COMMANDS);
}

function isPath(word: string): boolean {
  return /[\\/.]/.test(word);
}

/** The meaning of a path that leads nowhere. */
export interface Meaning {
  /** The reason, for a message. */
  readonly why: string;
  /** The words to type, if they are clear. */
  readonly correct?: Correction;
}

/** Finds what a path may mean that leads nowhere. */
export function pathMeant(path: string): Meaning | undefined {
  const [, why] = UNREPLACED.find(([pattern]) => pattern.test(path)) ?? [];
  if (why !== undefined) return { why };
  if (PRESET_NAMES.includes(path)) return { why: `--preset ${path} trains on the included list` };
  return path === "help" ? { why: "--help prints the help" } : undefined;
}

/** Finds what the name of a file to describe may mean, if there is none. */
export function describedMeant(word: string): Meaning | undefined {
  if (!PRESET_NAMES.includes(word)) return pathMeant(word);
  return { why: includedList(word), correct: inPlaceOf(word, ["--preset", word]) };
}

function includedList(name: string): string {
  return `${name} is a list that is included`;
}

/** Finds what the name of a list to train on may mean, if there is no such file. */
export function datasetMeant(word: string): Meaning | undefined {
  const [, why] = UNREPLACED.find(([pattern]) => pattern.test(word)) ?? [];
  if (why !== undefined) return { why };
  const name = word.toLowerCase().replace(/^.*[\\/]|\.txt$/g, "");
  if (name === "names") {
    return { why: "without a data set it takes names.txt", correct: inPlaceOf(word, []) };
  }
  const commands = isPath(word) ? [] : COMMANDS;
  const guess = meant(name, COMMAND_WORDS, [...PRESET_NAMES, ...commands]);
  if (guess === undefined || isPath(word) && isOther(name, guess)) return undefined;
  if (PRESET_NAMES.includes(guess)) {
    const correct = inPlaceOf(word, ["--preset", guess]);
    return { why: includedList(guess), correct };
  }
  const correct = inPlaceOf(word, [guess, ...(OPERANDS[guess] ?? [])]);
  return { why: "check the path", correct };
}

/** Tells if the name of a file is one of its own, such as `places` beside `plants`. */
function isOther(name: string, guess: string): boolean {
  return !guess.includes(name) && editDistance(name, guess) > 1;
}

/** Puts words in the place of one of the command line; a command comes first. */
export function inPlaceOf(word: string, words: readonly string[]): Correction {
  const [first = ""] = words;
  return COMMANDS.includes(first) && !first.startsWith("-")
    ? (argv) => [first, ...replaced(argv, word, words.slice(1))]
    : (argv) => replaced(argv, word, words);
}

function replaced(argv: readonly string[], word: string, words: readonly string[]): string[] {
  const i = argv.lastIndexOf(word); // what comes before may be the value of an option
  if (i >= 0) return argv.toSpliced(i, 1, ...words);
  const isValue = (arg: string) => arg.startsWith("--") && arg.endsWith(`=${word}`);
  return argv.map((arg) => isValue(arg) ? arg.slice(0, -word.length) + words.join(" ") : arg);
}

/** Finds the name that a word means: its own, one that other programs call so, or the nearest. */
function meant(word: string, synonyms: Synonyms, names: readonly string[]): string | undefined {
  if (word === "") return undefined;
  return names.find((name) => name === word) ??
    names.find((name) => synonyms[name]?.split(" ").includes(word)) ??
    nearest(word, names);
}

/** Finds the name that a misspelled word of another program means. */
function nearestSynonym(
  word: string,
  synonyms: Synonyms,
  names: readonly string[],
): string | undefined {
  const isOther = Object.values(synonyms).some((words) => words.split(" ").includes(word));
  if (isOther || word.length < 5) return undefined; // to a short word too many are near
  const words = names.flatMap((name) => synonyms[name]?.split(" ") ?? []);
  const guess = nearest(word, words);
  return guess && names.find((name) => synonyms[name]?.split(" ").includes(guess));
}
