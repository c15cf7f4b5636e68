/**
 * What a text that the model writes must look like, and how it is led there:
 * the tokens after which the wanted form could not be reached any more do not
 * come. No text is thrown away, none leads into a dead end, and what
 * contradicts itself is found before anything is written.
 *
 * Each token is drawn with the model's odds among those that are allowed. For
 * a beginning that is just what the model would write after it. For the rest it
 * is not quite the same as to throw away all other texts: the model does not
 * look ahead, so it may come to an end that it finds unlikely.
 *
 * What it does not do: draw tokens (see `sample`), filter texts (see `generate`).
 *
 * @example What may come next
 * ```ts
 * import { Constraints } from "./constraints.ts";
 * import { Docs, Tokenizer } from "@x/microgpt/lib";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const tokenizer = Tokenizer.fromDocs(Docs.from(["abc"])); // a 0, b 1, c 2, BOS 3
 * const constraints = new Constraints({ endsWith: "ab", maxLength: 3 }, tokenizer, 16);
 * const guide = constraints.guide();
 * assertEquals(Array.from(guide.allowed), [1, 1, 1, 0]); // any symbol, not the end
 * guide.append(2);
 * assertEquals(Array.from(guide.allowed), [1, 0, 0, 0]); // "cab" it must be
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
import { quote } from "../text/quote.ts";
import type { Guide } from "./token_choice.ts";
import { TextAutomaton } from "./text_automaton.ts";
import type { Tokenizer } from "../tokenizer.ts";

/** What is asked of a text. Lengths are in characters, which are Unicode code points. */
export interface TextConstraints {
  /** What the model is given to go on from; the text begins with it. */
  readonly prompt?: string | undefined;
  /** What the text starts with. */
  readonly startsWith?: string | undefined;
  /** What the text ends with. */
  readonly endsWith?: string | undefined;
  /** What the text has in it somewhere. */
  readonly contains?: string | undefined;
  /** The least number of characters. */
  readonly minLength?: number | undefined;
  /** The largest number of characters. */
  readonly maxLength?: number | undefined;
}

/** The constraints, and the one that the model brings: how many tokens a text can have. */
interface Wanted extends TextConstraints {
  readonly context?: number | undefined;
}

/** How each constraint is said after "no text can", in the order in which they are said. */
const SAID: { readonly [name in keyof Wanted]-?: (value: string, isOne: boolean) => string } = {
  prompt: (text) => `begin with the prompt ${text}`,
  startsWith: (text) => `start with ${text}`,
  contains: (text) => `contain ${text}`,
  endsWith: (text) => `end with ${text}`,
  minLength: (n, isOne) => `have at least ${n} ${isOne ? "character" : "characters"}`,
  maxLength: (n, isOne) => `have at most ${n} ${isOne ? "character" : "characters"}`,
  context: (n, isOne) => `fit the context of ${n} ${isOne ? "token" : "tokens"}`,
};

const NAMES = Object.keys(SAID) as (keyof Wanted)[]; // they are

/**
 * Whether anything is asked of a text.
 *
 * @param constraints What is asked.
 */
export function isConstrained(constraints: TextConstraints): boolean {
  return NAMES.some((name) => name !== "context" && constraints[name] !== undefined);
}

/** Constraints that can be met, for the tokens of a model. */
export class Constraints {
  readonly #automaton: TextAutomaton;
  readonly #vocabSize: number;

  /**
   * Checks constraints, and prepares to follow them.
   *
   * @param constraints What is asked of a text. Where tokens are bytes, also that it is UTF-8.
   * @param tokenizer The tokens.
   * @param blockSize The largest number of tokens of a text: the model's.
   * @throws {RangeError} If no text meets the constraints: they contradict each other, the
   * context is too short for them, or a character is not in the vocabulary. If a length is not
   * an integer from 0 on, or the constraints are too many or too long to be followed together.
   */
  constructor(constraints: TextConstraints, tokenizer: Tokenizer, blockSize: number) {
    const { maxLength = Infinity } = constraints;
    const wanted: Wanted = { ...constraints, context: blockSize };
    for (const name of NAMES) {
      const value = wanted[name];
      if (typeof value === "number") assertInteger(`Cannot generate: ${name}`, value, 0);
      if (typeof value === "string") assertSpellable(name, value, tokenizer);
    }
    assertLengths(wanted);
    assertShort(wanted, tokenizer, blockSize);
    // What the context asks anyway would only make tables longer.
    const needed = maxLength < blockSize ? wanted : { ...wanted, maxLength: undefined };
    this.#automaton = newAutomaton(needed, tokenizer);
    if (!this.#automaton.isPossible) throw contradiction(narrowest(needed, tokenizer));
    this.#vocabSize = tokenizer.vocabSize;
  }

  /**
   * Begins a text.
   *
   * @returns What leads it: after each token, which may come next. Its `append()` throws a
   * RangeError if a token comes that may not.
   */
  guide(): Guide {
    return new Walk(this.#automaton, this.#vocabSize);
  }
}

/** A way through the automaton. */
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
    this.#state = this.#automaton.next(this.#state, tokenId);
    this.#length++;
    this.#automaton.fillAllowed(this.#state, this.#length, this.allowed);
  }
}

function newAutomaton(wanted: Wanted, tokenizer: Tokenizer): TextAutomaton {
  const { minLength = 0, maxLength = Infinity, context = Number.MAX_SAFE_INTEGER } = wanted;
  const codes = (texts: readonly (string | undefined)[]) =>
    texts.filter((text) => text !== undefined).map((text) => codesOf(text, tokenizer));
  return new TextAutomaton({
    prefixes: codes([wanted.prompt, wanted.startsWith]),
    infixes: codes([wanted.contains]),
    suffixes: codes([wanted.endsWith]),
    minLength,
    maxLength,
    maxTokens: context,
  }, tokenizer);
}

/** The code points or bytes of a text. */
function codesOf(text: string, { kind }: Tokenizer): number[] {
  return kind === "byte"
    ? [...new TextEncoder().encode(text)]
    : Array.from(text, (character) => character.codePointAt(0)!); // a character is not empty
}

/** Those of some contradictory constraints that contradict, while with any one less they do not. */
function narrowest(wanted: Wanted, tokenizer: Tokenizer): Wanted {
  for (const name of NAMES.toReversed()) { // the context, which nobody asked for, first
    const fewer = { ...wanted, [name]: undefined };
    if (!newAutomaton(fewer, tokenizer).isPossible) wanted = fewer;
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
function assertLengths({ minLength = 0, maxLength = Infinity, context = Infinity }: Wanted): void {
  if (minLength > maxLength) throw contradiction({ minLength, maxLength });
  if (minLength > context) throw contradiction({ minLength, context });
}

/** Throws if a text is far too long for the context: its automaton would be large, only to say so. */
function assertShort(wanted: Wanted, tokenizer: Tokenizer, context: number): void {
  const LONG = 1000;
  for (const name of NAMES) {
    const value = wanted[name];
    const isText = typeof value === "string" && value.length > LONG;
    if (isText && codesOf(value, tokenizer).length > context) {
      throw contradiction({ [name]: value, context });
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
