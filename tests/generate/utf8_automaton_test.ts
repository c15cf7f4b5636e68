import { assertEquals } from "@std/assert";
import { type Automaton, contains, DEAD, endsWith } from "../../lib/generate/automaton.ts";
import { parseRegex } from "../../lib/generate/regex_syntax.ts";
import { RegexAutomaton } from "../../lib/generate/regex_automaton.ts";
import { overBytes, WELL_FORMED_UTF8 } from "../../lib/generate/utf8_automaton.ts";
import { accepts } from "../helpers/automaton.ts";
import { newRandom } from "../helpers/random.ts";

Deno.test("WELL_FORMED_UTF8 accepts what TextDecoder does", () => {
  // What is not UTF-8 becomes U+FFFD, which the bytes here do not spell: EF BF BD.
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const isUtf8 = (bytes: number[]) => !decoder.decode(Uint8Array.from(bytes)).includes("\ufffd");
  const check = (...bytes: number[]) =>
    assertEquals(accepts(WELL_FORMED_UTF8, bytes), isUtf8(bytes), bytes.join());
  for (let first = 0; first < 0x100; first++) {
    check(first);
    for (let second = 0; second < 0x100; second++) check(first, second);
  }
  const leads = [
    0xc1,
    0xc2,
    0xdf,
    0xe0,
    0xe1,
    0xec,
    0xed,
    0xee,
    0xef,
    0xf0,
    0xf1,
    0xf3,
    0xf4,
    0xf5,
  ];
  const edges = [0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc2, 0xff];
  for (const first of [...edges, ...leads]) {
    for (const second of edges) {
      for (const third of edges) {
        check(first, second, third);
        for (const fourth of edges) check(first, second, third, fourth);
      }
    }
  }
});

Deno.test("WELL_FORMED_UTF8.classOf() names the ranges of bytes that lead to different states", () => {
  const names = Array.from({ length: 0x100 }, (_, byte) => WELL_FORMED_UTF8.classOf(byte));
  const firsts = names.keys().filter((byte) => names[byte] !== names[byte - 1]);
  assertEquals(
    Array.from(firsts, (byte) => byte.toString(16)).join(" "),
    "0 80 90 a0 c0 c2 e0 e1 ed ee f0 f1 f4 f5",
  );
  assertEquals(new Set(names).size, 12, "c0 as f5, e1 as ee");
});

/** Characters of one to four bytes, with neighbors that share all bytes but the last. */
const CHARACTERS = [
  "a",
  "b",
  "\x7f",
  "é",
  "è",
  "ü",
  "가",
  "각",
  "힣",
  "\ufffd",
  "😀",
  "😁",
  "\u{10ffff}",
];

const AUTOMATA: [string, Automaton][] = [
  ["ends with é", endsWith([0xe9])],
  ["contains 가a", contains([0xac00, 0x61])],
  ...[/^[가-힣]+$/u, /.[😀é]$/u, /^\p{L}*$/u, /[^a-z가]{2}/u].map((
    pattern,
  ): [string, Automaton] => [
    `${pattern}`,
    new RegexAutomaton(pattern, parseRegex(pattern)!, 9), // it is known
  ]),
];

for (const [name, automaton] of AUTOMATA) {
  Deno.test(`overBytes() accepts the UTF-8 of what an automaton accepts: ${name}`, () => {
    const random = newRandom(name);
    const bytes = overBytes(automaton);
    for (let i = 0; i < 2000; i++) {
      const length = random.randbelow(5);
      const text = Array.from({ length }, () => CHARACTERS[random.randbelow(CHARACTERS.length)]!);
      const codes = text.map((character) => character.codePointAt(0)!); // not empty
      const utf8 = new TextEncoder().encode(text.join(""));
      assertEquals(accepts(bytes, utf8), accepts(automaton, codes), text.join(""));
      const cut = utf8.subarray(0, random.randbelow(utf8.length + 1));
      const isWhole = accepts(WELL_FORMED_UTF8, cut);
      const start = Array.from(new TextDecoder().decode(cut), (c) => c.codePointAt(0)!);
      assertEquals(accepts(bytes, cut), isWhole && accepts(automaton, start), `a part of ${text}`);
    }
  });

  Deno.test(`overBytes() does not tell bytes of a class apart: ${name}`, () => {
    const bytes = overBytes(automaton);
    for (let a = 0; a < 0x80; a++) {
      for (let b = 0; b < a; b++) {
        if (bytes.classOf(a) === bytes.classOf(b)) assertEquals(bytes.next(0, a), bytes.next(0, b));
      }
    }
  });
}

Deno.test("overBytes() has few states where characters are alike", () => {
  const pattern = /^k.*a$/u;
  const bytes = overBytes(new RegexAutomaton(pattern, parseRegex(pattern)!, 9)); // it is known
  const states = new Set([0]);
  for (const state of states) { // a set that grows while it is gone through
    for (let byte = 0; byte < 0x100; byte++) {
      const next = bytes.next(state, byte);
      if (next !== DEAD) states.add(next);
    }
  }
  assertEquals(states.size < 100, true, `${states.size} states`);
});
