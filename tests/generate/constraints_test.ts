import { assert, assertEquals, assertThrows } from "@std/assert";
import { Constraints, type TextConstraints } from "../../lib/generate/constraints.ts";
import { Docs } from "../../lib/docs.ts";
import type { Random } from "../../lib/random.ts";
import { tokenByToken } from "../../lib/generate/token_by_token.ts";
import { Tokenizer } from "../../lib/tokenizer.ts";
import { assertFails } from "../helpers/assert.ts";
import { FakeEngine } from "../helpers/fake_engine.ts";
import { gaussVector, newRandom } from "../helpers/random.ts";

/** Tells if a text is as it should be, by the functions of strings. */
function meets(text: string, constraints: TextConstraints): boolean {
  const { prompt = "", startsWith = "", endsWith = "", contains = "" } = constraints;
  const { minLength = 0, maxLength = Infinity } = constraints;
  const length = [...text].length;
  return text.startsWith(prompt) && text.startsWith(startsWith) && text.endsWith(endsWith) &&
    text.includes(contains) && length >= minLength && length <= maxLength;
}

/** All texts of a vocabulary of up to `blockSize` tokens; where tokens are bytes, those in UTF-8. */
function allTexts(tokenizer: Tokenizer, blockSize: number): string[] {
  const texts: string[] = [];
  const extend = (ids: number[]) => {
    const text = tokenizer.decode(ids);
    if (tokenizer.kind === "char" || isUtf8(ids.map((id) => tokenizer.codes[id]!))) { // it encodes
      texts.push(text);
    }
    if (ids.length === blockSize) return;
    for (let id = 0; id < tokenizer.bos; id++) extend([...ids, id]);
  };
  extend([]);
  return texts;
}

function isUtf8(bytes: number[]): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(bytes));
    return true;
  } catch {
    return false;
  }
}

/** All texts that the allowed tokens lead to; fails if one leads to no end. */
function reachableTexts(
  constraints: Constraints,
  tokenizer: Tokenizer,
  blockSize: number,
): string[] {
  const texts: string[] = [];
  const extend = (ids: number[]) => {
    const guide = constraints.guide();
    ids.forEach((id) => guide.append(id));
    const allowed = Array.from(guide.allowed);
    assertEquals(allowed.length, tokenizer.vocabSize);
    assert(allowed.includes(1), `${ids} leads nowhere`);
    if (allowed[tokenizer.bos] === 1) texts.push(tokenizer.decode(ids));
    const symbols = [...allowed.keys()].filter((id) => id !== tokenizer.bos && allowed[id] === 1);
    assert(ids.length < blockSize || symbols.length === 0, `${ids} leads out of the block`);
    symbols.forEach((id) => extend([...ids, id]));
  };
  extend([]);
  return texts;
}

/** Each constraint or not; lengths up to 6, texts of up to 3 tokens. */
function randomConstraints(random: Random, pieces: readonly string[]): TextConstraints {
  const maybe = <T>(draw: () => T) => random.random() < 0.35 ? draw() : undefined;
  const piece = () => pieces[random.randbelow(pieces.length)]!; // below its length
  return {
    prompt: maybe(piece),
    startsWith: maybe(piece),
    endsWith: maybe(piece),
    contains: maybe(piece),
    minLength: maybe(() => random.randbelow(7)),
    maxLength: maybe(() => random.randbelow(7)),
  };
}

const VOCABULARIES: readonly Tokenizer[] = [
  ...["a", "ab", "a한😀", "abcd"].map((text) => Tokenizer.fromDocs(Docs.from([text]))),
  ...[
    [0x61, 0x62],
    [0x61, 0xa9, 0xc3], // a, é
    [0x61, 0x80, 0xc3, 0xff], // a, À, and a byte that never is in UTF-8
    [0x80, 0xa0, 0xe0, 0xe1], // E0 80 and E0 A0 are not alike
    [0x80, 0x9f, 0xa0, 0xed], // no surrogates
    [0x80, 0x8f, 0x90, 0xf0], // nothing too long
    [0x61, 0x8f, 0x90, 0xf4], // nothing above U+10FFFF
    [0x80, 0xc3],
  ].map((codes) => new Tokenizer("byte", codes)),
];

/** The things that a message names, in its words. */
const PHRASES = {
  prompt: "begin with the prompt",
  startsWith: "start with",
  contains: "contain",
  endsWith: "end with",
  minLength: "have at least",
  maxLength: "have at most",
} as const;

/** Fails unless what a message names contradicts, and nothing in it could be left out. */
function assertNarrowest(
  message: string,
  constraints: TextConstraints,
  tokenizer: Tokenizer,
  blockSize: number,
  texts: readonly string[],
): void {
  assert(message.startsWith("Cannot generate: no text can "), message);
  const names = (Object.keys(PHRASES) as (keyof typeof PHRASES)[])
    .filter((name) => message.includes(PHRASES[name]));
  const only = (kept: typeof names): TextConstraints =>
    Object.fromEntries(kept.map((name) => [name, constraints[name]]));
  assert(!texts.some((text) => meets(text, only(names))), `${message}: these can`);
  for (const name of names) {
    const others = only(names.filter((other) => other !== name));
    if (message.includes("block")) {
      assert(texts.some((text) => meets(text, others)), `${message}: without ${name}, too`);
    } else new Constraints(others, tokenizer, 100);
  }
  if (message.includes("block")) new Constraints(only(names), tokenizer, 100);
  else assertThrows(() => new Constraints(only(names), tokenizer, blockSize + 1), RangeError);
}

for (const tokenizer of VOCABULARIES) {
  const shown = tokenizer.codes.map((code) => code.toString(16)).join(" ");
  Deno.test(`Constraints lead to just the texts that meet them: ${tokenizer.kind}s ${shown}`, () => {
    const random = newRandom(`${tokenizer.kind}s ${shown}`);
    const pieces = allTexts(tokenizer, 3);
    const textsOf = new Map([1, 2, 3, 4, 5].map((size) => [size, allTexts(tokenizer, size)]));
    let numPossible = 0;
    for (let round = 0; round < 300; round++) {
      const blockSize = 1 + random.randbelow(tokenizer.bos > 3 ? 4 : 5);
      const constraints = randomConstraints(random, pieces);
      const texts = textsOf.get(blockSize)!; // from 1 to 5
      const expected = texts.filter((text) => meets(text, constraints));
      const what = `${JSON.stringify(constraints)}, block size ${blockSize}`;
      if (expected.length === 0) {
        const { message } = assertThrows(
          () => new Constraints(constraints, tokenizer, blockSize),
          RangeError,
          undefined,
          what,
        );
        assertNarrowest(message, constraints, tokenizer, blockSize, texts);
      } else {
        const possible = new Constraints(constraints, tokenizer, blockSize);
        const actual = reachableTexts(possible, tokenizer, blockSize);
        assertEquals(actual.sort(), expected.sort(), what);
        numPossible++;
      }
    }
    // 7% ask for nothing, 15% for impossible lengths: 300 of a kind come once in 10^10 runs at most.
    assert(numPossible > 0 && numPossible < 300, "of both kinds");
  });
}

Deno.test("Constraints of a vocabulary without a text allow the empty one", () => {
  for (const tokenizer of [new Tokenizer("char", []), new Tokenizer("byte", [0x80])]) {
    const constraints = new Constraints({ startsWith: "", maxLength: 4 }, tokenizer, 5);
    assertEquals(reachableTexts(constraints, tokenizer, 5), [""]);
    assertFails(
      () => new Constraints({ minLength: 1, maxLength: 4 }, tokenizer, 5),
      RangeError,
      "Cannot generate: no text can have at least 1 character",
    );
  }
});

const LETTERS = Tokenizer.fromDocs(Docs.from(["abcdefghijklmnopqrstuvwxyz"]));
const KOREAN = Docs.from(["가연", "은서", "é"]);
const KOREAN_BYTES = Tokenizer.fromDocs(KOREAN, "byte");

Deno.test("Constraints that are far too long for the block are named at once, and cut", () => {
  const long = "ab".repeat(50_000);
  for (const name of ["prompt", "startsWith", "contains", "endsWith"] as const) {
    const error = assertThrows(
      () =>
        new Constraints({ [name]: long, maxLength: 3 }, Tokenizer.fromDocs(Docs.from(["ab"])), 16),
      RangeError,
      "fit the block of 16 tokens",
    );
    assert(error.message.length < 300, `${error.message.length} characters`);
  }
});

Deno.test("Constraints that contradict are named, and no others", () => {
  const table: [TextConstraints, number, string][] = [
    [{ minLength: 2, maxLength: 1 }, 16, "have at least 2 characters and have at most 1 character"],
    [{ minLength: 17 }, 16, "have at least 17 characters and fit the block of 16 tokens"],
    [{ minLength: 2 }, 1, "have at least 2 characters and fit the block of 1 token"],
    [
      { minLength: 1e15, startsWith: "ab" },
      16,
      "have at least 1000000000000000 characters and fit the block of 16 tokens",
    ],
    [{ startsWith: "ma", maxLength: 1 }, 16, 'start with "ma" and have at most 1 character'],
    [
      { startsWith: "ma", endsWith: "b", maxLength: 2 },
      16,
      'start with "ma", end with "b" and have at most 2 characters',
    ],
    [
      { startsWith: "ma", endsWith: "b", contains: "ma", minLength: 2, maxLength: 1 },
      16,
      "have at least 2 characters and have at most 1 character",
    ],
    [
      { prompt: "ba", startsWith: "ma", endsWith: "z", minLength: 1 },
      16,
      'begin with the prompt "ba" and start with "ma"',
    ],
    [
      { prompt: "b", contains: "xyz", endsWith: "ab" },
      5,
      'begin with the prompt "b", contain "xyz", end with "ab" and fit the block of 5 tokens',
    ],
    [
      { prompt: "abcdef", maxLength: 1e15 },
      5,
      'begin with the prompt "abcdef" and fit the block of 5 tokens',
    ],
    [
      { startsWith: "abcdef", maxLength: 4 },
      5,
      'start with "abcdef" and have at most 4 characters',
    ],
  ];
  for (const [constraints, blockSize, said] of table) {
    assertFails(
      () => new Constraints(constraints, LETTERS, blockSize),
      RangeError,
      `Cannot generate: no text can ${said}`,
    );
  }
  for (const maxLength of [undefined, 1e15]) {
    assertFails(
      () => new Constraints({ contains: "가연", maxLength }, KOREAN_BYTES, 5),
      RangeError,
      'Cannot generate: no text can contain "가연" and fit the block of 5 tokens',
    );
  }
});

Deno.test("Constraints with a pattern that contradicts name it", () => {
  const table: [TextConstraints, Tokenizer, string][] = [
    [{ match: /é/u }, LETTERS, "match /é/u"],
    [{ match: /^a$/, minLength: 2 }, LETTERS, "match /^a$/ and have at least 2 characters"],
    [
      { match: /^k.*qu.*a$/u, maxLength: 3, endsWith: "a" },
      LETTERS,
      "match /^k.*qu.*a$/u and have at most 3 characters",
    ],
    [{ match: /\d/u, prompt: "a" }, LETTERS, "match /\\d/u"],
    [{ match: /^.{17}/u }, LETTERS, "match /^.{17}/u and fit the block of 16 tokens"],
    [{ match: /^은/u, startsWith: "가" }, KOREAN_BYTES, 'start with "가" and match /^은/u'],
    [{ match: /[나-다]/ }, KOREAN_BYTES, "match /[나-다]/"],
  ];
  for (const [constraints, tokenizer, said] of table) {
    assertFails(
      () => new Constraints(constraints, tokenizer, 16),
      RangeError,
      `Cannot generate: no text can ${said}`,
    );
  }
});

Deno.test("Constraints leave to a filter what no automaton can tell", () => {
  const table: [TextConstraints, string[], string[]][] = [
    [{ match: /(.)\1/u }, ["aa", "abb"], ["", "ab"]],
    [{ match: /a(?=b)/gu }, ["ab", "cab"], ["", "ba"]],
    [{ match: /a/u }, ["b"], []], // the automaton knows
    [{ endsWith: "b", match: /(?<!c)b/u }, ["ab"], ["cb"]],
  ];
  for (const [constraints, satisfied, others] of table) {
    const possible = new Constraints(constraints, LETTERS, 16);
    for (const text of satisfied) assert(possible.isSatisfied(text), text);
    for (const text of others) assert(!possible.isSatisfied(text), text);
  }
  const emoji = Tokenizer.fromDocs(Docs.from(["😀a"]));
  assertEquals(new Constraints({ match: /a/ }, emoji, 16).steering, "none", "halves of 😀");
  assertEquals(new Constraints({ match: /a/u }, emoji, 16).steering, "lookahead");
  const bytes = Tokenizer.fromDocs(Docs.from(["😀a"]), "byte");
  assertEquals(new Constraints({ match: /a/ }, bytes, 16).steering, "none", "likewise");
  assertEquals(new Constraints({ match: /가/ }, KOREAN_BYTES, 16).steering, "lookahead");
});

Deno.test("Constraints of composed letters allow only texts that compose", () => {
  const jamo = Tokenizer.fromDocs(Docs.from(["간".normalize("NFD"), "é".normalize("NFD")]));
  const bytes = Tokenizer.fromDocs(
    Docs.from(["간".normalize("NFD"), "é".normalize("NFD")]),
    "byte",
  );
  const isComposed = (text: string) => !/^\p{M}|[\u1100-\u11ff]/u.test(text.normalize("NFC"));
  const expected = allTexts(jamo, 3).filter((text) => text !== "" && isComposed(text));
  assert(expected.includes("가e".normalize("NFD")), "some are left");
  for (const [tokenizer, blockSize] of [[jamo, 4], [bytes, 10]] as const) {
    const wanted = { composed: true, minLength: 1, maxLength: 3, contains: "e" };
    const constraints = new Constraints(wanted, tokenizer, blockSize);
    const texts = reachableTexts(constraints, tokenizer, blockSize);
    for (const text of texts) assert(isComposed(text), text); // of bytes, other characters, too
    const ours = texts.filter((text) => [...text].every((c) => jamo.symbols.includes(c)));
    assertEquals(ours.sort(), expected.filter((text) => text.includes("e")).sort());
  }
  const filter = new Constraints({ composed: true }, jamo, 4);
  for (const text of ["", "가", "e", "é", "간e", "éé"]) {
    assert(filter.isSatisfied(text.normalize("NFD")), text);
  }
  for (const text of ["ᄀ", "ᅡ", "가ᄀ", "\u0301", "\u0301e", "eᆫ"]) {
    assert(!filter.isSatisfied(text), text);
  }
  assertFails(
    () => new Constraints({ composed: true, startsWith: "\u0301" }, jamo, 4),
    RangeError,
    'Cannot generate: no text can start with "\u0301" and have only letters that compose',
  );
});

Deno.test("Constraints judge a pattern by composed letters, where letters are to compose", () => {
  const jamo = Tokenizer.fromDocs(Docs.from(["간".normalize("NFD")]));
  const constraints = new Constraints({ composed: true, match: /^.간$/u }, jamo, 9);
  assert(constraints.isSatisfied("가간".normalize("NFD")));
  assert(!constraints.isSatisfied("간".normalize("NFD")));
  const letters = new Constraints({ composed: true, match: /^.b$/u }, LETTERS, 9);
  assertEquals(letters.steering, "lookahead", "there is nothing to compose");
});

Deno.test("Constraints with a character that is not in the vocabulary name both", () => {
  const table: [TextConstraints, Tokenizer, string, string][] = [
    [{ endsWith: "aé" }, LETTERS, 'end with "aé"', '"é"'],
    [{ startsWith: "a\n" }, LETTERS, 'start with "a\\n"', '"\\n"'],
    [{ contains: "😀a" }, LETTERS, 'contain "😀a"', '"😀"'],
    [{ prompt: "\ud800" }, LETTERS, 'begin with the prompt "\\ud800"', '"\\ud800"'],
    [{ prompt: "가나" }, KOREAN_BYTES, 'begin with the prompt "가나"', '"나"'],
    [
      { startsWith: "\ud800" },
      new Tokenizer("byte", Array.from({ length: 0x100 }, (_, byte) => byte)),
      'start with "\\ud800"',
      '"\\ud800"',
    ],
  ];
  for (const [constraints, tokenizer, said, character] of table) {
    assertFails(
      () => new Constraints(constraints, tokenizer, 16),
      RangeError,
      `Cannot generate: no text can ${said}: character ${character} is not in the vocabulary`,
    );
  }
});

Deno.test("Constraints throw on a length that is none", () => {
  for (const name of ["minLength", "maxLength"] as const) {
    for (const length of [-1, 1.5, NaN, Infinity, 2 ** 53]) {
      assertFails(
        () => new Constraints({ [name]: length }, LETTERS, 16),
        RangeError,
        `Cannot generate: ${name} must be an integer from 0 on: it is ${length}`,
      );
    }
  }
});

Deno.test("Constraints.steering is what it takes to satisfy them", () => {
  const table: [TextConstraints, Constraints["steering"]][] = [
    [{}, "none"],
    [{ prompt: undefined, maxLength: undefined, match: undefined, composed: false }, "none"],
    [{ minLength: 0, maxLength: 16 }, "none"], // as all texts
    [{ composed: true }, "none"], // there are no letters that need to compose
    [{ match: /(.)\1/u }, "none"], // not for an automaton
    [{ prompt: "" }, "guide"],
    [{ startsWith: "a", prompt: "ab" }, "guide"],
    [{ endsWith: "" }, "lookahead"],
    [{ contains: "" }, "lookahead"],
    [{ minLength: 1 }, "lookahead"],
    [{ maxLength: 15 }, "lookahead"],
    [{ match: /a/u }, "lookahead"],
    [{ prompt: "a", endsWith: "b" }, "lookahead"],
  ];
  for (const [constraints, expected] of table) {
    assertEquals(new Constraints(constraints, LETTERS, 16).steering, expected);
  }
  const jamo = Tokenizer.fromDocs(Docs.from(["한".normalize("NFD")]));
  assertEquals(new Constraints({ composed: true }, jamo, 16).steering, "none");
  assertEquals(new Constraints({ composed: true, prompt: "ᄒ" }, jamo, 16).steering, "lookahead");
});

Deno.test("Constraints.guide() begins anew each time", () => {
  const constraints = new Constraints({ startsWith: "ab" }, LETTERS, 16);
  const only = (id: number) => Array.from({ length: 27 }, (_, i) => i === id ? 1 : 0);
  const first = constraints.guide();
  assertEquals(Array.from(first.allowed), only(0));
  first.append(0);
  assertEquals(Array.from(first.allowed), only(1));
  assertEquals(Array.from(constraints.guide().allowed), only(0));
});

Deno.test("Constraints.guide() throws on a token that must not come", () => {
  const guide = new Constraints({ startsWith: "ab" }, LETTERS, 16).guide();
  guide.append(0);
  for (const id of [0, 26, 27, -1, 0.5, NaN]) {
    assertFails(
      () => guide.append(id),
      RangeError,
      `Cannot append token ${id}: the constraints do not allow it`,
    );
  }
  guide.append(1);
  assertEquals(guide.allowed[26], 1);
  assertFails(
    () => guide.append(26),
    RangeError,
    "Cannot append token 26: the constraints do not allow it",
  );
});

Deno.test("Constraints are met by whatever a model writes", () => {
  const random = newRandom("models that care for nothing");
  const logits = gaussVector(random, 50 * 27, 3);
  const table: [TextConstraints, Tokenizer, number][] = [
    [{ startsWith: "ma", endsWith: "a", minLength: 5, maxLength: 7 }, LETTERS, 16],
    [{ prompt: "abracad", contains: "abra", endsWith: "bra", maxLength: 11 }, LETTERS, 16],
    [{ contains: "zz", endsWith: "zza", minLength: 16 }, LETTERS, 16],
    [{ endsWith: "abcdefghijklmnop" }, LETTERS, 16],
    [{ minLength: 3, maxLength: 4 }, KOREAN_BYTES, 16],
    [{ contains: "é", endsWith: "연", minLength: 3 }, KOREAN_BYTES, 8],
    [{ prompt: "은", maxLength: 200, minLength: 60 }, KOREAN_BYTES, 256],
  ];
  for (const [constraints, tokenizer, blockSize] of table) {
    const { vocabSize } = tokenizer;
    const engine = new FakeEngine({ vocabSize, blockSize }, ({ length }) => {
      const first = length % 50 * 27;
      return logits.subarray(first, first + vocabSize);
    });
    const compiled = new Constraints(constraints, tokenizer, blockSize);
    const draw = tokenByToken(engine, random, 2, { newGuide: () => compiled.guide() });
    for (let i = 0; i < 200; i++) {
      const text = tokenizer.decode(draw());
      assert(meets(text, constraints), `${JSON.stringify(text)}: ${JSON.stringify(constraints)}`);
      assert(!text.includes("\ufffd"), `${text} is UTF-8`);
      assert(tokenizer.encode(text).length <= blockSize);
    }
  }
});

Deno.test("Constraints of a long block take no more than their lengths ask for", () => {
  const blockSize = 1e6;
  const { bos } = LETTERS;
  for (const tokenizer of [LETTERS, new Tokenizer("byte", LETTERS.codes)]) {
    const exact = new Constraints({ minLength: 3e5, maxLength: 3e5 }, tokenizer, blockSize).guide();
    const guide = new Constraints({ maxLength: 3e5, endsWith: "ab" }, tokenizer, blockSize).guide();
    for (let i = 0; i < 3; i++) {
      assertEquals([exact.allowed[0], exact.allowed[bos]], [1, 0]);
      assertEquals([guide.allowed[0], guide.allowed[bos]], [1, 0]);
      exact.append(0);
      guide.append(0);
    }
    guide.append(1);
    assertEquals([guide.allowed[0], guide.allowed[bos]], [1, 1]);
  }
});

Deno.test("Constraints throw if following them would take too much memory", () => {
  const table: [TextConstraints, Tokenizer][] = [
    [{ minLength: 1e6, endsWith: "abcdefghi" }, LETTERS],
    [{ maxLength: 1e7, endsWith: "a" }, new Tokenizer("byte", LETTERS.codes)],
    [{ contains: "abcdefghijklmnopqrstuvwxyz".repeat(10_000) }, LETTERS],
  ];
  for (const [constraints, tokenizer] of table) {
    assertFails(
      () => new Constraints(constraints, tokenizer, 1e8),
      RangeError,
      "Cannot generate: the constraints are too many or too long: " +
        "shorten the texts, or drop the lengths",
    );
  }
});
