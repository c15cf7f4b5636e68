/**
 * Lists of texts that a command line names: the data set, prompts, what to leave out, what to
 * judge a model by. All of them come through here, so that none is checked less than another.
 *
 * @module
 */

import { Docs } from "../docs.ts";
import { readDataset } from "../files/dataset.ts";
import type { Column } from "../text/csv.ts";
import { findDamage, hasSigns } from "../text/oddities.ts";
import { mendLine, quote, shellWord } from "../text/quote.ts";
import type { Structure } from "../text/structure.ts";
import { AS_IT_IS, bytesToForm, isAsItIs, type TextForm } from "../text/text_form.ts";
import { isText } from "../text/utf8.ts";
import type { TokenizerKind } from "../tokenizer.ts";
import type { Say } from "./terminal/output.ts";

/** The form to read a list in: the settings of a run that are about that. */
export interface ListForm extends Partial<TextForm> {
  /** The tokens of the model: bytes may be in any encoding. */
  readonly tokenizer?: TokenizerKind;
  /** The column of a table, by name or number; `undefined`: the list is no table. */
  readonly column?: string | undefined;
}

/** The talk about a list, besides errors. */
export interface ListTalk {
  /** Called with what is odd about it. Without this nobody looks for that. */
  readonly note?: Say;
  /** The options that the command has: no others are suggested. */
  readonly options?: readonly ("column" | "tokenizer")[];
}

/** A list as it was read. */
export interface List {
  /** The file as it is. */
  readonly bytes: Uint8Array;
  /** Its texts, in the order of the file. */
  readonly docs: Docs;
  /** The distinct bytes or characters of the texts, as the tokenizer needs them. */
  readonly codes: readonly number[];
  /** True if a note has said that there is more on its lines than texts. */
  readonly isOdd: boolean;
  /** The column that a note advises to take. */
  readonly column: string | undefined;
}

/**
 * Reads a list.
 *
 * @param path The file; `-` is stdin.
 * @throws {Error} If it cannot be read, is no text, or has no such column.
 */
export async function readList(path: string, form: ListForm, talk: ListTalk): Promise<List> {
  return await listOf(await readDataset(path), path, form, talk);
}

/** Makes a list of a file that has been read. */
export async function listOf(
  bytes: Uint8Array,
  path: string,
  { column, tokenizer = "char", ...others }: ListForm,
  talk: ListTalk,
): Promise<List> {
  const form = { ...AS_IT_IS, ...others };
  const assertReadable = () => assertText(bytes, path, form, tokenizer, talk);
  if (column !== undefined && !isText(bytes)) await assertReadable();
  const { bytes: list, header } = column === undefined
    ? { bytes, header: undefined }
    : await columnOf(bytes, path, column, talk);
  try {
    const docs = Docs.parse(bytesToForm(list, form));
    const codes = docs.distinctCodes(tokenizer); // all bytes are looked at here, as training must
    const [first, last = 0] = [codes[0], codes.at(-1)];
    if (first === 0 || (tokenizer === "byte" && last > 0x7f)) await assertReadable();
    const odd = header !== undefined
      ? { column: header }
      : await noteOddities(list, docs, codes, path, talk);
    return { bytes, docs, codes, isOdd: odd !== undefined, column: odd?.column };
  } catch (error) {
    if (error instanceof TypeError) await assertReadable(); // which says more
    throw error;
  }
}

/** Returns the name of a list in messages. */
export function nameOf(path: string): string {
  return path === "-" ? "stdin" : path.startsWith("the preset ") ? path : quote(path);
}

/** Throws if a file is no text, and says what it is; as bytes it may be in any encoding. */
async function assertText(
  bytes: Uint8Array,
  path: string,
  form: TextForm,
  tokenizer: TokenizerKind,
  { options }: ListTalk,
): Promise<void> {
  const { findForeign, foreignMessage } = await import("../text/foreign.ts");
  const foreign = findForeign(bytes, isAsItIs(form) ? tokenizer : "char");
  if (foreign === undefined) return;
  const canBeBytes = options?.includes("tokenizer") && isAsItIs(form) &&
    foreign.mend.filters !== undefined && findForeign(bytes, "byte") === undefined;
  const byte = canBeBytes ? ", or take bytes as tokens: --tokenizer byte" : "";
  const found = foreign.isModel && path !== "-"
    ? { ...foreign, mend: { say: await usesOfModel(path) } }
    : foreign;
  throw new Error(foreignMessage(found, nameOf(path), path) + byte);
}

/** Says what a model is good for. */
async function usesOfModel(path: string): Promise<string> {
  const { commandLine } = await import("./program.ts"); // loaded only where it is needed
  return `${
    commandLine(["sample", path])
  } generates texts with it, --resume and --from train it further`;
}

async function columnOf(
  bytes: Uint8Array,
  path: string,
  column: string,
  { note }: ListTalk,
): Promise<Column> {
  const { takeColumn } = await import("../text/csv.ts");
  let taken: Column;
  try {
    taken = takeColumn(bytes, column);
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof SyntaxError)) throw error;
    throw new Error(`Cannot take a column of ${nameOf(path)}: ${error.message}`);
  }
  const { numRows, numMissing, header } = taken;
  if (numMissing > 0) {
    note?.(
      `${numMissing} of ${numRows} rows of ${
        nameOf(path)
      } have no column ${column}: they are left out`,
    );
  }
  if (header !== undefined) {
    note?.(`${nameOf(path)} may begin with a header: --column ${shellWord(header)} leaves it out`);
  }
  return taken;
}

/**
 * Notes what is odd about a list.
 *
 * @returns The column to take, if there is one; `undefined` if its lines are nothing but texts.
 */
async function noteOddities(
  list: Uint8Array,
  docs: Docs,
  codes: readonly number[],
  path: string,
  { options, note }: ListTalk,
): Promise<Pick<Structure, "column"> | undefined> {
  const last = codes.at(-1);
  if (note === undefined || last === undefined) return undefined;
  const damage = last > 0x7f ? findDamage(list, path) : undefined;
  if (damage !== undefined) note(`${nameOf(path)} ${damage}`);
  if (!hasSigns(docs.at(0), docs.length, codes)) return undefined;
  const { findStructure } = await import("../text/structure.ts");
  const structure = findStructure(list);
  if (structure === undefined) return undefined;
  const { what, column, mend } = structure;
  const step = options?.includes("column") && column !== undefined
    ? `--column ${shellWord(column)} takes the texts alone`
    : mendLine(mend, path);
  note(`${nameOf(path)} ${what}: ${step}`);
  return options?.includes("column") ? structure : {};
}
