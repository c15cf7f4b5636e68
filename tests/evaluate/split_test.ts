import { assert, assertEquals } from "@std/assert";
import { Docs } from "../../lib/docs.ts";
import { Random } from "../../lib/random.ts";
import { newDocs, type Split, splitDocs } from "../../lib/evaluate/split.ts";
import { assertClose, assertFails } from "../helpers/assert.ts";
import { NAMES_NEED, needing } from "../helpers/needs.ts";
import { NAMES_TXT } from "../helpers/paths.ts";
import { newRandom } from "../helpers/random.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const numbered = (n: number) => Docs.from(Array.from({ length: n }, (_, i) => `document ${i}`));

const concat = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));

/** Tells if two documents count as the same. */
function areSame(a: Uint8Array, b: Uint8Array): boolean {
  const nine = encode([...numbered(9)].join("\n") + "\n"); // and two, or one: 11 or 10
  const docs = Docs.parse(concat(nine, a, encode("\n"), b));
  assertEquals(docs.length, 11);
  const { trainDocs, valDocs } = splitDocs(docs, 0.9, 42);
  assert(trainDocs.length > 0);
  assert(valDocs.length === 9 || valDocs.length === 10, "0.9 of 10, and of 11");
  return valDocs.length === 9;
}

Deno.test("splitDocs() takes documents for the same by case and normalization", () => {
  const table: [string, string, string, boolean][] = [
    ["the same", "anna", "anna", true],
    ["case", "Anna", "ANNA", true],
    ["case inside white space", " anna\t", "aNNa", true],
    ["another one", "anna", "anne", false],
    ["another order", "ab", "ba", false],
    ["a longer one", "anna", "annaa", false],
    ["an accent", "jose", "josé", false],
    ["composed and decomposed", "jos\u00e9", "jose\u0301", true],
    ["decomposed and in upper case", "jos\u00e9", "JOSE\u0301", true],
    ["Hangul in syllables and in letters", "한글", "한글".normalize("NFD"), true],
    ["an order of marks", "a\u0323\u0302", "a\u0302\u0323", true],
    ["full width", "Ａｎｎａ", "anna", true],
    ["half width Katakana", "ｶﾞ", "ガ", true],
    ["a ligature", "ﬁfi", "FiFI", true],
    ["the Kelvin sign", "\u212a", "k", true],
    ["sharp s", "straße", "STRASSE", true],
    ["capital sharp s", "STRAẞE", "straße", true],
    ["long s", "ſ", "S", true],
    ["final sigma", "ΣΑΣ", "σας", true],
    ["iota below", "ᾳ", "ΑΙ", true],
    ["Cherokee", "Ꭰ", "ꭰ", true],
    ["Deseret, two surrogates each", "𐐀", "𐐨", true],
    ["other letters that look alike", "a", "а", false],
    ["a byte order mark", "\uFEFFanna", "anna", true],
    ["a zero-width space", "an\u200bna", "anna", true],
    ["a soft hyphen", "an\u00adna", "Anna", true],
    ["a joiner", "نمی\u200cخواهم", "نمیخواهم", true],
    ["with the style of an emoji", "❤\ufe0f", "❤", true],
  ];
  for (const [name, a, b, expected] of table) {
    assertEquals(areSame(encode(a), encode(b)), expected, name);
    assertEquals(areSame(encode(b), encode(a)), expected, name);
  }
});

Deno.test("splitDocs() takes documents that are not UTF-8 by their bytes", () => {
  const table: [string, number[], number[], boolean][] = [
    ["the same", [0x61, 0xff], [0x61, 0xff], true],
    ["another one", [0x61, 0xff], [0x61, 0xfe], false],
    ["case of ASCII letters", [0x61, 0xff], [0x41, 0xff], true],
    ["case of other letters, in Latin-1", [0x61, 0xe9], [0x61, 0xc9], false],
    ["U+FFFD", [0x61, 0xff], [0x61, 0xef, 0xbf, 0xbd], false],
    ["a surrogate", [0xed, 0xa0, 0x80], [0xed, 0xa0, 0x81], false],
    ["cut off", [0x61, 0xc3], [0x61, 0xc3, 0xa9], false],
  ];
  for (const [name, a, b, expected] of table) {
    assertEquals(areSame(Uint8Array.from(a), Uint8Array.from(b)), expected, name);
  }
});

/** The ways to write a text that are not to count. */
const VARIANTS: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => text.toUpperCase(),
  (text) => text.toLowerCase(),
  (text) => text.normalize("NFC"),
  (text) => text.normalize("NFD"),
  (text) => text.normalize("NFKC"),
  (text) => text.normalize("NFKD"),
];

Deno.test("splitDocs() keeps all variants of every character on one side", () => {
  const texts: string[] = [], of: number[] = [];
  for (let code = 0; code < 0x20000; code++) {
    if (code >= 0xac00 && code < 0xe000) continue; // Hangul is in another test; surrogates
    const variants = new Set(VARIANTS.map((vary) => vary(String.fromCodePoint(code))));
    if (variants.size === 1) continue;
    for (const variant of variants) {
      texts.push(`x${variant}x`);
      of.push(code);
    }
  }
  const docs = Docs.from(texts);
  assertEquals(docs.length, of.length);
  for (let seed = 0; seed < 4; seed++) { // one seed puts half of the wrong pairs on one side
    const { trainDocs } = splitDocs(docs, 0.5, seed);
    const trained = new Set([...trainDocs]);
    const sideOf = new Map<number, boolean>();
    texts.forEach((text, i) => {
      const code = of[i]!, isTrained = trained.has(text); // as many
      const what = `${JSON.stringify(text)}, a variant of U+${code.toString(16)}`;
      assertEquals(sideOf.get(code) ?? isTrained, isTrained, what);
      sideOf.set(code, isTrained);
    });
  }
});

/** Letters no two of which can be taken for one another, nor for a part of one another. */
const LETTERS = ["a", "b", "é", "ß", "Å", "ﬁ", "한", "민", "σ", "Ｑ", "ガ", "ǆ", "𐐀", " ", "-"];

Deno.test("splitDocs() leaks nothing and loses nothing, on random lists", () => {
  const random = newRandom("random lists");
  for (let round = 0; round < 200; round++) {
    const words = new Set<string>();
    const numWords = 10 + random.randbelow(50);
    while (words.size < numWords) {
      const k = 1 + random.randbelow(4);
      words.add(`(${random.choices(LETTERS, undefined, k).join("")})`);
    }
    const bases = [...words, ...random.choices([...words], undefined, random.randbelow(100))];
    random.shuffle(bases);
    const texts = bases.map((word) => random.choices(VARIANTS)[0]!(word)); // one is drawn
    const docs = Docs.from(texts);
    const order = [...texts.keys()];
    if (round % 2 > 0) {
      const seed = random.getrandbits(32);
      docs.shuffle(new Random(seed));
      new Random(seed).shuffle(order);
    }
    assertEquals(docs.length, texts.length);

    const valFraction = 0.05 + 0.9 * random.random();
    const split = splitDocs(docs, valFraction, random.getrandbits(32));

    // Where in the list the documents are; each text is unlike all others in its bytes or its place.
    const valTexts = new Set([...split.valDocs]);
    const heldOut = new Set(bases.filter((_, i) => valTexts.has(texts[i]!)));
    assertEquals(heldOut.size, Math.round(valFraction * numWords));
    const expected = {
      trainDocs: order.filter((i) => !heldOut.has(bases[i]!)),
      valDocs: order.filter((i) => heldOut.has(bases[i]!) && bases.indexOf(bases[i]!) === i),
    };
    for (const side of ["trainDocs", "valDocs"] as const) {
      assertEquals([...split[side]], expected[side].map((i) => texts[i]), side);
    }
  }
});

const listsOf = ({ trainDocs, valDocs }: Split) => [[...trainDocs], [...valDocs]];

Deno.test("splitDocs() gives the same for the same seed, and leaves the documents as they are", () => {
  for (const seed of [0, -7, 42, 2 ** 40, 10n ** 30n]) {
    const docs = numbered(1000);
    const before = [...docs];
    const first = splitDocs(docs, 0.1, seed);
    assertEquals(listsOf(splitDocs(docs, 0.1, seed)), listsOf(first));
    assertEquals([...docs], before);
    assertEquals([first.trainDocs.bytes === docs.bytes, first.valDocs.bytes === docs.bytes], [
      true,
      true,
    ]);
  }
});

Deno.test("splitDocs() holds out the same documents in whatever order they are", () => {
  const docs = numbered(1000);
  const held = new Set([...splitDocs(docs, 0.1, 5).valDocs]);
  const reversed = Docs.from([...docs].reverse());
  assertEquals(new Set([...splitDocs(reversed, 0.1, 5).valDocs]), held);
  docs.shuffle(new Random(1));
  const shuffled = [...docs];
  const { trainDocs, valDocs } = splitDocs(docs, 0.1, 5);
  assertEquals([...valDocs], shuffled.filter((text) => held.has(text)));
  assertEquals([...trainDocs], shuffled.filter((text) => !held.has(text)));
});

Deno.test("splitDocs() changes few sides when documents are added", () => {
  const before = new Set([...splitDocs(numbered(1000), 0.1, 5).valDocs]);
  const after = new Set([...splitDocs(numbered(1010), 0.1, 5).valDocs]);
  // 100 are held out, then 101: the lowest numbers of both, so that each new one displaces one.
  assertEquals([before.size, after.size], [100, 101]);
  assert(before.difference(after).size <= 10);
});

Deno.test("splitDocs() holds out each document as often, and two together as often", () => {
  const numDocs = 100, numSeeds = 4000, valFraction = 0.25;
  const docs = numbered(numDocs);
  const counts = Array.from({ length: numDocs }, () => 0), pairs = [...counts];
  for (let seed = 0; seed < numSeeds; seed++) { // known seeds: the same figures each time
    const heldOut = new Set([...splitDocs(docs, valFraction, seed).valDocs]);
    const isIn = (i: number) => heldOut.has(`document ${i % numDocs}`);
    for (let i = 0; i < numDocs; i++) {
      if (isIn(i)) counts[i]!++;
      if (isIn(i) && isIn(i + 1)) pairs[i]!++; // i < numDocs
    }
  }
  const p = valFraction, both = p * (p * numDocs - 1) / (numDocs - 1);
  for (const [what, list, q] of [["alone", counts, p], ["together", pairs, both]] as const) {
    const deviation = Math.sqrt(numSeeds * q * (1 - q));
    const scores = list.map((count) => (count - numSeeds * q) / deviation);
    scores.forEach((z, i) => assertClose(z, 0, 4.5, `document ${i} ${what}`));
    const chiSquare = scores.reduce((total, z) => total + z * z, 0);
    assertClose(chiSquare, numDocs, 5 * Math.sqrt(2 * numDocs), what); // its mean and deviation
  }
});

Deno.test("splitDocs() throws if a fraction is not between 0 and 1", () => {
  for (const valFraction of [0, 1, -0.1, 1.1, NaN, Infinity, -0]) {
    assertFails(
      () => splitDocs(numbered(100), valFraction, 1),
      RangeError,
      `Cannot split the documents: valFraction must be above 0 and below 1: it is ${valFraction}`,
    );
  }
});

Deno.test("splitDocs() throws if a side would be empty", () => {
  const table: [number, number, string][] = [
    [10, 0.04, "validate with"],
    [1000, 0.0004, "validate with"],
    [10, 5e-324, "validate with"],
    [10, 0.96, "train on"],
    [1000, 0.9996, "train on"],
  ];
  for (const [n, valFraction, side] of table) {
    const message =
      `Cannot split the documents: valFraction ${valFraction} of ${n} distinct ones ` +
      `leaves none to ${side}`;
    assertFails(() => splitDocs(numbered(n), valFraction, 1), RangeError, message);
  }
  for (const [valFraction, numVal] of [[0.05, 1], [0.94, 9]] as const) {
    assertEquals(splitDocs(numbered(10), valFraction, 1).valDocs.length, numVal);
  }
});

Deno.test("splitDocs() throws if there are fewer than 10 distinct documents", () => {
  const table: [number, string[]][] = [
    [0, []],
    [1, ["a"]],
    [9, [...numbered(9)]],
    [9, [...numbered(9), ...numbered(9)]],
    [9, [...numbered(9), ...Array.from(numbered(9), (text) => text.toUpperCase())]],
  ];
  for (const [numDistinct, texts] of table) {
    assertFails(
      () => splitDocs(Docs.from(texts), 0.5, 1),
      RangeError,
      `Cannot split the documents: at least 10 distinct ones are needed: there are ${numDistinct}`,
    );
  }
});

Deno.test("splitDocs() throws if the seed is not an integer", () => {
  assertFails(
    () => splitDocs(numbered(100), 0.5, 1.5),
    RangeError,
    "Cannot seed the random numbers: the seed must be an integer: it is 1.5",
  );
});

Deno.test(needing(NAMES_NEED, "splitDocs() leaks no name of names.txt"), async () => {
  const docs = Docs.parse(await Deno.readFile(NAMES_TXT));
  const { trainDocs, valDocs } = splitDocs(docs, 0.1, 42);
  const trained = new Set([...trainDocs]), heldOut = new Set([...valDocs]);
  assertEquals([valDocs.length, heldOut.size, trained.size], [2949, 2949, 29_494 - 2949]);
  assertEquals(trained.isDisjointFrom(heldOut), true);
  assertEquals([...trainDocs], [...docs].filter((name) => !heldOut.has(name)));
});

Deno.test("newDocs() leaves out what others have, and what came before", () => {
  const table: [string, string[], string[], string[]][] = [
    ["nothing known", ["b", "a", "b"], [], ["b", "a"]],
    ["all known", ["a", "b"], ["b", "a", "c"], []],
    ["some known", ["d", "a", "c"], ["a"], ["d", "c"]],
    ["variants known", ["JOSE\u0301", "Ｊosé", "jose"], ["jos\u00e9"], ["jose"]],
    ["variants among themselves", ["Anna", "ANNA", "anna"], ["bob"], ["Anna"]],
    ["nothing new to find", [], ["a"], []],
  ];
  for (const [name, docs, others, expected] of table) {
    assertEquals([...newDocs(Docs.from(docs), Docs.from(others))], expected, name);
  }
});

Deno.test("newDocs() of the two sides of a split is each of them, without duplicates", () => {
  const texts = [...numbered(50), ...numbered(20)];
  const { trainDocs, valDocs } = splitDocs(Docs.from(texts), 0.3, 1);
  assertEquals([...newDocs(Docs.from(texts), trainDocs)], [...valDocs]);
  assertEquals([...newDocs(Docs.from(texts), valDocs)], [...new Set(trainDocs)]);
});
