/**
 * The data set of a run, and what its user would want to know about it.
 *
 * @module
 */

import { loadNames, NAMES_PATH, readDataset } from "../dataset.ts";
import { Docs } from "../docs.ts";
import { Tokenizer, type TokenizerKind } from "../tokenizer.ts";

/** Says something to the user, one line. */
export type Say = (message: string) => void;

/** A data set as it was read. */
export interface TrainingData {
  /** Where it was. */
  readonly path: string;
  /** The file. */
  readonly bytes: Uint8Array;
  /** Its documents, in the order of the file. */
  readonly docs: Docs;
}

/**
 * Reads a data set.
 *
 * @param path The file, or `-` for stdin; `undefined` for names.txt, which is fetched if need be.
 * @param note What to do with news.
 * @param warn What to do with news that change the result.
 * @throws {Error} If it cannot be read, or there is nothing in it.
 */
export async function loadTrainingData(
  path: string | undefined,
  note: Say,
  warn: Say,
): Promise<TrainingData> {
  const bytes = path === undefined ? await loadNames(note, warn) : await readDataset(path);
  const docs = Docs.parse(bytes);
  if (docs.length === 0) {
    throw new Error(
      `Cannot train on ${nameOf(path ?? NAMES_PATH)}: ` +
        `${bytes.length === 0 ? "it is empty" : "it has only blank lines"}: ` +
        `one document a line is wanted`,
    );
  }
  return { path: path ?? NAMES_PATH, bytes, docs };
}

/** How a data set is called in messages. */
export function nameOf(path: string): string {
  return path === "-" ? "stdin" : JSON.stringify(path);
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
        : `${nameOf(path)}: ${error.message}: --tokenizer byte`,
    );
  }
}

/**
 * Whether a file looks like a model.
 *
 * @param path The file, or `-` for stdin, which cannot be one.
 * @throws {Error} If it cannot be read.
 */
export async function isModel(path: string): Promise<boolean> {
  if (path === "-") return false;
  const isFile = await Deno.stat(path).then(({ isFile }) => isFile, () => false);
  const { isCheckpoint } = await import("../checkpoint_file.ts");
  return isFile && await isCheckpoint(path);
}

/**
 * Says so if the data set writes a character in two ways, composed (NFC) and
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
      `The data set may write ${JSON.stringify(mixed)} in two ways, as one character (NFC) and ` +
        `as several (NFD): the model takes them for different ones`,
    );
  }
}

/** Says so if the end of some documents is never seen. */
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
    const symbols = tokenizer.lengthOf(docs.bytes.subarray(spans[i], spans[i + 1]));
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
