import { assertEquals } from "@std/assert";
import { asWord, excerpt, quote } from "../../lib/text/quote.ts";

Deno.test("quote() keeps a text on one line, all of it", () => {
  const table: [string, string][] = [
    ["", '""'],
    ["a b", '"a b"'],
    ['"\\\n\x1b[2J', '"\\"\\\\\\n\\u001b[2J"'],
    ["é한😀", '"é한😀"'],
    ["a".repeat(1000), `"${"a".repeat(1000)}"`],
  ];
  for (const [text, expected] of table) assertEquals(quote(text), expected);
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
