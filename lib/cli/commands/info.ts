/**
 * `microgpt info FILE`: describes a model or a data set.
 *
 * @module
 */

import { DEFAULT_SIZES, numParams } from "../../config.ts";
import type { Docs } from "../../docs.ts";
import { countDistinct } from "../../evaluate/split.ts";
import { loadCheckpointHeader } from "../../files/checkpoint_file.ts";
import { escapeUnseen, quote } from "../../text/quote.ts";
import { shownSymbol } from "../../text/symbol.ts";
import { forEachCodePoint } from "../../text/utf8.ts";
import { type AutoFacts, autoFacts } from "../../auto/facts.ts";
import { autoOptions, wordsOf } from "../training/auto.ts";
import { commandLine } from "../program.ts";
import type { InfoCommand } from "../options/commands.ts";
import { camelCase } from "../options/options.ts";
import { presetOptions } from "../options/preset.ts";
import {
  dataOf,
  type DataSource,
  isBlockSize,
  isModel,
  openData,
  tooLong,
  type TrainingData,
  unseenAdvice,
} from "../training/training_data.ts";
import { newTalk, Results } from "../terminal/output.ts";
import type { ListTalk } from "../text_input.ts";

/** Names and values, in order. */
export type Facts = readonly (readonly [name: string, value: string | number | object])[];

/**
 * Runs the command.
 *
 * @throws {Deno.errors.BrokenPipe} If nobody reads stdout any more.
 * @throws {Error} If something fails; the message is for the user.
 */
export async function runInfo({ file, preset, column, json }: InfoCommand): Promise<void> {
  const facts = file !== undefined && column === undefined && await isModel(file)
    ? await modelFacts(file)
    : await datasetFacts({ dataset: file, preset }, column);
  const results = new Results();
  if (json) {
    results.json(Object.fromEntries(facts.map(([name, value]) => [camelCase(name), value])));
  } else {
    for (const [name, value] of facts) {
      for (const item of Array.isArray(value) ? value : [value]) {
        results.line(lineOf(name, item));
      }
    }
  }
  results.flush();
}

/** Writes a fact on one line; what a file says must not steer the terminal, nor hide on it. */
function lineOf(name: string, value: string | number | object): string {
  switch (name) {
    case "characters":
      return `${name}: ${characters(Object.entries<number>(value as Record<string, number>))}`;
    case "training list":
      return `${name}: ${value === 1 ? "1 text" : `${value} texts`}`;
    case "share cut by block size":
      return `share cut by the default --block-size ${DEFAULT_SIZES.blockSize}: ${value}`;
    default:
      return `${name}: ${
        escapeUnseen(typeof value === "object" ? JSON.stringify(value) : String(value))
      }`;
  }
}

/** The maximum number of characters that are listed with their counts. */
const MANY_COUNTS = 50;

/** Lists the most frequent characters, and how often they occur. */
function characters(counts: readonly (readonly [character: string, count: number])[]): string {
  const sorted = counts.toSorted(([, m], [, n]) => n - m); // an object has its digits first
  const items = sorted.slice(0, MANY_COUNTS).map(([character, n]) => `${byItself(character)} ${n}`);
  const more = counts.length - items.length;
  return `${items.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** Writes a character so that it can be told from the text around it. */
function byItself(character: string): string {
  if (/[\d,"]/.test(character)) return quote(character);
  if (escapeUnseen(character) === character) return shownSymbol(character);
  return `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`; // there is one
}

/**
 * Finds the facts about a model.
 *
 * @throws {Error} If it cannot be read, or is not one.
 */
export async function modelFacts(path: string): Promise<Facts> {
  const checkpoint = await loadCheckpointHeader(path);
  const { config, dtype, tokenizer, best, trainingList, run, program } = checkpoint;
  return [
    ["kind", "model"],
    ["saved by", program || "unknown"],
    ["num params", numParams(config)],
    ["n layer", config.nLayer],
    ["n embd", config.nEmbd],
    ["n head", config.nHead],
    ["block size", config.blockSize],
    ["vocab size", config.vocabSize],
    ["dtype", dtype],
    ["tokenizer", tokenizer.kind],
    ["vocabulary", tokenizer.symbols.join("")],
    ...(trainingList === undefined ? [] : [["training list", trainingList.count] as const]),
    ...(run === undefined ? [] : [
      ["steps", run.state.steps],
      ...(best === undefined
        ? []
        : [["best step", best.step], ["best validation loss", best.loss]] as const),
      ...(run.from === undefined ? [] : [["from", run.from]] as const),
      ["dataset", run.dataset.path],
      ["dataset sha256", run.dataset.sha256],
      ["settings", Object.fromEntries(run.settings)],
    ] as const),
  ];
}

/** The maximum number of characters that are listed. */
const MANY = 20;

/** The number of ends of documents that are looked at at once. */
const MANY_SPANS = 1 << 12;

/** With fewer documents a model memorizes them. */
const FEW = 300;

/**
 * Finds the facts about a data set, advice, and the command that `--auto` stands for; of an
 * included list, the command with its own settings.
 *
 * @param column The column of a table, as an option.
 * @throws {Error} If it cannot be read, there is nothing in it, or it is not text.
 */
export async function datasetFacts(source: DataSource, column?: string): Promise<Facts> {
  const notes: string[] = [];
  const about: ListTalk = { note: (message) => notes.push(message), options: ["column"] };
  const data = await openData(source, newTalk(true, new Results()), { column }, about);
  const { docs, isOdd, path } = data;
  const statistics = statisticsOf(docs);
  const { counts, lengths } = statistics;
  const numCharacters = lengths.reduce((sum, length) => sum + length, 0);
  const numUnique = countDistinct(docs);
  const { preset } = source;
  const settings = preset === undefined ? [] : presetOptions(preset).map(([name]) => name);
  const advice = [
    ...notes,
    ...(isOdd ? [] : unseenAdvice([...counts.keys()], path)), // a note has said why
    ...(isOdd ? [] : lengthAdvice(lengths, counts.size + 1)),
    ...adviceFor(statistics, numUnique),
  ];
  return [
    ["kind", "data set"],
    ["num docs", docs.length],
    ["num duplicates", docs.length - numUnique],
    ["num characters", numCharacters],
    ["vocab size", counts.size + 1],
    ["characters", Object.fromEntries(counts)],
    ["shortest", lengths[0]!], // there is a document, here and below
    ["mean length", Number((numCharacters / docs.length).toFixed(2))],
    ["median length", lengths[lengths.length >> 1]!],
    ["longest", lengths.at(-1)!],
    ["share cut by block size", Number(shareCut(lengths, DEFAULT_SIZES.blockSize).toFixed(4))],
    ["advice", advice.filter((line) => !settings.some((name) => line.startsWith(`--${name} `)))],
    [
      "command",
      preset !== undefined
        ? commandLine(["--preset", preset, "--new", "--unique"])
        : await commandFor(data, column, {
          numDocs: docs.length,
          numDistinct: numUnique,
          longest: lengths.at(-1)!, // there is a document
          meanLength: numCharacters / docs.length,
          vocabSize: counts.size + 1,
        }),
    ],
  ];
}

/**
 * Writes the command that trains on a data set with settings that suit it.
 *
 * @param column The column that has been taken.
 * @param facts The facts about the data set; another column that is advised has facts of its own.
 */
async function commandFor(
  { path, bytes, column: advised }: TrainingData,
  column: string | undefined,
  facts: AutoFacts,
): Promise<string> {
  const taken = advised === undefined
    ? undefined
    : await dataOf(bytes, path, { column: advised }, {});
  const options = new Map(
    autoOptions(taken === undefined ? facts : autoFacts(taken.docs, taken.codes.length + 1)),
  );
  const name = advised ?? column;
  if (name !== undefined) options.set("column", name);
  return commandLine([
    ...wordsOf(options),
    path.startsWith("-") && path !== "-" ? `./${path}` : path,
  ]);
}

/** Statistics of a data set; the most frequent characters and the shortest documents are first. */
type Statistics = ReturnType<typeof statisticsOf>;

/** Measures documents as bytes: strings of five million of them take most of a GB. */
function statisticsOf(docs: Docs) {
  const countOf = new Uint32Array(0x110000);
  const lengths = new Uint32Array(docs.length);
  for (let i = 0; i < docs.length; i++) {
    forEachCodePoint(docs.bytesAt(i), (code) => {
      countOf[code]!++;
      lengths[i]!++;
    });
  }
  const counts: [string, number][] = [];
  countOf.forEach((count, code) => {
    if (count > 0) counts.push([String.fromCodePoint(code), count]);
  });
  counts.sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return { docs, counts: new Map(counts), lengths: lengths.sort() };
}

/** Returns the share of documents whose end a model with this block size never sees. */
function shareCut(lengths: Uint32Array, blockSize: number): number {
  return lengths.filter((length) => length >= blockSize).length / lengths.length;
}

/** Suggests a block size. */
function lengthAdvice(lengths: Uint32Array, vocabSize: number): string[] {
  const longest = lengths.at(-1)!; // there is a document
  if (longest < DEFAULT_SIZES.blockSize) return [];
  const most = lengths[Math.ceil(0.99 * lengths.length) - 1]! + 1; // in bounds
  const fits = (blockSize: number) =>
    isBlockSize(blockSize, { ...DEFAULT_SIZES, vocabSize }, { engine: "wasm", dtype: "f64" });
  const isMost = most < longest + 1 && fits(most);
  if (fits(longest + 1)) {
    const enough = isMost ? `, ${most} for 99 % of them` : "";
    return [`--block-size ${longest + 1} holds all documents whole${enough}`];
  }
  const enough = [`--block-size ${most} holds 99 % of the documents whole`];
  return [...(isMost ? enough : []), tooLong(longest)];
}

/** Suggests settings for a data set. */
function adviceFor({ docs, counts }: Statistics, numUnique: number): string[] {
  const characters = [...counts.keys()];
  const advice: string[] = [];
  if (hasDecomposed(docs)) {
    advice.push("--normalize nfc joins some letters with their marks");
  }
  if (
    characters.some((character) => isHangul(character) && character !== character.normalize("NFD"))
  ) {
    advice.push("--normalize nfd learns Hangul letter by letter, not by syllables");
  }
  const lower = new Set(characters.map((character) => character.toLowerCase()));
  if (lower.size < characters.length) {
    advice.push(
      `--lowercase leaves ${lower.size} characters to learn instead of ${characters.length}`,
    );
  }
  const rare = [...counts].filter(([, count]) => count < 3).map(([character]) => character);
  if (rare.length > 0) {
    const more = rare.length > MANY ? ` and ${rare.length - MANY} more` : "";
    advice.push(
      `characters that occur once or twice cannot be learned: ${
        rare.slice(0, MANY).join(" ")
      }${more}`,
    );
  }
  if (numUnique < FEW) {
    advice.push(
      `there are few distinct documents, ${numUnique}: the model may memorize them`,
    );
  }
  return advice;
}

function isHangul(text: string): boolean {
  return /\p{Script=Hangul}/u.test(text);
}

/** Looks for a document that NFC would change, except for those with Hangul. */
function hasDecomposed(docs: Docs): boolean {
  const { bytes, spans } = docs;
  const decoder = new TextDecoder();
  const isNfc = (text: string) => text === text.normalize("NFC");
  for (let i = 0; i < spans.length; i += MANY_SPANS) { // many at once, which is much faster
    const end = Math.min(i + MANY_SPANS, spans.length);
    if (isNfc(decoder.decode(bytes.subarray(spans[i], spans[end - 1])))) continue;
    for (let k = i; k < end; k += 2) {
      const text = decoder.decode(bytes.subarray(spans[k], spans[k + 1]));
      if (!isNfc(text) && !isHangul(text)) return true;
    }
  }
  return false;
}
