import { assert, assertEquals } from "@std/assert";
import {
  asWord,
  escapeUnseen,
  excerpt,
  kindOf,
  type Mend,
  mendLine,
  printable,
  quote,
  shellWord,
  shorten,
  toJson,
} from "../../lib/text/quote.ts";

Deno.test("quote() keeps a text on one line, and shows what cannot be seen", () => {
  const table: [string, string][] = [
    ["", '""'],
    ["a b", '"a b"'],
    ['"\\\n\x1b[2J', '"\\"\\\\\\n\\u001b[2J"'],
    ["é한😀", '"é한😀"'],
    ["a\u200bb\u00ad\ufeff\u202e\u00a0", '"a\\u200bb\\u00ad\\ufeff\\u202e\\u00a0"'],
    ["a".repeat(160), `"${"a".repeat(160)}"`],
  ];
  for (const [text, expected] of table) assertEquals(quote(text), expected);
});

Deno.test("shorten() leaves out the middle of a long text, and cuts no character in two", () => {
  for (const character of ["a", "한", "😀"]) {
    for (const n of [0, 1, 80, 159, 160]) {
      assertEquals(shorten(character.repeat(n)), character.repeat(n));
    }
    for (const n of [161, 1000, 100_000]) {
      const expected = `${character.repeat(100)}...${character.repeat(60)}`;
      assertEquals(shorten(character.repeat(n)), expected);
    }
  }
  assertEquals(shorten(`${"a".repeat(300)}b.txt`).slice(-6), "ab.txt", "the end of a path stays");
});

Deno.test("excerpt() quotes 60 characters at most, none of them cut in two", () => {
  for (const character of ["a", "한", "😀", "\n"]) {
    const quoted = quote(character).slice(1, -1);
    for (const n of [0, 1, 59, 60]) {
      assertEquals(excerpt(character.repeat(n)), `"${quoted.repeat(n)}"`);
    }
    for (const n of [61, 120, 100_000]) {
      assertEquals(excerpt(character.repeat(n)), `"${quoted.repeat(60)}..."`);
    }
  }
});

Deno.test("asWord() quotes only what is not plainly one word", () => {
  for (const word of ["a", "--n-embd", "./a/b.txt", "a=b", "1e+3", "A_9"]) {
    assertEquals(asWord(word), word);
  }
  for (const text of ["", "a b", "$a", "a\n", "é", '"', "*"]) {
    assertEquals(asWord(text), quote(text));
  }
});

Deno.test("asWord() and quote() cut whatever is long, and escape all of what they show", () => {
  for (const text of ["a", "\x1b", "\u{e0001}", " ", '"'].map((unit) => unit.repeat(100_000))) {
    for (const shown of [asWord(text), quote(text), excerpt(text)]) {
      assert(shown.length <= 160 * 12 + 5, `${shown.length} characters of ${text.slice(0, 2)}`);
      assertEquals(shown, printable(shown));
    }
  }
});

Deno.test("shellWord() is what a shell takes for the text", () => {
  const table: [string, string][] = [
    ["a/b-c_1.txt", "a/b-c_1.txt"],
    ["a b", "'a b'"],
    ["it's", "'it'\\''s'"],
    ["$HOME`x`!", "'$HOME`x`!'"],
    ["", "''"],
  ];
  for (const [text, expected] of table) assertEquals(shellWord(text), expected);
});

Deno.test("escapeUnseen() writes what cannot be seen as escapes", () => {
  const table: [string, string][] = [
    ["anna é 한 😀 שלום", "anna é 한 😀 שלום"],
    ["\x00\x1b\x7f\x9b\n\t", "\\u0000\\u001b\\u007f\\u009b\\u000a\\u0009"],
    ["\u200b\u200c\u200d\u2060\ufeff", "\\u200b\\u200c\\u200d\\u2060\\ufeff"], // no width
    ["\u00ad\u034f\u3164\ufe0f", "\\u00ad\\u034f\\u3164\\ufe0f"],
    ["\u061c\u200e\u202e\u2066", "\\u061c\\u200e\\u202e\\u2066"], // direction
    ["\u00a0\u2003\u3000\u2028", "\\u00a0\\u2003\\u3000\\u2028"], // spaces
    ["\u{e0041}", "\\udb40\\udc41"],
    ["\ud800", "\\ud800"],
  ];
  for (const [text, expected] of table) assertEquals(escapeUnseen(text), expected);
});

Deno.test("toJson() escapes all that a terminal obeys, and means the same", () => {
  const codes = Array.from({ length: 0x300 }, (_, i) => i).concat(
    [0x61c, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202e, 0x2066, 0x2069, 0xd800, 0x1f600],
  );
  const value = { type: "line", text: codes.map((code) => String.fromCodePoint(code)).join("") };
  const json = toJson(value);
  assertEquals(JSON.parse(json), value);
  assertEquals(json, printable(json));
  assert(json.includes("\\u001b") && json.includes("\\u007f") && json.includes("\\u009b"), json);
});

Deno.test("mendLine() writes a command for a file, and names it for stdin", () => {
  const table: [Mend, string, string][] = [
    [{ say: "look" }, "a.txt", "look"],
    [{ say: "cut", filters: ["sed 1d"] }, "a.txt", "cut: sed 1d < a.txt > NEW.txt"],
    [
      { say: "cut", filters: ["sed 1d", "cut -f 1"] },
      "a b",
      "cut: sed 1d < 'a b' | cut -f 1 > NEW.txt",
    ],
    [{ say: "cut", filters: ["unzip -p FILE"] }, "$&", "cut: unzip -p '$&' > NEW.txt"],
    [{ say: "cut", filters: ["unzip -p FILE"] }, "-x", "cut: unzip -p ./-x > NEW.txt"],
    [{ say: "cut", filters: ["sed 1d", "cut -f 1"] }, "-", "cut, with sed 1d | cut -f 1"],
  ];
  for (const [mend, path, expected] of table) assertEquals(mendLine(mend, path), expected);
});

Deno.test("printable() shows what would be obeyed", () => {
  const table: [string, string][] = [
    ["anna 민수 👩‍💻 שלום", "anna 민수 👩‍💻 שלום"],
    ["\x1b[31mred\x1b[0m", "␛[31mred␛[0m"],
    ["\x1b]0;title\x07", "␛]0;title␇"],
    ["\x00\r\n\x7f", "␀␍␊␡"],
    ["a\tb", "a b"],
    ["\x9b31m", "\ufffd31m"], // one character for ESC [
    ["a\u202eb\u2066c\u2028d", "a\ufffdb\ufffdc\ufffdd"],
    ["a\ud800b\udc00", "a\ufffdb\ufffd"],
    ["\ufffe\uffff", "\ufffd\ufffd"],
  ];
  for (const [text, expected] of table) assertEquals(printable(text), expected);
});

Deno.test("kindOf() names the kind of a value", () => {
  const table: [unknown, string][] = [
    [undefined, "undefined"],
    [null, "null"],
    [5, "a number"],
    ["anna", "a string"],
    [[], "an Array"],
    [new ArrayBuffer(0), "an ArrayBuffer"],
    [Object.create(null), "an object"],
    [() => {}, "a function"],
    [{ constructor: 5 }, "an object"],
  ];
  for (const [value, expected] of table) assertEquals(kindOf(value), expected);
});
