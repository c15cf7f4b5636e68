/**
 * The data set of a run, and notes about it.
 *
 * @module
 */

import { loadNames, NAMES_PATH, readDataset } from "../../files/dataset.ts";
import { Docs } from "../../docs.ts";
import { PRESETS } from "../../files/presets.ts";
import { quote } from "../../text/quote.ts";
import { AS_IT_IS, bytesToForm, type TextForm } from "../../text/text_form.ts";
import { countCodePoints } from "../../text/utf8.ts";
import { Tokenizer, type TokenizerKind } from "../../tokenizer.ts";
import type { Say, Talk } from "../terminal/output.ts";

/** The place of a data set: a file, or a list of the package, or neither, which is names.txt. */
export interface DataSource {
  /** The file; `-` is stdin. */
  readonly dataset?: string | undefined;
  /** The name of the list. */
  readonly preset?: string | undefined;
}

/** A data set as it was read. */
export interface TrainingData {
  /** The place of the data set, as saved runs name it. */
  readonly path: string;
  /** The file. */
  readonly bytes: Uint8Array;
  /** Its documents in the form that was asked for, in the order of the file. */
  readonly docs: Docs;
}

/**
 * Opens a data set; names.txt is fetched if need be.
 *
 * @param form The form of its text.
 * @throws {Error} If it cannot be read, or there is nothing in it.
 */
export async function openData(
  source: DataSource,
  talk: Talk,
  form: TextForm = AS_IT_IS,
): Promise<TrainingData> {
  return parseData(pathOf(source), await readSource(source, talk), form);
}

/**
 * Finds the documents of a data set that has been read.
 *
 * @param path The place that it is from.
 * @param form The form of its text.
 * @throws {Error} If there is nothing in it.
 */
export function parseData(path: string, bytes: Uint8Array, form: TextForm): TrainingData {
  const docs = Docs.parse(inForm(bytes, form, path));
  if (docs.length === 0) {
    throw new Error(
      `Cannot train on ${nameOf(path)}: ` +
        `${bytes.length === 0 ? "it is empty" : "it has only blank lines"}: ` +
        `one document a line is wanted`,
    );
  }
  return { path, bytes, docs };
}

async function readSource({ dataset, preset }: DataSource, talk: Talk): Promise<Uint8Array> {
  if (dataset !== undefined) return await readDataset(dataset);
  if (preset === undefined) return await loadNames(talk.note, talk.warn);
  return new TextEncoder().encode(await PRESETS[preset]!.load()); // its name has been checked
}

function inForm(bytes: Uint8Array, form: TextForm, path: string): Uint8Array {
  try {
    return bytesToForm(bytes, form);
  } catch (error) {
    throw new Error(`${nameOf(path)}: ${(error as TypeError).message}`); // it throws no other
  }
}

function pathOf({ dataset, preset }: DataSource): string {
  return dataset ?? (preset === undefined ? NAMES_PATH : `the preset ${preset}`);
}

/** The name of a data set in messages. */
export function nameOf(path: string): string {
  return path === "-" ? "stdin" : path.startsWith("the preset ") ? path : quote(path);
}

/**
 * Makes the tokenizer of a data set.
 *
 * @throws {Error} If its documents are not text.
 */
export async function newTokenizer(
  { docs, path }: TrainingData,
  kind: TokenizerKind,
): Promise<Tokenizer> {
  try {
    return Tokenizer.fromDocs(docs, kind);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new Error(
      await isModel(path)
        ? `Cannot read ${
          nameOf(path)
        } as a data set: it is a model: use microgpt sample, or --resume`
        : isUtf16(docs.bytes)
        ? `Cannot read ${nameOf(path)} as text: it is UTF-16: save it as UTF-8`
        : `${nameOf(path)}: ${error.message}: --tokenizer byte`,
    );
  }
}

/** Tells if a text begins with the byte order mark of UTF-16, as some editors write it. */
function isUtf16([first, second]: Uint8Array): boolean {
  return first === 0xff && second === 0xfe || first === 0xfe && second === 0xff;
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
 * decomposed (NFD): to the model those have nothing in common.
 */
export function noteMixedForms(tokenizer: Tokenizer, note: Say): void {
  if (tokenizer.kind !== "char") return;
  const { symbols } = tokenizer;
  const known = new Set(symbols);
  const mixed = symbols.find((symbol) => {
    const parts = [...symbol.normalize("NFD")];
    return parts.length > 1 && parts.every((part) => known.has(part));
  });
  if (mixed !== undefined) {
    note(
      `The data set may write ${quote(mixed)} in two ways, as one character (NFC) and ` +
        `as several (NFD): the model takes them for different ones`,
    );
  }
}

/** Notes that the end of some documents is never seen. */
export function noteLongDocs(
  docs: Docs,
  tokenizer: Tokenizer,
  blockSize: number,
  note: Say,
): void {
  if (docs.maxBytes < blockSize) return; // no more symbols than bytes
  const { spans } = docs;
  let count = 0, longest = 0;
  for (let i = 0; i < spans.length; i += 2) {
    if (spans[i + 1]! - spans[i]! < blockSize) continue; // spans come in pairs
    const doc = docs.bytes.subarray(spans[i], spans[i + 1]);
    const symbols = tokenizer.kind === "byte" ? doc.length : countCodePoints(doc);
    if (symbols < blockSize) continue;
    count++;
    longest = Math.max(longest, symbols);
  }
  if (count > 0) {
    note(
      `${count} of ${docs.length} documents are longer than --block-size ${blockSize} can hold: ` +
        `the rest of them is left out; ${longest + 1} would hold all`,
    );
  }
}
