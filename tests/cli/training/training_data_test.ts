import { assertEquals } from "@std/assert";
import {
  isBlockSize,
  isModel,
  noteLongDocs,
  noteMixedForms,
  noteUnseen,
  openData,
} from "../../../lib/cli/training/training_data.ts";
import type { GptConfig } from "../../../lib/config.ts";
import { Docs } from "../../../lib/docs.ts";
import { mergeTokenizers } from "../../../lib/fine_tuning.ts";
import { Tokenizer, type TokenizerKind } from "../../../lib/tokenizer.ts";
import { assertFailsLater } from "../../helpers/assert.ts";
import { saveTinyModel } from "../../helpers/checkpoints.ts";
import { withTempDir } from "../../helpers/paths.ts";
import { CONFIG } from "../../helpers/tiny.ts";

const load = (dataset: string) => openData({ dataset }, { note: fail, warn: fail });

function fail(message: string): never {
  throw new Error(`Nothing is to be said: ${message}`);
}

/** The arguments of `say`. */
function said(call: (say: (message: string) => void) => void): string[] {
  const messages: string[] = [];
  call((message) => messages.push(message));
  return messages;
}

Deno.test("openData() reads the documents of a file", async () => {
  await withTempDir(async (dir) => {
    const path = `${dir}/a.txt`;
    await Deno.writeTextFile(path, "anna\r\n\n bob \n");
    const { docs, bytes, codes, ...rest } = await load(path);
    assertEquals(rest, { path, isOdd: false, column: undefined });
    assertEquals(String.fromCodePoint(...codes), "abno");
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
      const message = `Cannot use "${path}": ${why}: expected one document per line`;
      await assertFailsLater(() => load(path), Error, message);
    }
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
    "the model treats them as different";
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
    const notes = said((say) => noteMixedForms(tokenizer, tokenizer.codes, say));
    assertEquals(notes, expected, `${kind}: ${text}`);
  }
});

Deno.test("noteMixedForms() tells whether the other way is that of the model to go on from", () => {
  const note = (where: string, form: string) =>
    `${where} may write ${form} in two ways, as one character (NFC) and as several (NFD): ` +
    "the model treats them as different";
  const both = "The data set and that of the model";
  const table: [string, string, string[]][] = [
    ["é", "e\u0301", [note(both, '"é"')]],
    ["e\u0301", "é", [note(both, '"é"')]],
    ["\u1112\u1161\u11ab", "한", [note(both, '"한"')]],
    ["ä a\u0308 é", "e\u0301", [note(both, '"é"')]],
    ["ä a\u0308", "ü u\u0308", [note("The data set", '"ü"')]],
    ["é e\u0301", "anne", []], // its own business
    ["é", "anne", []],
  ];
  for (const [old, text, expected] of table) {
    const own = Tokenizer.fromDocs(Docs.from([text]));
    const merged = mergeTokenizers(Tokenizer.fromDocs(Docs.from([old])), own);
    assertEquals(
      said((say) => noteMixedForms(merged, own.codes, say)),
      expected,
      `${old}: ${text}`,
    );
  }
});

const PRECISION = { engine: "wasm", dtype: "f64" } as const;

Deno.test("noteLongDocs() notes documents of which the end is not seen", () => {
  const note = (count: string, blockSize: number, advice: string) =>
    `${count} documents are longer than --block-size ${blockSize} can hold: ` +
    `the rest is truncated; ${advice}`;
  const all = (blockSize: number) => `${blockSize} would hold all`;
  const tooLong = (longest: number) =>
    `the longest has ${longest} characters: expected one document per line, ` +
    "such as a name, a word or a short sentence";
  const names = ["abc", "abcd", "ab", "abcdefg"];
  const table: [string[], TokenizerKind, number, string[]][] = [
    [names, "char", 4, [note("2 of 4", 4, all(8))]],
    [names, "char", 7, [note("1 of 4", 7, all(8))]],
    [names, "char", 8, []],
    [["민수민"], "char", 4, []], // 3 characters in 9 bytes
    [["민수민"], "char", 3, [note("1 of 1", 3, all(4))]],
    [["민수민"], "byte", 4, [note("1 of 1", 4, all(10))]],
    [["민수민"], "byte", 10, []],
    [["a".repeat(1023)], "char", 16, [note("1 of 1", 16, all(1024))]],
    [["a".repeat(1024)], "char", 16, [note("1 of 1", 16, tooLong(1024))]],
    [["a".repeat(3_000_000), "b"], "char", 16, [note("1 of 2", 16, tooLong(3_000_000))]],
  ];
  for (const [texts, kind, blockSize, expected] of table) {
    const docs = Docs.from(texts);
    const config = { ...CONFIG, blockSize };
    const messages = said((say) => noteLongDocs(docs, kind, config, PRECISION, say));
    assertEquals(messages, expected, `${kind} ${blockSize}: ${texts.join().slice(0, 40)}`);
  }
});

Deno.test("isBlockSize() suggests no block size that microgpt refuses", () => {
  const table: [number, Partial<GptConfig>, "wasm" | "scalar", boolean][] = [
    [1024, {}, "wasm", true],
    [1025, {}, "wasm", false],
    [1_000_001, {}, "wasm", false],
    [1024, { nEmbd: 4096, nLayer: 20 }, "wasm", false], // more than 4 GB
    [16, { nEmbd: 65_536 }, "scalar", false],
    [17, {}, "scalar", true],
  ];
  for (const [blockSize, sizes, engine, expected] of table) {
    const config = { ...CONFIG, ...sizes };
    const actual = isBlockSize(blockSize, config, { engine, dtype: "f64" });
    assertEquals(actual, expected, `${blockSize} ${JSON.stringify(sizes)} ${engine}`);
  }
});

Deno.test("noteUnseen() notes invisible characters, and how to get rid of them", () => {
  const note = (what: string, codes: string, say: string, perl: string) =>
    `In "a.txt" ${what} (${codes}) are learned, too: ${say}: ` +
    `perl -CSD -pe '${perl}' < a.txt > NEW.txt`;
  const unseen = (codes: string, set: string) =>
    note("invisible characters", codes, "take them out", `s/[${set}]//g`);
  const spaces = (codes: string, set: string) =>
    note("unusual spaces", codes, "replace them with plain spaces", `s/[${set}]/ /g`);
  const table: [string, string[]][] = [
    ["anna bob é한😀", []],
    ["a\u200bb\u00adc\ufeffd", [unseen("U+00AD, U+200B, U+FEFF", "\\x{ad}\\x{200b}\\x{feff}")]],
    ["a\u00a0b\u3000c\td", [spaces("U+0009, U+00A0, U+3000", "\\x{9}\\x{a0}\\x{3000}")]],
    ["a\x1bb\u00a0c", [unseen("U+001B", "\\x{1b}"), spaces("U+00A0", "\\x{a0}")]],
    ["نمی\u200cخواهم क\u094d\u200dष 👩\u200d💻 ❤\ufe0f", []], // needed there
    [
      `a${String.fromCodePoint(...Array.from({ length: 9 }, (_, i) => i + 0x10))}b`,
      [unseen(
        "U+0010, U+0011, U+0012, U+0013, U+0014, U+0015, U+0016, U+0017 and 1 more",
        "\\x{10}\\x{11}\\x{12}\\x{13}\\x{14}\\x{15}\\x{16}\\x{17}\\x{18}",
      )],
    ],
  ];
  for (const [text, expected] of table) {
    const codes = (kind: TokenizerKind) => Docs.from([text]).distinctCodes(kind);
    const data = { path: "a.txt", codes: codes("char") };
    assertEquals(
      said((say) => noteUnseen(data, "char", say)),
      expected,
      JSON.stringify(text),
    );
    const bytes = { path: "a.txt", codes: codes("byte") };
    assertEquals(said((say) => noteUnseen(bytes, "byte", say)), []);
  }
});
