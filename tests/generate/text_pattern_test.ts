import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { DEAD } from "../../lib/generate/automaton.ts";
import { patternAutomaton, textMatcher } from "../../lib/generate/text_pattern.ts";
import type { Random } from "../../lib/random.ts";
import { assertFails } from "../helpers/assert.ts";
import { newRandom, times } from "../helpers/random.ts";

const CHARACTERS = ["a", "b", "A", "_", "1", "-", " ", "\n", "é", "ſ", "K", "가"];
const ASTRAL = ["😀", "😁"];

const ATOMS = [
  ..."ab-é가",
  ..."\\w \\W \\d \\D \\s \\S \\n \\x61 \\u0061 \\. \\-".split(" "),
  ".",
  "[ab]",
  "[^a]",
  "[a-z_]",
  "[\\w-]",
  "[\\]\\-\\\\]",
  "[^]",
  "[\\b]",
  "[^\\s\\d]",
];
const UNICODE_ATOMS = [
  "😀",
  "\\u{1f600}",
  "\\ud83d\\ude01",
  "\\p{Lu}",
  "\\P{L}",
  "\\p{Script=Hangul}",
  "[😀-😂]",
  "[^\\p{L}]",
];
const BOUNDARIES = ["\\b", "\\B"];
const QUANTIFIERS = ["*", "+", "?", "{2}", "{1,}", "{0,2}", "{2,3}", "*?", "+?", "??", "{1,2}?"];

/**
 * A random regular expression, of the parts that an automaton can read.
 *
 * Without parts that never match, as `a^` and `[]`: V8 can miss matches of the others then, such as
 * those of /[-]?가^|[^]*?[]^||/, which match everything.
 */
function randomPattern(random: Random, isUnicode: boolean, depth = 3): string {
  const pick = <T>(list: readonly T[]) => list[random.randbelow(list.length)]!; // below its length
  const atoms = isUnicode ? [...ATOMS.filter((atom) => atom !== "\\-"), ...UNICODE_ATOMS] : ATOMS;
  const group = (inner: string) =>
    pick(["(", "(?:", `(?<n${random.getrandbits(30)}>`]) + inner + ")";
  const term = (): string => {
    const kind = random.randbelow(depth === 0 ? 7 : 10);
    if (kind === 0) return pick(BOUNDARIES);
    const inner = kind < 7 ? pick(atoms) : group(randomPattern(random, isUnicode, depth - 1));
    return random.randbelow(3) === 0 ? inner + pick(QUANTIFIERS) : inner;
  };
  const sequence = () => {
    const terms = Array.from({ length: random.randbelow(4) }, term).join("");
    if (depth < 3) return terms;
    return pick(["^", "", ""]) + terms + pick(["$", "", ""]);
  };
  return Array.from({ length: 1 + random.randbelow(depth + 1) }, sequence).join("|");
}

for (const isUnicode of [true, false]) {
  Deno.test(`patternAutomaton() reads what RegExp matches, ${isUnicode ? "with" : "without"} u`, () => {
    const random = newRandom(isUnicode ? "patterns with u" : "patterns without u");
    let numMatches = 0, numTexts = 0;
    for (let i = 0; i < times(500, 50_000); i++) {
      const flags = [..."gimsy"].filter(() => random.randbelow(4) === 0).join("");
      const source = randomPattern(random, isUnicode);
      const pattern = new RegExp(source, isUnicode ? `${flags}u` : flags);
      const automaton = patternAutomaton(pattern, 6);
      assert(automaton !== undefined, `${pattern} has an automaton`);
      // V8 finds /\\B/u in the midst of 😀.
      const isForAll = isUnicode && !source.includes("\\B");
      const characters = isForAll ? [...CHARACTERS, ...ASTRAL] : CHARACTERS;
      for (let j = 0; j < 20; j++) {
        const length = random.randbelow(7);
        const text = Array.from({ length }, () => characters[random.randbelow(characters.length)]!);
        pattern.lastIndex = 0;
        const expected = pattern.test(text.join(""));
        const what = `${pattern} on ${JSON.stringify(text.join(""))}`;
        assertEquals(automaton.matches(text.join("")), expected, what);
        const codes = text.map((character) => character.codePointAt(0)!); // not empty
        const end = codes.reduce((s, code) => s === DEAD ? DEAD : automaton.next(s, code), 0);
        assertEquals(end !== DEAD && automaton.accepts(end), expected, `${what}, step by step`);
        numTexts++;
        if (expected) numMatches++;
      }
    }
    assert(numMatches > numTexts / 10 && numMatches < numTexts * 0.9, "of both kinds");
  });
}

Deno.test("patternAutomaton() puts characters in a class only if every state treats them alike", () => {
  const random = newRandom("classes");
  for (let i = 0; i < 300; i++) {
    const pattern = new RegExp(randomPattern(random, true), "iu");
    const automaton = patternAutomaton(pattern, 6)!; // it has one
    const states = new Set([0]);
    for (const state of states) { // a set that grows while it is gone through
      const next = new Map<number, number>();
      for (const code of CHARACTERS.map((character) => character.codePointAt(0)!)) {
        const to = automaton.next(state, code);
        if (to !== DEAD && states.size < 50) states.add(to);
        const name = automaton.classOf(code);
        assertEquals(next.get(name) ?? to, to, `${pattern}: ${code} in state ${state}`);
        next.set(name, to);
      }
    }
  }
});

Deno.test("patternAutomaton() has none for what an automaton cannot read", () => {
  const patterns = [
    /(a)\1/u,
    /(?<x>a)\k<x>/u,
    /a(?=b)/u,
    /(?!a)b/u,
    /(?<=a)b/u,
    /((?<!a)b)*|c/u,
    /[\p{L}--[a]]/v,
    new RegExp("\\p{L}"), // without u it is a p with braces
    /a{/,
    /]/,
    new RegExp("\\u{61}"), // without u it is 61 times u
    new RegExp("\\07"), // octal
    /😀?/, // without u it is half a character that may be missing
    new RegExp("(?i:a)", "u"),
  ];
  for (const pattern of patterns) {
    assertEquals(patternAutomaton(pattern, 9), undefined, `${pattern}`);
  }
});

Deno.test("patternAutomaton() counts no repetitions beyond the length of a text", () => {
  for (const max of [3, 1e9, Infinity]) {
    const braces = max === Infinity ? "{2,}" : `{2,${max}}`;
    const automaton = patternAutomaton(new RegExp(`^(?:ab?)${braces}$`, "u"), 3)!; // it has one
    const texts = ["", "a", "aa", "aba", "aab", "aaa"].filter((text) => automaton.matches(text));
    assertEquals(texts, ["aa", "aba", "aab", "aaa"]);
  }
  assert(!patternAutomaton(/^a{1000000000}$/u, 9)!.matches("aaaaaaaaa"));
  assert(patternAutomaton(/^(a?){1000000000}$/u, 9)!.matches("aaaaaaaaa"));
});

Deno.test("patternAutomaton() throws if it is too large", () => {
  const message = (pattern: RegExp) =>
    `Cannot generate: the pattern ${pattern} is too large to be followed: ` +
    "use fewer and shorter repetitions";
  for (const pattern of [/a{9999}/u, /((a{1,99}){1,99}){1,99}/u, /(?:){9999}a{9999}/u]) {
    assertFails(() => patternAutomaton(pattern, 1e5), RangeError, message(pattern));
  }
  const pattern = /a.{15}b.*c/u; // 2^15 states
  const automaton = patternAutomaton(pattern, 99)!; // it has one
  const codes = [0x61, 0x62, 0x63];
  assertThrows(
    () => {
      const states = new Set([0]);
      for (const state of states) { // a set that grows while it is gone through
        for (const code of codes) states.add(automaton.next(state, code));
      }
    },
    RangeError,
    message(pattern),
  );
  assert(automaton.matches("a" + "b".repeat(20) + "c"), "a single text is no trouble");
});

Deno.test("patternAutomaton() throws if groups are nested too deeply", () => {
  const nested = (depth: number, end: string) =>
    new RegExp("(?:".repeat(depth) + "a" + end.repeat(depth), "u");
  assert(patternAutomaton(nested(500, ")"), 9)!.matches("a"));
  assert(patternAutomaton(nested(500, ")*"), 9)!.matches("aaa"));
  for (const pattern of [nested(501, ")"), nested(2000, ")*"), nested(5000, ")")]) {
    const error = assertThrows(() => patternAutomaton(pattern, 9), RangeError);
    assertStringIncludes(error.message, "nested too deeply: use at most 500 groups inside of each");
    assert(error.message.length < 400, error.message);
  }
});

Deno.test("errors about a pattern of many characters show its beginning and its end", () => {
  const words = Array.from({ length: 9999 }, (_, i) => `abc${i}`).join("|");
  const regular = new RegExp(`x(${words})`, "u");
  const looking = new RegExp(`(?=${words})(a+)+d`, "u");
  for (const pattern of [regular, looking]) {
    const { message } = assertThrows(() => textMatcher(pattern, 99), RangeError);
    assertStringIncludes(message, String(pattern).slice(0, 60));
    assert(message.length < 400, message);
  }
});

Deno.test("textMatcher() does what RegExp.test() does from the beginning of a text", () => {
  const patterns = [/b/g, /b/y, /(.)\1/y, /(.)\1/g, /b$/m, /^b/mu, /(?=b)./g];
  for (const pattern of patterns) {
    pattern.lastIndex = 2;
    const matches = textMatcher(pattern, 9);
    for (const text of ["", "b", "ab", "bb", "abb", "a\nb", "b\na", "😀b"]) {
      const fresh = new RegExp(pattern);
      fresh.lastIndex = 0;
      assertEquals(matches(text), fresh.test(text), `${pattern} on ${JSON.stringify(text)}`);
      assertEquals(matches(text), matches(text));
    }
    assertEquals(pattern.lastIndex, 2);
  }
});

Deno.test("textMatcher() takes no time for a pattern that could be tried in endless ways", () => {
  const text = "a".repeat(5000);
  for (const pattern of [/^(a+)+b/u, /^(a|a)*b/, /(a*)*b/, /^(.*?a){20}b/u, /(a?){50}a{50}b/u]) {
    assert(!textMatcher(pattern, 5000)(text), `${pattern}`);
  }
});

Deno.test("textMatcher() throws on back references and look-around that could take too long", () => {
  const fine: [RegExp, number][] = [
    [/^(.)(.).\2\1$/u, 1000],
    [/^(?!.*(.)\1)/u, 300],
    [/^(?=.*a)(?=.*e)[a-z]+$/u, 300],
    [/(.)\1{2,}/u, 300],
    [/^(a|b)*(.)\2/u, 8],
    [/(\w+) \1/, 90],
    [/^(?:ab|cd)*(.)\1$/, 16],
    [new RegExp("^(?i:ab+)(?s-i:.*)$", "u"), 300],
  ];
  for (const [pattern, maxLength] of fine) textMatcher(pattern, maxLength);
  const slow: [RegExp, number][] = [
    [/^(a+)+\1b/u, 16],
    [/(a|a)*(?=b)/, 24],
    [/^(a|b)*(.)\2/u, 64],
    [/(.*)(.*)(.*)(.*)(.*)(.*)\1/u, 16],
    [/(?=(a*)*b)/u, 30],
    [/(?<!(a{0,30}){0,30})b/u, 30],
    [/(a?){1000000000}\1/u, 9],
    [new RegExp("^(?i:(a|a)*)b", "u"), 24],
    [new RegExp("^((?i-m:a)|a)*b", "u"), 24],
    [new RegExp("(?-s:(a+)+)b", "u"), 24],
  ];
  for (const [pattern, maxLength] of slow) {
    assertFails(
      () => textMatcher(pattern, maxLength),
      RangeError,
      `Cannot generate: matching the pattern ${pattern} could take too long: with back ` +
        "references, look-around or flags in a group, use fewer repetitions, and none inside of " +
        "another",
    );
  }
});

Deno.test("textMatcher() ends for any pattern it allows, as the texts of others do not", () => {
  const random = newRandom("bounded patterns");
  let numAllowed = 0;
  for (let i = 0; i < 1000; i++) {
    const pattern = new RegExp(`${randomPattern(random, true)}(a|)\\1*`, "u");
    try {
      const matches = textMatcher(pattern, 16);
      for (const text of ["a".repeat(16), "ab".repeat(8), "a".repeat(15) + "-"]) matches(text);
      numAllowed++;
    } catch (error) {
      assert(error instanceof RangeError);
    }
  }
  assert(numAllowed > 100 && numAllowed < 1000, "of both kinds");
});
