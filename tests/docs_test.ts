import { assert, assertEquals } from "@std/assert";
import { Docs } from "../lib/docs.ts";
import { Random } from "../lib/random.ts";
import { assertFails } from "./helpers/assert.ts";
import { ROOT } from "./helpers/paths.ts";
import { newRandom } from "./helpers/random.ts";
import fixture from "./testdata/docs.json" with { type: "json" };

const encode = (text: string) => new TextEncoder().encode(text);
const parse = (text: string) => [...Docs.parse(encode(text))];

Deno.test("Docs.parse() takes one document a line", () => {
  const table: [string, string, string[]][] = [
    ["LF", "anna\nbob\n", ["anna", "bob"]],
    ["CRLF", "anna\r\nbob\r\n", ["anna", "bob"]],
    ["CR", "anna\rbob\r", ["anna", "bob"]],
    ["a mixture", "a\nb\r\nc\rd\n\re", ["a", "b", "c", "d", "e"]],
    ["no final line break", "anna\nbob", ["anna", "bob"]],
    ["blank lines", "\n\nanna\n \t \n\r\n\r\nbob\n\n", ["anna", "bob"]],
    ["white space around", " \t anna \t \n\tbob", ["anna", "bob"]],
    ["white space inside", "anna maria\nbob\tray", ["anna maria", "bob\tray"]],
    ["byte order mark", "\uFEFFanna\nbob", ["anna", "bob"]],
    ["byte order mark, then a blank line", "\uFEFF\nbob", ["bob"]],
    ["byte order mark alone", "\uFEFF", []],
    ["only the first byte order mark", "\uFEFF\uFEFFanna\n\uFEFFbob", ["\uFEFFanna", "\uFEFFbob"]],
    ["empty", "", []],
    ["one line break", "\n", []],
    ["only blank lines", " \n\t\r\n\u3000\n", []],
    ["one document", "anna", ["anna"]],
    ["one character", "a", ["a"]],
    ["the same one twice", "anna\nanna", ["anna", "anna"]],
    ["NUL", "\0\na\0b", ["\0", "a\0b"]],
    ["astral characters", "😀\n x🚀 ", ["😀", "x🚀"]],
  ];
  for (const [name, text, expected] of table) assertEquals(parse(text), expected, name);
});

Deno.test("Docs.parse() strips every white space that Python strips", () => {
  for (const code of fixture.spaces) {
    const space = String.fromCodePoint(code);
    const name = `U+${code.toString(16)}`;
    assertEquals(parse(`${space}x${space}`), ["x"], name);
    assertEquals(parse(`${space}${space}`), [], `${name} alone`);
    assertEquals(
      parse(`x\n${space} x 😀${space}\t${space}`),
      ["x", "x 😀"],
      `${name} among others`,
    );
  }
});

Deno.test("Docs.parse() strips no character that Python does not strip", () => {
  const spaces = new Set(fixture.spaces);
  const codes: number[] = [];
  for (let code = 0; code < 0x110000; code++) {
    if (!spaces.has(code) && !(code >= 0xd800 && code < 0xe000)) codes.push(code);
  }
  // The x in front keeps the first one, U+0000, and a U+FEFF from being the first of the text.
  const docs = Docs.parse(
    encode(`x\n${codes.map((code) => String.fromCodePoint(code)).join("\n")}`),
  );
  assertEquals(docs.length, codes.length + 1);
  let end = 1; // of the document before
  codes.forEach((code, i) => { // a million spans, without a text for each
    const begin = end + 1;
    end = begin + (code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4);
    const [found, foundEnd] = docs.spans.subarray(2 * i + 2, 2 * i + 4);
    if (found !== begin || foundEnd !== end) {
      throw new Error(`U+${code.toString(16)} is at ${begin} to ${end}: ${found} to ${foundEnd}`);
    }
  });
  for (const code of [0xfeff, 0x200b, 0x180e]) {
    const text = String.fromCodePoint(code);
    assertEquals(parse(`a\n${text}x${text}`), ["a", `${text}x${text}`], `U+${code.toString(16)}`);
  }
});

Deno.test("Docs.parse() keeps bytes that are not UTF-8", () => {
  const bytes = Uint8Array.of(0x20, 0xff, 0x0a, 0xc2, 0x0a, 0xe2, 0x80, 0x20, 0x80);
  const docs = Docs.parse(bytes);
  assertEquals(Array.from({ length: docs.length }, (_, i) => [...docs.bytesAt(i)]), [
    [0xff],
    [0xc2],
    [0xe2, 0x80, 0x20, 0x80],
  ]);
  assertEquals(docs.at(0), "\uFFFD");
});

Deno.test("Docs.parse() keeps the bytes without copying them", () => {
  const bytes = encode("anna\nbob");
  const docs = Docs.parse(bytes);
  assertEquals(docs.bytes === bytes, true);
  assertEquals(docs.bytesAt(1).buffer === bytes.buffer, true);
});

Deno.test("Docs.parse() takes any number of documents", () => {
  for (const n of [0, 1, 2, 1023, 1024, 1025, 8191, 8192, 8193, 16_385, 100_000]) {
    const names = Array.from({ length: n }, (_, i) => `name ${i}`);
    const docs = Docs.parse(encode(names.join("\n")));
    assertEquals([docs.length, docs.spans.length], [n, 2 * n]);
    assertEquals([...docs], names);
  }
});

Deno.test("Docs.parse() agrees with splitting and stripping on random texts", () => {
  const random = newRandom("random texts");
  const spaces = fixture.spaces.map((code) => String.fromCodePoint(code));
  const set = new Set(spaces);
  const strip = (line: string) => {
    const chars = [...line];
    while (chars.length > 0 && set.has(chars[0]!)) chars.shift();
    while (chars.length > 0 && set.has(chars.at(-1)!)) chars.pop();
    return chars.join("");
  };
  const letters = ["a", "b", "é", "\u200b", "\uFEFF", "민", "😀", "\n", "\r", "\r\n", ...spaces];
  for (let round = 0; round < 2000; round++) {
    const text = "a" + random.choices(letters, undefined, random.randbelow(40)).join("");
    const expected = text.split(/\r\n|\r|\n/).map(strip).filter((line) => line !== "");
    assertEquals(parse(text), expected, JSON.stringify(text));
  }
});

Deno.test("Docs.from() takes each string as a line", () => {
  assertEquals([...Docs.from(["anna", " bob\t", "", "x\ny"])], ["anna", "bob", "x", "y"]);
  assertEquals([...Docs.from(new Set(["a", "b"]))], ["a", "b"]);
  assertEquals(Docs.from([]).length, 0);
});

Deno.test("Docs.at() and bytesAt() throw on a document that does not exist", () => {
  const docs = Docs.from(["anna", "bob"]);
  for (const i of [-1, 2, 0.5, NaN]) {
    const message = `Cannot take document ${i}: there are 2, counted from 0`;
    assertFails(() => docs.at(i), RangeError, message);
    assertFails(() => docs.bytesAt(i), RangeError, message);
  }
});

Deno.test("Docs.shuffle() puts the names in Python's order", async () => {
  const docs = Docs.parse(await Deno.readFile(`${ROOT}/datasets/korean_names.txt`));
  assertEquals(docs.length, fixture.numDocs);
  docs.shuffle(new Random(42));
  const names = [...docs];
  assertEquals(names.slice(0, 5), fixture.first);
  assertEquals(names.slice(-5), fixture.last);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", encode(names.join("\n"))));
  assertEquals(digest.toHex(), fixture.sha256);
});

Deno.test("Docs.shuffle() changes the order only", () => {
  const docs = Docs.from(["c", "b", "a", "d"]);
  const before = [[...docs.bytes], [...docs.spans]];
  docs.shuffle(new Random(1));
  assertEquals([[...docs.bytes], [...docs.spans]], before);
  assertEquals([...docs].sort(), ["a", "b", "c", "d"]);
  assertEquals([0, 1, 2, 3].map((i) => docs.at(i)), [...docs]);
});

Deno.test("Docs.filter() keeps some documents, in the order they are in", () => {
  const docs = Docs.from(["ccc", "b", "a", "dd", "b"]);
  assertEquals([...docs.filter((doc) => doc !== 2)], ["ccc", "b", "dd", "b"]);
  docs.shuffle(new Random(1));
  const shuffled = [...docs];
  const some = docs.filter((doc) => doc !== 0 && doc !== 3); // as they are in the text
  assertEquals([...some], shuffled.filter((text) => text !== "ccc" && text !== "dd"));
  assertEquals([some.length, some.maxBytes], [3, 1]);
  assertEquals([...some.spans].map((i) => i - some.spans[0]!), [0, 1, 2, 3, 7, 8]);
  assertEquals([...some.filter((doc) => doc === 1)], ["a"], "counted anew");
});

Deno.test("Docs.filter() asks for each document once, in the order of the text", () => {
  const docs = Docs.from(["a", "b", "c"]);
  docs.shuffle(new Random(1));
  const asked: number[] = [];
  docs.filter((doc) => asked.push(doc) > 0);
  assertEquals(asked, [0, 1, 2]);
});

Deno.test("Docs.filter() can keep all and none", () => {
  const docs = Docs.from(["a", "bb"]);
  const all = docs.filter(() => true), none = docs.filter(() => false);
  assertEquals([[...all], all.maxBytes], [["a", "bb"], 2]);
  assertEquals([[...none], none.length, none.maxBytes, none.spans.length], [[], 0, 0, 0]);
  assertFails(
    () => none.at(0),
    RangeError,
    "Cannot take document 0: there are 0, counted from 0",
  );
});

Deno.test("Docs.filter() shares the text, and nothing else", () => {
  const docs = Docs.from(["a", "b", "c", "d", "e"]);
  const some = docs.filter((doc) => doc > 0);
  assertEquals(some.bytes === docs.bytes, true);
  assertEquals(some.lineOf(some.spans[0]!), 2);
  some.shuffle(new Random(3));
  assert([...some].join("") !== "bcde");
  assertEquals([...docs].join(""), "abcde");
});

Deno.test("Docs.lineOf() counts lines from 1, blank ones too", () => {
  const table: [string, string, number][] = [
    ["the first line", "x", 1],
    ["after LF", "a\n\nx", 3],
    ["after CRLF", "a\r\n\r\nx", 3],
    ["after CR", "a\r\rx", 3],
    ["after a mixture", "a\r\nb\rc\n\rx", 5],
    ["after a byte order mark", "\uFEFFa\nx", 2],
  ];
  for (const [name, text, line] of table) {
    const bytes = encode(text);
    assertEquals(Docs.parse(bytes).lineOf(bytes.indexOf(0x78)), line, name);
  }
});

Deno.test("Docs.from() refuses a text in place of a list: its characters would be documents", () => {
  const message = "Cannot make documents of one text: give a list of texts";
  assertFails(() => Docs.from("anna\nbert"), TypeError, message);
});
