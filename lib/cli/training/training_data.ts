/**
 * The data set of a run, and notes about it.
 *
 * @module
 */

import type { GptConfig } from "../../config.ts";
import { assertFits, type EngineName } from "../../create_engine.ts";
import type { Dtype } from "../../engine.ts";
import { loadNames, NAMES_PATH, readDataset } from "../../files/dataset.ts";
import type { Docs } from "../../docs.ts";
import { PRESETS } from "../../files/presets.ts";
import { escapeUnseen, mendLine, quote } from "../../text/quote.ts";
import { countCodePoints } from "../../text/utf8.ts";
import type { Tokenizer, TokenizerKind } from "../../tokenizer.ts";
import { MAX_BLOCK_SIZE } from "../options/tables.ts";
import type { Say, Talk } from "../terminal/output.ts";
import { type List, type ListForm, listOf, type ListTalk, nameOf } from "../text_input.ts";

/** The place of a data set: a file, or a list of the package, or neither, which is names.txt. */
export interface DataSource {
  /** The file; `-` is stdin. */
  readonly dataset?: string | undefined;
  /** The name of the list. */
  readonly preset?: string | undefined;
}

/** A data set as it was read. */
export interface TrainingData extends List {
  /** The place of the data set, as saved runs name it. */
  readonly path: string;
}

/**
 * Opens a data set; names.txt is fetched if need be.
 *
 * @param form The form to read it in.
 * @param about The talk about it.
 * @throws {Error} If it cannot be read, or there is nothing in it.
 */
export async function openData(
  source: DataSource,
  talk: Talk,
  form: ListForm = {},
  about: ListTalk = {},
): Promise<TrainingData> {
  return await dataOf(await readSource(source, talk), pathOf(source), form, about);
}

/**
 * Makes a data set of a file that has been read.
 *
 * @throws {Error} If it is no list, or there is nothing in it.
 */
export async function dataOf(
  bytes: Uint8Array,
  path: string,
  form: ListForm,
  about: ListTalk,
): Promise<TrainingData> {
  const list = await listOf(bytes, path, form, about);
  if (list.docs.length === 0) {
    throw new Error(
      `Cannot use ${nameOf(path)}: ` +
        `${bytes.length === 0 ? "it is empty" : "it has only blank lines"}: ` +
        `expected one document per line`,
    );
  }
  return { path, ...list };
}

async function readSource({ dataset, preset }: DataSource, talk: Talk): Promise<Uint8Array> {
  if (dataset !== undefined) return await readDataset(dataset);
  if (preset === undefined) return await loadNames(talk.note, talk.warn);
  return new TextEncoder().encode(await PRESETS[preset]!.load()); // its name has been checked
}

function pathOf({ dataset, preset }: DataSource): string {
  return dataset ?? (preset === undefined ? NAMES_PATH : `the preset ${preset}`);
}

/**
 * Tells if a file looks like a model; `-`, stdin, does not.
 *
 * @throws {Error} If it cannot be read.
 */
export async function isModel(path: string): Promise<boolean> {
  if (path === "-") return false;
  const isFile = await Deno.stat(path).then(({ isFile }) => isFile, () => false);
  const { isCheckpoint } = await import("../../files/checkpoint_file.ts");
  return isFile && await isCheckpoint(path);
}

/**
 * Notes that the data set writes a character in two ways, composed (NFC) and
 * decomposed (NFD): to the model those have nothing in common. With `--from` one of them can be
 * that of the texts that the model already knows.
 *
 * @param tokenizer The tokenizer of the model.
 * @param codes The code points or bytes of the data set.
 */
export function noteMixedForms(
  { kind, symbols }: Tokenizer,
  codes: readonly number[],
  note: Say,
): void {
  if (kind !== "char") return;
  const known = new Set(symbols);
  const own = new Set(codes.map((code) => String.fromCodePoint(code)));
  const isMixed = (symbols: ReadonlySet<string>) => (symbol: string) => {
    const parts = [...symbol.normalize("NFD")];
    return parts.length > 1 && [symbol, ...parts].every((part) => symbols.has(part));
  };
  const isOwn = (symbol: string) =>
    // in one of the two ways
    [...symbol, ...[...symbol.normalize("NFD")].slice(1)].some((part) => own.has(part));
  const twice = symbols.find(isMixed(own));
  const mixed = twice ?? symbols.filter(isOwn).find(isMixed(known));
  if (mixed === undefined) return;
  const where = twice === undefined ? "The data set and that of the model" : "The data set";
  note(
    `${where} may write ${quote(mixed)} in two ways, as one character (NFC) and ` +
      `as several (NFD): the model treats them as different`,
  );
}

/** The engine that a model is made for. */
export interface Precision {
  readonly engine: EngineName;
  readonly dtype: Dtype;
}

/** The largest block size that is suggested: a longer line is hardly one document. */
const LONG = 1024;

/** Checks whether to suggest a block size: a model of that size must be possible, and useful. */
export function isBlockSize(
  blockSize: number,
  config: GptConfig,
  { engine, dtype }: Precision,
): boolean {
  if (blockSize > Math.min(LONG, MAX_BLOCK_SIZE)) return false;
  try {
    assertFits(engine, { ...config, blockSize }, dtype);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** Gives advice about documents of this length where no block size is suggested. */
export function tooLong(longest: number): string {
  return `the longest has ${longest} characters: expected one document per line, ` +
    "such as a name, a word or a short sentence";
}

/** Characters that are invisible, but that some writing systems and emoji need. */
const JOINERS = /[\u034f\u180b-\u180f\u200c\u200d\ufe00-\ufe0f\u{e0020}-\u{e01ef}]/u;

/** Gives advice about invisible characters, and spaces that look like the usual one. */
export function unseenAdvice(characters: readonly string[], path: string): string[] {
  const unseen = characters.filter((character) =>
    escapeUnseen(character) !== character && !JOINERS.test(character)
  );
  const isSpace = (character: string) => /[\t\p{Zs}\u2800]/u.test(character);
  const advice = (what: string, found: readonly string[], say: string, by: string) => {
    if (found.length === 0) return [];
    const codes = found.map((character) => character.codePointAt(0)!.toString(16)); // not empty
    const names = codes.slice(0, 8).map((code) => `U+${code.toUpperCase().padStart(4, "0")}`);
    const more = codes.length > 8 ? ` and ${codes.length - 8} more` : "";
    const set = codes.map((code) => `\\x{${code}}`).join("");
    const mend = { say, filters: [`perl -CSD -pe 's/[${set}]/${by}/g'`] };
    return [`${what} (${names.join(", ")}${more}) are learned, too: ${mendLine(mend, path)}`];
  };
  return [
    ...advice(
      "invisible characters",
      unseen.filter((character) => !isSpace(character)),
      "take them out",
      "",
    ),
    ...advice("unusual spaces", unseen.filter(isSpace), "replace them with plain spaces", " "),
  ];
}

/** Notes invisible characters. */
export function noteUnseen(
  { codes, path }: Pick<TrainingData, "codes" | "path">,
  kind: TokenizerKind,
  note: Say,
): void {
  if (kind !== "char") return;
  const characters = codes.map((code) => String.fromCodePoint(code));
  for (const advice of unseenAdvice(characters, path)) note(`In ${nameOf(path)} ${advice}`);
}

/** Notes that the end of some documents is never seen. */
export function noteLongDocs(
  docs: Docs,
  kind: TokenizerKind,
  config: GptConfig,
  precision: Precision,
  note: Say,
): void {
  const { blockSize } = config;
  if (docs.maxBytes < blockSize) return; // no more symbols than bytes
  const { spans } = docs;
  let count = 0, longest = 0;
  for (let i = 0; i < spans.length; i += 2) {
    if (spans[i + 1]! - spans[i]! < blockSize) continue; // spans come in pairs
    const doc = docs.bytes.subarray(spans[i], spans[i + 1]);
    const symbols = kind === "byte" ? doc.length : countCodePoints(doc);
    if (symbols < blockSize) continue;
    count++;
    longest = Math.max(longest, symbols);
  }
  if (count === 0) return;
  const advice = isBlockSize(longest + 1, config, precision)
    ? `${longest + 1} would hold all`
    : tooLong(longest);
  note(
    `${count} of ${docs.length} documents are longer than --block-size ${blockSize} can hold: ` +
      `the rest is truncated; ${advice}`,
  );
}
