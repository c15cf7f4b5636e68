import { assertEquals } from "@std/assert";
import {
  isModel,
  nameOf,
  newTokenizer,
  noteLongDocs,
  noteMixedForms,
  openData,
  type TrainingData,
} from "../../../lib/cli/training/training_data.ts";
import { Docs } from "../../../lib/docs.ts";
import { Tokenizer, type TokenizerKind } from "../../../lib/tokenizer.ts";
import { assertFailsLater } from "../../helpers/assert.ts";
import { saveTinyModel } from "../../helpers/checkpoints.ts";
import { withTempDir } from "../../helpers/paths.ts";

const load = (dataset: string) => openData({ dataset }, { note: fail, warn: fail });

function fail(message: string): never {
  throw new Error(`Nothing is to be said: ${message}`);
}

/** What `say` is called with. */
function said(call: (say: (message: string) => void) => void): string[] {
  const messages: string[] = [];
  call((message) => messages.push(message));
  return messages;
}

Deno.test("openData() reads the documents of a file", async () => {
  await withTempDir(async (dir) => {
    const path = `${dir}/a.txt`;
    await Deno.writeTextFile(path, "anna\r\n\n bob \n");
    const { docs, bytes, ...rest } = await load(path);
    assertEquals(rest, { path });
    assertEquals([...docs], ["anna", "bob"]);
    assertEquals(new TextDecoder().decode(bytes), "anna\r\n\n bob \n");
  });
});

Deno.test("openData() refuses a file with no documents", async () => {
  const table: [string, string][] = [
    ["", "it is empty"],
    ["\n", "it has only blank lines"],
    [" \n\t\r\n\u3000\n\n", "it has only blank lines"],
    ["\uFEFF\r\n", "it has only blank lines"],
  ];
  await withTempDir(async (dir) => {
    const path = `${dir}/a.txt`;
    for (const [content, why] of table) {
      await Deno.writeTextFile(path, content);
      const message = `Cannot train on "${path}": ${why}: one document a line is wanted`;
      await assertFailsLater(() => load(path), Error, message);
    }
  });
});

Deno.test("nameOf() quotes a path, and calls stdin by its name", () => {
  assertEquals([nameOf("a b"), nameOf("-"), nameOf("a\nb")], ['"a b"', "stdin", '"a\\nb"']);
});

/** A data set that was read from stdin. */
const dataOf = (bytes: Uint8Array, path = "-"): TrainingData => ({
  path,
  bytes,
  docs: Docs.parse(bytes),
});

Deno.test("newTokenizer() makes a tokenizer of characters or bytes", async () => {
  const data = dataOf(new TextEncoder().encode("aé"));
  assertEquals((await newTokenizer(data, "char")).symbols, ["a", "é"]);
  assertEquals((await newTokenizer(data, "byte")).symbols, ["a", "\\xA9", "\\xC3"]);
});

Deno.test("newTokenizer() says which line is not UTF-8, and what to do", async () => {
  const bytes = Uint8Array.of(0x61, 0x0a, 0x62, 0xff, 0x0a);
  for (const [path, name] of [["-", "stdin"], ["no such file", '"no such file"']] as const) {
    const message = `${name}: Cannot read line 2 as text: it is not UTF-8: ` +
      "save it as UTF-8, or use bytes as tokens: --tokenizer byte";
    await assertFailsLater(() => newTokenizer(dataOf(bytes, path), "char"), Error, message);
    assertEquals((await newTokenizer(dataOf(bytes, path), "byte")).vocabSize, 4);
  }
});

Deno.test("newTokenizer() knows a model when it sees one", async () => {
  await withTempDir(async (dir) => {
    const path = await saveTinyModel(dir);
    const message = `Cannot read "${path}" as a data set: it is a model: ` +
      "use microgpt sample, or --resume";
    const data = await load(path);
    await assertFailsLater(() => newTokenizer(data, "char"), Error, message);
  });
});

Deno.test("isModel() tells models from other files, and from what is no file", async () => {
  await withTempDir(async (dir) => {
    const write = async (name: string, text: string) => {
      await Deno.writeTextFile(`${dir}/${name}`, text);
      return `${dir}/${name}`;
    };
    const table: [string, boolean][] = [
      [await saveTinyModel(dir), true],
      [await write("text", "{anna}\nbob\n"), false],
      [await write("empty", ""), false],
      [await write("short", "{"), false],
      [dir, false],
      [`${dir}/none`, false],
      ["", false],
      ["-", false],
    ];
    for (const [path, expected] of table) assertEquals(await isModel(path), expected, path);
  });
});

Deno.test("noteMixedForms() notes a character that is written in two ways", () => {
  const note = (form: string) =>
    `The data set may write ${form} in two ways, as one character (NFC) and as several (NFD): ` +
    "the model takes them for different ones";
  const table: [string, TokenizerKind, string[]][] = [
    ["é e\u0301", "char", [note('"é"')]],
    ["한 \u1112\u1161\u11ab", "char", [note('"한"')]],
    ["é e", "char", []],
    ["e\u0301", "char", []],
    ["é e\u0301", "byte", []],
    ["anna", "char", []],
  ];
  for (const [text, kind, expected] of table) {
    const tokenizer = Tokenizer.fromDocs(Docs.from([text]), kind);
    assertEquals(said((say) => noteMixedForms(tokenizer, say)), expected, `${kind}: ${text}`);
  }
});

Deno.test("noteLongDocs() notes documents of which the end is not seen", () => {
  const note = (count: string, blockSize: number, enough: number) =>
    `${count} documents are longer than --block-size ${blockSize} can hold: ` +
    `the rest of them is left out; ${enough} would hold all`;
  const names = ["abc", "abcd", "ab", "abcdefg"];
  const table: [string[], TokenizerKind, number, string[]][] = [
    [names, "char", 4, [note("2 of 4", 4, 8)]],
    [names, "char", 7, [note("1 of 4", 7, 8)]],
    [names, "char", 8, []],
    [["민수민"], "char", 4, []], // 3 characters in 9 bytes
    [["민수민"], "char", 3, [note("1 of 1", 3, 4)]],
    [["민수민"], "byte", 4, [note("1 of 1", 4, 10)]],
    [["민수민"], "byte", 10, []],
  ];
  for (const [texts, kind, blockSize, expected] of table) {
    const docs = Docs.from(texts);
    const tokenizer = Tokenizer.fromDocs(docs, kind);
    const messages = said((say) => noteLongDocs(docs, tokenizer, blockSize, say));
    assertEquals(messages, expected, `${kind} ${blockSize}: ${texts}`);
  }
});
