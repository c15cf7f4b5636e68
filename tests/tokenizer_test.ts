import { assertEquals } from "@std/assert";
import { Docs } from "../lib/docs.ts";
import type { Random } from "../lib/random.ts";
import { Tokenizer, TOKENIZER_KINDS } from "../lib/tokenizer.ts";
import { assertFails } from "./helpers/assert.ts";
import { ROOT } from "./helpers/paths.ts";
import { newRandom } from "./helpers/random.ts";
import fixture from "./testdata/docs.json" with { type: "json" };

const of = (texts: string[], kind: "char" | "byte" = "char") =>
  Tokenizer.fromDocs(Docs.from(texts), kind);

Deno.test("Tokenizer.fromDocs() sorts the characters by code point, as Python does", () => {
  const table: [string, string[], string[]][] = [
    ["letters", ["anna", "bob"], ["a", "b", "n", "o"]],
    ["capitals first", ["bBaA"], ["A", "B", "a", "b"]],
    // By UTF-16 code units the emoji (D83D) would come before U+E000 and the full-width A (FF21).
    ["astral last", ["😀Ａz\uE000"], ["z", "\uE000", "Ａ", "😀"]],
    ["white space inside", ["a b"], [" ", "a", "b"]],
    ["no documents", [], []],
  ];
  for (const [name, texts, symbols] of table) assertEquals(of(texts).symbols, symbols, name);
});

Deno.test("Tokenizer.fromDocs() leaves out what is stripped", () => {
  assertEquals(of(["  a\t", "\u3000b"]).symbols, ["a", "b"]);
});

Deno.test("Tokenizer.bos is the last token", () => {
  for (const kind of TOKENIZER_KINDS) {
    const tokenizer = of(["anna", "bob"], kind);
    assertEquals([tokenizer.kind, tokenizer.bos, tokenizer.vocabSize], [kind, 4, 5]);
    assertEquals(tokenizer.codes, [97, 98, 110, 111]);
  }
});

Deno.test("Tokenizer.symbols shows bytes above 7F in hexadecimal", () => {
  assertEquals(of(["é"], "byte").symbols, ["\\xA9", "\\xC3"]);
});

Deno.test("Tokenizer counts the characters and the bytes of the Korean names", async () => {
  const docs = Docs.parse(await Deno.readFile(`${ROOT}/datasets/korean_names.txt`));
  assertEquals(Tokenizer.fromDocs(docs).vocabSize, fixture.numChars + 1);
  assertEquals(Tokenizer.fromDocs(docs, "byte").vocabSize, fixture.numBytes + 1);
});

Deno.test("Tokenizer.encode() takes text and its bytes", () => {
  for (const kind of TOKENIZER_KINDS) {
    const tokenizer = of(["zoë 😀"], kind);
    const bytes = new TextEncoder().encode("ë😀z");
    assertEquals(tokenizer.encode(bytes), tokenizer.encode("ë😀z"));
    assertEquals(tokenizer.encode(""), []);
  }
});

Deno.test("Tokenizer.encode() gives one id a character, or a byte", () => {
  assertEquals(of(["zoë", "😀"]).encode("ë😀z"), [2, 3, 1]);
  assertEquals(of(["ë"], "byte").encode("ëë"), [1, 0, 1, 0]);
});

/** A text of random characters, from all planes, never white space at the ends. */
function randomText(random: Random): string {
  const limits = [0x7f, 0x7ff, 0xffff, 0x10ffff];
  const codes = Array.from({ length: 1 + random.randbelow(30) }, () => {
    const code = 0x21 + random.randbelow(limits[random.randbelow(4)]! - 0x20);
    return code >= 0xd800 && code < 0xe000 ? 0x41 : code;
  });
  return `x${String.fromCodePoint(...codes).replace(/[\n\r]/g, "")}x`;
}

for (const kind of TOKENIZER_KINDS) {
  Deno.test(`Tokenizer.decode() undoes encode() on random ${kind} tokens`, () => {
    const random = newRandom(`round trip by ${kind}`);
    for (let round = 0; round < 250; round++) {
      const texts = Array.from({ length: 3 }, () => randomText(random));
      const tokenizer = of(texts, kind);
      const units = kind === "char"
        ? texts.flatMap((text) => Array.from(text, (c) => c.codePointAt(0)!))
        : [...new TextEncoder().encode(texts.join(""))];
      assertEquals(tokenizer.codes, [...new Set(units)].sort((a, b) => a - b));
      for (const text of texts) {
        const ids = tokenizer.encode(text);
        assertEquals(ids.length, kind === "char" ? [...text].length : byteLength(text));
        assertEquals(tokenizer.decode(ids), text);
      }
    }
  });
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

Deno.test("Tokenizer.encodeDocument() puts BOS at both ends", () => {
  const chars = of(["zoë", "😀"]), bytes = of(["ë"], "byte");
  const table: [Tokenizer, string, number[]][] = [
    [chars, "", [4, 4]],
    [chars, "z", [4, 1, 4]],
    [chars, "zz", [4, 1, 1, 4]],
    [chars, "ë😀z", [4, 2, 3, 1, 4]],
    [bytes, "ë", [2, 1, 0, 2]],
  ];
  for (const [tokenizer, text, expected] of table) {
    assertEquals(tokenizer.encodeDocument(text), expected, text);
    assertEquals(tokenizer.encodeDocument(new TextEncoder().encode(text)), expected, text);
  }
});

Deno.test("Tokenizer.encodeDocument() leaves out what is beyond the limit, and the BOS behind it", () => {
  for (const kind of TOKENIZER_KINDS) {
    for (const text of ["z", "zoëz", "ëëëë", "z😀", "😀😀😀z", "aあ€😀ëz", "\uFEFFa"]) {
      const tokenizer = of([`z${text}`], kind);
      const whole = tokenizer.encodeDocument(text);
      for (let limit = 0; limit <= whole.length; limit++) {
        // BOS, then at most `limit` of what follows: symbols, and BOS if there is room.
        const expected = whole.slice(0, 1 + limit);
        const found = [text, new TextEncoder().encode(text)]
          .map((text) => tokenizer.encodeDocument(text, limit));
        assertEquals(found, [expected, expected], `${kind}s of ${text}, limit ${limit}`);
      }
    }
  }
});

Deno.test("Tokenizer.encodeDocument() throws on an unknown symbol before the limit only", () => {
  const tokenizer = of(["ë"]);
  assertEquals(tokenizer.encodeDocument("ëëx", 2), [1, 0, 0]);
  assertFails(
    () => tokenizer.encodeDocument("ëëx", 3),
    RangeError,
    'Cannot encode "ëëx": character "x" is not in the vocabulary',
  );
});

Deno.test("Tokenizer keeps a byte order mark inside a document", () => {
  for (const kind of TOKENIZER_KINDS) {
    const tokenizer = of(["a", "\uFEFFb"], kind);
    assertEquals(tokenizer.decode(tokenizer.encode("\uFEFFb")), "\uFEFFb", kind);
  }
});

Deno.test("Tokenizer of bytes takes bytes that are not UTF-8", () => {
  const docs = Docs.parse(Uint8Array.of(0xff, 0x61, 0x0a, 0xc3));
  const tokenizer = Tokenizer.fromDocs(docs, "byte");
  assertEquals(tokenizer.codes, [0x61, 0xc3, 0xff]);
  assertEquals(tokenizer.encode(docs.bytesAt(0)), [2, 0]);
  assertEquals(tokenizer.decode([2, 0]), "\uFFFDa");
});

Deno.test("Tokenizer keeps composed and decomposed characters apart", () => {
  const nfc = "é", nfd = "e\u0301";
  const tokenizer = of([nfc, nfd]);
  assertEquals(tokenizer.symbols, ["e", "é", "\u0301"]);
  assertEquals(tokenizer.encode(nfc), [1]);
  assertEquals(tokenizer.encode(nfd), [0, 2]);
  assertEquals(tokenizer.decode([0, 2]), nfd);
});

Deno.test("Tokenizer.encode() throws on a symbol outside the vocabulary and names it", () => {
  const chars = of(["anna"]), bytes = of(["anna"], "byte");
  const table: [Tokenizer, string | Uint8Array, string][] = [
    [chars, "José", 'Cannot encode "José": character "J" is not in the vocabulary'],
    [chars, "ané", 'Cannot encode "ané": character "é" is not in the vocabulary'],
    [chars, "a😀", 'Cannot encode "a😀": character "😀" is not in the vocabulary'],
    [chars, Uint8Array.of(97, 98), 'Cannot encode "ab": character "b" is not in the vocabulary'],
    [bytes, "ab", 'Cannot encode "ab": byte "b" is not in the vocabulary'],
    [bytes, "aé", 'Cannot encode "aé": byte "\\\\xC3" is not in the vocabulary'],
  ];
  for (const [tokenizer, text, message] of table) {
    assertFails(() => tokenizer.encode(text), RangeError, message);
  }
});

Deno.test("Tokenizer.decode() throws on an id that is not that of a symbol", () => {
  for (const kind of TOKENIZER_KINDS) {
    const tokenizer = of(["anna", "bob"], kind);
    for (const id of [4, 5, -1, 0.5, NaN]) {
      assertFails(
        () => tokenizer.decode([0, id]),
        RangeError,
        `Cannot decode token ${id}: ids of symbols are 0 to 3`,
      );
    }
  }
});

Deno.test("Tokenizer() throws on codes that are no ascending code points or bytes", () => {
  const table: ["char" | "byte", number[], string][] = [
    ["char", [98, 97], "0 to 1114111: code 1 is 97, the one before it 98"],
    ["char", [97, 97], "0 to 1114111: code 1 is 97, the one before it 97"],
    ["char", [-1], "0 to 1114111: code 0 is -1, the one before it -1"],
    ["char", [0x110000], "0 to 1114111: code 0 is 1114112, the one before it -1"],
    ["char", [1.5], "0 to 1114111: code 0 is 1.5, the one before it -1"],
    ["byte", [255, 256], "0 to 255: code 1 is 256, the one before it 255"],
    ["byte", [NaN], "0 to 255: code 0 is NaN, the one before it -1"],
  ];
  for (const [kind, codes, found] of table) {
    assertFails(
      () => new Tokenizer(kind, codes),
      RangeError,
      `Cannot make a ${kind} tokenizer: codes must be ascending integers from ${found}`,
    );
  }
  assertEquals(new Tokenizer("char", [0, 0x10ffff]).vocabSize, 3);
  assertEquals(new Tokenizer("byte", [0, 255]).vocabSize, 3);
});

Deno.test("Tokenizer.fromDocs() throws on text that is not UTF-8 and names the line", () => {
  const table: [string, number[], number][] = [
    ["a stray byte", [0x61, 0x0a, 0x62, 0xff], 2],
    ["a sequence cut off by the end of the line", [0x61, 0x0a, 0x0a, 0xc3, 0x0a, 0xa9], 3],
    ["a surrogate", [0xed, 0xa0, 0x80], 1],
    ["an overlong form", [0x61, 0x0d, 0x0a, 0xc0, 0x80], 2],
    ["above U+10FFFF", [0xf5, 0x80, 0x80, 0x80], 1],
    ["the beginning of a wide space, then a plain one", [0x61, 0x0a, 0xe2, 0x80, 0x20, 0x62], 2],
  ];
  for (const [name, bytes, line] of table) {
    const docs = Docs.parse(Uint8Array.from(bytes));
    assertFails(
      () => Tokenizer.fromDocs(docs),
      TypeError,
      `Cannot read line ${line} as text: it is not UTF-8: save it as UTF-8, or use bytes as tokens`,
    );
    assertEquals(Tokenizer.fromDocs(docs, "byte").kind, "byte", name);
  }
});

Deno.test("Tokenizer.fromDocs() minds only those documents of a text that it is given", () => {
  const bytes = new TextEncoder().encode("é\nx\ny\nñ");
  bytes[3] = bytes[5] = 0xff; // in place of x and y
  const docs = Docs.parse(bytes);
  assertEquals(Tokenizer.fromDocs(docs.filter((doc) => doc % 3 === 0)).symbols, ["é", "ñ"]);
  assertFails(
    () => Tokenizer.fromDocs(docs.filter((doc) => doc !== 1)),
    TypeError,
    "Cannot read line 3 as text: it is not UTF-8: save it as UTF-8, or use bytes as tokens",
  );
});

Deno.test("Tokenizer.fromDocs() reads characters across the pieces it checks text in", () => {
  // 3-byte characters do not divide 1 MiB: one of them lies across the border.
  const text = "민".repeat(400_000);
  assertEquals(of([text]).symbols, ["민"]);
  const bytes = new TextEncoder().encode(`a\n${text}`);
  bytes[bytes.length - 1] = 0x61;
  assertFails(
    () => Tokenizer.fromDocs(Docs.parse(bytes)),
    TypeError,
    "Cannot read line 2 as text: it is not UTF-8: save it as UTF-8, or use bytes as tokens",
  );
});

Deno.test("Tokenizer.encode() quotes no more than the beginning of a long text", () => {
  const tokenizer = new Tokenizer("char", [0x61]);
  assertFails(
    () => tokenizer.encode("a".repeat(100_000) + "b"),
    RangeError,
    `Cannot encode "${"a".repeat(60)}...": character "b" is not in the vocabulary`,
  );
});
