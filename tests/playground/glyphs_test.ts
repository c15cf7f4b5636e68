import { assertEquals } from "@std/assert";
import { glyphOf } from "../../lib/playground/page/glyphs.ts";

Deno.test("glyphOf() writes each character so that it can be seen", () => {
  const cases: readonly [character: string, glyph: string][] = [
    ["a", "a"],
    [" ", "␣"],
    ["\u0301", "◌\u0301"],
    ["\u0007", "␇"],
    ["\u200f", "\ufffd"],
    ["🎈", "🎈"],
  ];
  for (const [character, glyph] of cases) assertEquals(glyphOf(character), glyph);
});

Deno.test("glyphOf() writes the parts of Hangul's syllables as letters", () => {
  assertEquals([..."한글".normalize("NFD")].map(glyphOf).join(""), "ㅎㅏㄴㄱㅡㄹ");
  // The letters of old compatibility stand for the same ones, in Unicode's own table.
  for (let code = 0x1100; code <= 0x1112; code++) {
    assertEquals(glyphOf(String.fromCharCode(code)).normalize("NFKD"), String.fromCharCode(code));
  }
  for (let code = 0x1161; code <= 0x1175; code++) {
    assertEquals(glyphOf(String.fromCharCode(code)).normalize("NFKD"), String.fromCharCode(code));
  }
});
