import { assert, assertEquals } from "@std/assert";
import { columnsOf } from "../../lib/text/columns.ts";
import { shownSymbol } from "../../lib/text/symbol.ts";

Deno.test("shownSymbol() shows a symbol that stands by itself", () => {
  const table: [string, string][] = [
    ["a", "a"],
    ["É", "É"],
    ["가", "가"],
    ["ㅎ", "ㅎ"],
    ["🐱", "🐱"],
    ["❤\ufe0f", "❤\ufe0f"],
    ["\\xE3", "\\xE3"],
    [" ", "␣"],
    ["\u3000", "\u3000"],
    ["\u0301", "◌\u0301"],
    ["\u093e", "◌\u093e"], // a vowel sign of Devanagari
    ["\u200d", "U+200D"],
    ["\ufe0f", "U+FE0F"],
    ["\u{1f3fd}", "U+1F3FD"], // a tone of skin would color what stands before it
    ["\u00ad", "U+00AD"],
    ["\u1160", "U+1160"], // a filler of Hangul
    ["\x1b", "␛"],
    ["\u202e", "U+202E"],
  ];
  for (const [symbol, expected] of table) {
    assertEquals(shownSymbol(symbol), expected, JSON.stringify(symbol));
    assert(columnsOf(shownSymbol(symbol)) > 0);
  }
});

Deno.test("shownSymbol() shows each letter of a Hangul syllable as the one of that name", () => {
  // Compatibility decomposition leads back from a letter to one that makes up syllables.
  const seen = new Set<string>();
  for (let code = 0xac00; code <= 0xd7a3; code++) {
    for (const letter of String.fromCharCode(code).normalize("NFD")) seen.add(letter);
  }
  assertEquals(seen.size, 19 + 21 + 27);
  for (const letter of seen) {
    const shown = shownSymbol(letter);
    assertEquals(columnsOf(shown), 2, letter);
    const isFinal = letter >= "\u11a8";
    if (!isFinal) assertEquals(shown.normalize("NFKD"), letter);
  }
  // The names of final letters: those of the first ones, or their own.
  const finals = [...seen].filter((letter) => letter >= "\u11a8").sort().map(shownSymbol);
  const firsts = [...seen].filter((letter) => letter < "\u1160").sort().map(shownSymbol);
  const both = finals.filter((letter) => firsts.includes(letter));
  assertEquals(both, [..."ㄱㄲㄴㄷㄹㅁㅂㅅㅆㅇㅈㅊㅋㅌㅍㅎ"]);
  assertEquals(["감", "갃", "값", "갛"].map((s) => shownSymbol(s.normalize("NFD")[2]!)), [ // it has three
    "ㅁ",
    "ㄳ",
    "ㅄ",
    "ㅎ",
  ]);
});
