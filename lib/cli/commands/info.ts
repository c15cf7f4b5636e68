/**
 * `microgpt info FILE`: tell what a model or a data set is.
 *
 * @module
 */

import { DEFAULT_SIZES, numParams } from "../../config.ts";
import type { Docs } from "../../docs.ts";
import { loadCheckpointHeader } from "../../files/checkpoint_file.ts";
import { forEachCodePoint } from "../../text/utf8.ts";
import type { InfoCommand } from "../options/commands.ts";
import { camelCase } from "../options/options.ts";
import { newTalk, Results } from "../terminal/output.ts";
import { isModel, newTokenizer, openData } from "../training/training_data.ts";

/** Names and values, in order. */
export type Facts = readonly (readonly [name: string, value: string | number | object])[];

/**
 * Runs the command.
 *
 * @throws {Deno.errors.BrokenPipe} If nobody reads stdout any more.
 * @throws {Error} If something fails; the message is for the user.
 */
export async function runInfo({ file, json }: InfoCommand): Promise<void> {
  const facts = await isModel(file) ? await modelFacts(file) : await datasetFacts(file);
  const results = new Results();
  if (json) {
    results.line(JSON.stringify(Object.fromEntries(facts.map(([k, v]) => [camelCase(k), v]))));
  } else {
    for (const [name, value] of facts) {
      for (const item of Array.isArray(value) ? value : [value]) {
        results.line(`${name}: ${shown(item)}`);
      }
    }
  }
  results.flush();
}

/** Control characters, and those that change the direction of text. */
const UNSEEN = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** Writes a value on one line; what a file says must not steer the terminal. */
function shown(value: string | number | object): string {
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  const hex = (character: string) => character.charCodeAt(0).toString(16).padStart(4, "0");
  return text.replace(UNSEEN, (character) => `\\u${hex(character)}`);
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
      ["dataset", run.dataset.path],
      ["dataset sha256", run.dataset.sha256],
      ["settings", Object.fromEntries(run.settings)],
    ] as const),
  ];
}

/** The maximum number of characters that are listed. */
const MANY = 20;

/** How many ends of documents are looked at at once. */
const MANY_SPANS = 1 << 12;

/** With fewer documents a model memorizes them. */
const FEW = 300;

/**
 * Finds the facts about a data set, and advice; `-` is stdin.
 *
 * @throws {Error} If it cannot be read, there is nothing in it, or it is not text.
 */
export async function datasetFacts(path: string): Promise<Facts> {
  const data = await openData({ dataset: path }, newTalk(true, new Results()));
  await newTokenizer(data, "char"); // throws where it is not UTF-8
  const statistics = statisticsOf(data.docs);
  const { docs, numUnique, counts, lengths } = statistics;
  const numCharacters = lengths.reduce((sum, length) => sum + length, 0);
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
    ["advice", adviceFor(statistics)],
  ];
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
  return { docs, numUnique: countDistinct(docs), counts: new Map(counts), lengths: lengths.sort() };
}

/** Counts the distinct documents by means of a hash table with linear probing. */
function countDistinct({ bytes, spans, length }: Docs): number {
  const slots = new Uint32Array(2 ** Math.ceil(Math.log2(1.5 * length))); // documents, from 1 on
  const areEqual = (a: number, b: number) => {
    let i = spans[2 * a]!, k = spans[2 * b]!; // spans come in pairs, here and below
    const end = spans[2 * a + 1]!;
    if (end - i !== spans[2 * b + 1]! - k) return false;
    while (i < end && bytes[i] === bytes[k]) i++, k++;
    return i === end;
  };
  let count = 0;
  for (let doc = 0; doc < length; doc++) {
    let hash = 0x811c9dc5; // FNV-1a
    for (let i = spans[2 * doc]!; i < spans[2 * doc + 1]!; i++) {
      hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
    }
    let slot = (hash ^ hash >>> 15) & slots.length - 1;
    while (slots[slot]! > 0 && !areEqual(slots[slot]! - 1, doc)) slot = slot + 1 & slots.length - 1;
    if (slots[slot]! > 0) continue;
    slots[slot] = doc + 1;
    count++;
  }
  return count;
}

/** The share of documents whose end a model with this context never sees. */
function shareCut(lengths: Uint32Array, blockSize: number): number {
  return lengths.filter((length) => length >= blockSize).length / lengths.length;
}

/** Suggests settings for a data set. */
function adviceFor({ docs, numUnique, counts, lengths }: Statistics): string[] {
  const characters = [...counts.keys()];
  const advice: string[] = [];
  const longest = lengths.at(-1)!; // there is a document
  if (longest >= DEFAULT_SIZES.blockSize) {
    const most = lengths[Math.ceil(0.99 * lengths.length) - 1]! + 1; // in bounds
    const enough = most < longest + 1 ? `, ${most} for 99 % of them` : "";
    advice.push(`--block-size ${longest + 1} holds all documents to their end${enough}`);
  }
  if (hasDecomposed(docs)) {
    advice.push("--normalize nfc makes one character of some letters and their marks");
  }
  if (
    characters.some((character) => isHangul(character) && character !== character.normalize("NFD"))
  ) {
    advice.push("--normalize nfd lets Hangul be learned letter by letter, not by syllables");
  }
  const lower = new Set(characters.map((character) => character.toLowerCase()));
  if (lower.size < characters.length) {
    advice.push(
      `--lowercase leaves ${lower.size} characters to learn, not ${characters.length}`,
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
      `there are few different documents, ${numUnique}: the model may learn them by heart`,
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
