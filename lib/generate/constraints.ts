/**
 * Constraints on the texts that a model writes. Contradictions between them are found before
 * anything is written, and named.
 *
 * All but a few patterns become an automaton over tokens, which allows a token only if a text that
 * satisfies the constraints can follow. A beginning needs no more: what the model writes after it
 * is what it would have written anyway. For the rest there is lookahead (see `constrained`). A
 * model that just avoids what is not allowed wanders into texts that it finds unlikely itself.
 *
 * What it does not do: draw tokens (see `token_choice` and `proposals`), filter texts (see
 * `generate`).
 *
 * @example The tokens that may come next
 * ```ts
 * import { Constraints } from "./constraints.ts";
 * import { Docs, Tokenizer } from "@x/microgpt/lib";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const tokenizer = Tokenizer.fromDocs(Docs.from(["abc"])); // a 0, b 1, c 2, BOS 3
 * const constraints = new Constraints({ endsWith: "ab", maxLength: 3 }, tokenizer, 16);
 * const guide = constraints.guide();
 * assertEquals(guide.allowed, Uint8Array.of(1, 1, 1, 0)); // any symbol, not the end
 * guide.append(2);
 * assertEquals(guide.allowed, Uint8Array.of(1, 0, 0, 0)); // "cab" it must be
 *
 * assertThrows(
 *   () => new Constraints({ startsWith: "abc", maxLength: 2 }, tokenizer, 16),
 *   RangeError,
 *   'Cannot generate: no text can start with "abc" and have at most 2 characters',
 * );
 * ```
 *
 * @module
 */

import { assertInteger } from "../engine.ts";
import { quote, shorten, shownValue } from "../text/quote.ts";
import { COMPOSED, COMPOSING } from "../text/composed.ts";
import type { Tokenizer } from "../tokenizer.ts";
import { type Automaton, contains, endsWith, startsWith } from "./automaton.ts";
import { TextAutomaton } from "./text_automaton.ts";
import { patternAutomaton, textMatcher } from "./text_pattern.ts";
import type { Guide } from "./token_choice.ts";
import { overBytes, WELL_FORMED_UTF8 } from "./utf8_automaton.ts";

/** Constraints on a text. Lengths are in characters, which are Unicode code points. */
export interface TextConstraints {
  /** The beginning that the model is given; the text has it, too. */
  readonly prompt?: string | undefined;
  /** The beginning of the text. */
  readonly startsWith?: string | undefined;
  /** The end of the text. */
  readonly endsWith?: string | undefined;
  /** A part of the text, anywhere. */
  readonly contains?: string | undefined;
  /** The minimum number of characters. */
  readonly minLength?: number | undefined;
  /** The maximum number of characters. */
  readonly maxLength?: number | undefined;
  /** A pattern that the text must match; anywhere, unless the pattern says where. */
  readonly match?: RegExp | undefined;
  /**
   * True if the model's texts are in Unicode normalization form NFD. Then their letters must
   * compose: each Hangul syllable is whole, and no text begins with a combining mark. And `match`
   * is about the texts in NFC, as people see them.
   */
  readonly composed?: boolean | undefined;
}

/** The constraints, and the one that the model brings. */
interface Wanted extends TextConstraints {
  /** The maximum number of tokens. */
  readonly block?: number | undefined;
}

/** The words for each constraint after "no text can", in the order in which they are said. */
const SAID: { readonly [name in keyof Wanted]-?: (value: string, isOne: boolean) => string } = {
  prompt: (text) => `begin with the prompt ${text}`,
  startsWith: (text) => `start with ${text}`,
  contains: (text) => `contain ${text}`,
  endsWith: (text) => `end with ${text}`,
  match: (pattern) => `match ${shorten(pattern)}`,
  composed: () => "have only letters that compose",
  minLength: (n, isOne) => `have at least ${n} ${isOne ? "character" : "characters"}`,
  maxLength: (n, isOne) => `have at most ${n} ${isOne ? "character" : "characters"}`,
  block: (n, isOne) => `fit the block of ${n} ${isOne ? "token" : "tokens"}`,
};

/** The types of the constraints: JavaScript would take a pattern in quotes for a text. */
const KINDS: { readonly [name in keyof Wanted]-?: "string" | "number" | "boolean" | "RegExp" } = {
  prompt: "string",
  startsWith: "string",
  contains: "string",
  endsWith: "string",
  match: "RegExp",
  composed: "boolean",
  minLength: "number",
  maxLength: "number",
  block: "number",
};

const NAMES = Object.keys(SAID) as (keyof Wanted)[]; // they are

/** The automata of the constraints that have one. */
type Automata = ReadonlyMap<keyof Wanted, Automaton>;

/** The way to satisfy constraints. */
interface Plan {
  /** The constraints that the automaton is to know. */
  readonly wanted: Wanted;
  readonly automata: Automata;
  /** The others: whether a text satisfies each. */
  readonly filters: readonly ((text: string) => boolean)[];
}

/** Constraints that can be satisfied, for the tokens of a model. */
export class Constraints {
  /** The automaton. */
  readonly automaton: TextAutomaton;
  /** The means to satisfy them: none, a guide for a beginning, or lookahead. */
  readonly steering: "none" | "guide" | "lookahead";
  /** The tokens that texts begin with. */
  readonly prefix: readonly number[];
  readonly #filters: Plan["filters"];
  readonly #vocabSize: number;

  /**
   * Checks constraints, and prepares to satisfy them.
   *
   * @param constraints The constraints. If tokens are bytes, the automaton accepts UTF-8 only.
   * @param tokenizer The tokens.
   * @param blockSize The maximum number of tokens of a text: the model's.
   * @throws {TypeError} If a constraint is of another type, such as a pattern that is a string.
   * @throws {RangeError} If no text satisfies the constraints: they contradict each other, the
   * block is too short for them, or a character is not in the vocabulary. If a length is not
   * an integer from 0 on, a pattern is too large or could take too long, or the constraints are
   * too many or too long to be followed together.
   */
  constructor(constraints: TextConstraints, tokenizer: Tokenizer, blockSize: number) {
    const all: Wanted = { ...constraints, block: blockSize };
    for (const name of NAMES) {
      const value = all[name];
      if (value === undefined) continue;
      assertKind(name, value);
      if (typeof value === "number") assertInteger(`Cannot generate: ${name}`, value, 0);
      if (typeof value === "string") assertSpellable(name, value, tokenizer);
    }
    assertLengths(all);
    assertShort(all, tokenizer, blockSize);
    const { wanted, automata, filters } = planOf(all, tokenizer, blockSize);
    this.automaton = newAutomaton(wanted, automata, tokenizer);
    if (!this.automaton.isPossible) throw contradiction(narrowest(wanted, automata, tokenizer));
    const given = NAMES.filter((name) => wanted[name] !== undefined && name !== "block");
    const isBeginning = given.every((name) => name === "prompt" || name === "startsWith");
    this.steering = given.length === 0 ? "none" : isBeginning ? "guide" : "lookahead";
    const { prompt = "", startsWith = "" } = wanted; // one begins with the other
    this.prefix = tokenizer.encode(prompt.length > startsWith.length ? prompt : startsWith);
    this.#filters = filters;
    this.#vocabSize = tokenizer.vocabSize;
  }

  /** Tells whether a text that the automaton accepts satisfies the other constraints, too. */
  isSatisfied(text: string): boolean {
    return this.#filters.every((isMatch) => isMatch(text));
  }

  /**
   * Begins a text.
   *
   * @returns Its guide: after each token, the tokens that may come next. Its `append()` throws a
   * RangeError if a token comes that may not.
   */
  guide(): Guide {
    return new Walk(this.automaton, this.#vocabSize);
  }
}

/** A guide along the automaton. */
class Walk implements Guide {
  readonly allowed: Uint8Array;
  readonly #automaton: TextAutomaton;
  #state = 0;
  #length = 0;

  constructor(automaton: TextAutomaton, vocabSize: number) {
    this.#automaton = automaton;
    this.allowed = new Uint8Array(vocabSize);
    automaton.fillAllowed(this.#state, this.#length, this.allowed);
  }

  append(tokenId: number): void {
    if (this.allowed[tokenId] !== 1 || tokenId === this.allowed.length - 1) {
      throw new RangeError(`Cannot append token ${tokenId}: the constraints do not allow it`);
    }
    const k = this.#automaton.classes[tokenId]!; // one per token
    this.#state = this.#automaton.next(this.#state, this.#length, k);
    this.#length++;
    this.#automaton.fillAllowed(this.#state, this.#length, this.allowed);
  }
}

/** Checks the type of a constraint, for those who call from JavaScript. */
function assertKind(name: keyof Wanted, value: unknown): void {
  const kind = KINDS[name];
  const found = value instanceof RegExp ? "RegExp" : typeof value;
  if (found === kind) return;
  throw new TypeError(`Cannot generate: ${name} must be a ${kind}: it is ${shownValue(value)}`);
}

/** Makes an automaton for each constraint, or a filter where there is none. */
function planOf(all: Wanted, tokenizer: Tokenizer, blockSize: number): Plan {
  const automata = new Map<keyof Wanted, Automaton>();
  const filters: ((text: string) => boolean)[] = [];
  const { prompt, startsWith: start, contains: part, endsWith: end, match } = all;
  if (prompt !== undefined) automata.set("prompt", startsWith(codesOf(prompt, tokenizer)));
  if (start !== undefined) automata.set("startsWith", startsWith(codesOf(start, tokenizer)));
  if (part !== undefined) automata.set("contains", contains(codesOf(part, tokenizer)));
  if (end !== undefined) automata.set("endsWith", endsWith(codesOf(end, tokenizer)));
  const isDecomposed = all.composed === true && mayNotCompose(tokenizer);
  if (match !== undefined) {
    const automaton = isDecomposed ? undefined : overTokens(match, tokenizer, blockSize);
    if (automaton !== undefined) automata.set("match", automaton);
    else {
      const matches = textMatcher(match, blockSize);
      filters.push(isDecomposed ? (text) => matches(text.normalize("NFC")) : matches);
    }
  }
  // What is true of every text would only make tables longer.
  const minLength = all.minLength === 0 ? undefined : all.minLength;
  const maxLength = all.maxLength! >= blockSize ? undefined : all.maxLength; // or undefined
  if (isDecomposed) {
    // Alone it is true of most texts: those that are not composed are drawn again.
    const isAlone = automata.size === 0 && minLength === undefined && maxLength === undefined;
    if (isAlone) filters.push(textMatcher(COMPOSED, blockSize));
    else automata.set("composed", overTokens(COMPOSED, tokenizer, blockSize)!); // it is regular
  }
  const known = <N extends keyof Wanted>(name: N) => automata.has(name) ? all[name] : undefined;
  const wanted = {
    ...all,
    minLength,
    maxLength,
    match: known("match"),
    composed: known("composed"),
  };
  return { wanted, automata, filters };
}

/** Tells whether a vocabulary has letters that only texts in NFD have. */
function mayNotCompose({ kind, codes, symbols }: Tokenizer): boolean {
  return kind === "byte" ? codes.some((code) => code >= 0x80) : COMPOSING.test(symbols.join(""));
}

/** Makes the automaton of a pattern over code points or bytes, if there is one. */
function overTokens(
  pattern: RegExp,
  { kind, codes }: Tokenizer,
  blockSize: number,
): Automaton | undefined {
  // Without the flag u it is one over UTF-16 code units, which not all characters are.
  const isHalved = !pattern.unicode &&
    codes.some((code) => code >= (kind === "byte" ? 0xf0 : 0x10000));
  const automaton = isHalved ? undefined : patternAutomaton(pattern, blockSize);
  return automaton && kind === "byte" ? overBytes(automaton) : automaton;
}

function newAutomaton(wanted: Wanted, automata: Automata, tokenizer: Tokenizer): TextAutomaton {
  const { minLength = 0, maxLength = Infinity, block = Number.MAX_SAFE_INTEGER } = wanted;
  const used = [...automata].filter(([name]) => wanted[name] !== undefined);
  const utf8 = tokenizer.kind === "byte" ? [WELL_FORMED_UTF8] : [];
  return new TextAutomaton({
    automata: [...used.map(([, automaton]) => automaton), ...utf8],
    minLength,
    maxLength,
    maxTokens: block,
  }, tokenizer);
}

/** Lists the code points or bytes of a text. */
function codesOf(text: string, { kind }: Tokenizer): number[] {
  return kind === "byte"
    ? [...new TextEncoder().encode(text)]
    : Array.from(text, (character) => character.codePointAt(0)!); // a character is not empty
}

/** Finds constraints that contradict each other, and do not without any one of them. */
function narrowest(wanted: Wanted, automata: Automata, tokenizer: Tokenizer): Wanted {
  for (const name of NAMES.toReversed()) { // the block, which nobody asked for, first
    const fewer = { ...wanted, [name]: undefined };
    if (!newAutomaton(fewer, automata, tokenizer).isPossible) wanted = fewer;
  }
  return wanted;
}

function contradiction(wanted: Wanted): RangeError {
  const said = NAMES.flatMap((name) => {
    const value = wanted[name];
    if (value === undefined) return [];
    return SAID[name](typeof value === "string" ? quote(value) : `${value}`, value === 1);
  });
  const last = said.pop();
  const list = said.length === 0 ? last : `${said.join(", ")} and ${last}`;
  return new RangeError(`Cannot generate: no text can ${list}`);
}

/** Throws if lengths alone contradict, whatever the texts: so a table of them is never long. */
function assertLengths({ minLength = 0, maxLength = Infinity, block = Infinity }: Wanted): void {
  if (minLength > maxLength) throw contradiction({ minLength, maxLength });
  if (minLength > block) throw contradiction({ minLength, block });
}

/** Throws if a text is far too long for the block: its automaton would be large, only to say so. */
function assertShort(wanted: Wanted, tokenizer: Tokenizer, block: number): void {
  const LONG = 1000;
  for (const name of NAMES) {
    const value = wanted[name];
    const isText = typeof value === "string" && value.length > LONG;
    if (isText && codesOf(value, tokenizer).length > block) {
      throw contradiction({ [name]: value, block });
    }
  }
}

/** Throws if a text has a character that no token stands for. */
function assertSpellable(name: keyof Wanted, text: string, tokenizer: Tokenizer): void {
  for (const character of text) {
    const codes = codesOf(character, tokenizer);
    if (character.isWellFormed() && codes.every((code) => tokenizer.codes.includes(code))) continue;
    throw new RangeError(
      `Cannot generate: no text can ${SAID[name](quote(text), false)}: ` +
        `character ${quote(character)} is not in the vocabulary`,
    );
  }
}
