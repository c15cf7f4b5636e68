/**
 * The structure of JavaScript regular expressions: sequences, choices and repetitions of atoms.
 *
 * An atom matches one character: `a`, `.`, `\p{Lu}`, `[^a-z]`. It is not taken apart. Whether it
 * matches a character is asked of the platform's own RegExp, which knows its classes, properties
 * and flags.
 *
 * What it does not do: check the syntax (the platform did when it made the RegExp), match texts
 * (see `regex_automaton`).
 *
 * @module
 */

import { shorten } from "../text/quote.ts";

/** A regular expression, or a part of one. */
export type RegexNode =
  | { readonly kind: "atom"; readonly matches: (symbol: number) => boolean }
  | { readonly kind: "assertion"; readonly name: "^" | "$" | "\\b" | "\\B" }
  | { readonly kind: "sequence" | "choice"; readonly nodes: readonly RegexNode[] }
  | {
    readonly kind: "repeat";
    readonly node: RegexNode;
    readonly min: number;
    readonly max: number;
  }
  /** `(?=`, `(?!`, `(?<=` or `(?<!`. */
  | { readonly kind: "look"; readonly node: RegexNode }
  /** `(?i:`, `(?-m:` and the like. */
  | { readonly kind: "flags"; readonly node: RegexNode }
  /** `\1` or `\k<name>`. */
  | { readonly kind: "reference" };

/** The maximum depth of groups in groups, far below where a recursion runs out of stack. */
const MAX_DEPTH = 500;

/** The beginning of a token of the syntax; the flag `y` asks for just there. */
const QUANTIFIER = /(?:([*+?])|\{(\d+)(?:(,)(\d*))?\})\??/y;
const LOOK = /\(\?<?[=!]/y;
const FLAGS = /\(\?(?=[ims-])[ims]*(?:-[ims]*)?:/y;
const GROUP = /\((?:\?(?:<[^>]*>|:))?/y;
const CLASS = /\[(?:\\[^]|[^\]\\])*\]/uy;
const REFERENCE = /\\(?:[1-9]\d*|k<[^>]*>)/y;
const ESCAPE = /\\(?:[dDsSwWfnrtv]|0(?!\d)|x[\da-f]{2}|u[\da-f]{4}|c[a-z]|[^a-z\d])/iy;
const UNICODE_ESCAPE = /\\(?:u\{[\da-f]+\}|ud[89ab][\da-f]{2}\\ud[c-f][\da-f]{2}|p\{[^}]*\})/iy;
const LITERAL = /[^^$\\*+?()[\]{}|]/uy;

/**
 * Finds the structure of a regular expression.
 *
 * @param pattern The regular expression.
 * @returns Its structure; `undefined` if it uses syntax that is not known here: the flag `v`,
 * or what only patterns without the flag `u` may have, such as a single `{`.
 * @throws {RangeError} If groups are nested too deeply.
 */
export function parseRegex(pattern: RegExp): RegexNode | undefined {
  const { source, unicode, unicodeSets } = pattern;
  if (unicodeSets || !unicode && /[\ud800-\udfff]/.test(source)) return undefined;
  return new Parser(pattern).parse();
}

/** Reads the source from left to right. */
class Parser {
  readonly #pattern: RegExp;
  readonly #source: string;
  readonly #isUnicode: boolean;
  /** The flags that matter to an atom. */
  readonly #flags: string;
  /** The atoms by their sources. */
  readonly #atoms = new Map<string, RegexNode>();
  #index = 0;
  #depth = 0;

  constructor(pattern: RegExp) {
    const { source, flags, unicode } = pattern;
    this.#pattern = pattern;
    this.#source = source;
    this.#isUnicode = unicode;
    this.#flags = flags.replace(/[^isu]/g, "");
  }

  parse(): RegexNode | undefined {
    const node = this.#choice();
    return this.#index === this.#source.length ? node : undefined;
  }

  #choice(): RegexNode | undefined {
    const nodes: RegexNode[] = [];
    do {
      const node = this.#sequence();
      if (node === undefined) return undefined;
      nodes.push(node);
    } while (this.#eat("|"));
    return nodes.length === 1 ? nodes[0] : { kind: "choice", nodes };
  }

  #sequence(): RegexNode | undefined {
    const nodes: RegexNode[] = [];
    while (this.#index < this.#source.length && !/[|)]/.test(this.#source[this.#index]!)) { // in it
      const node = this.#term();
      const term = node && this.#repeated(node);
      if (term === undefined) return undefined;
      nodes.push(term);
    }
    return { kind: "sequence", nodes };
  }

  #term(): RegexNode | undefined {
    for (const name of ["^", "$", "\\b", "\\B"] as const) {
      if (this.#eat(name)) return { kind: "assertion", name };
    }
    const isLook = this.#read(LOOK) !== undefined;
    const hasFlags = !isLook && this.#read(FLAGS) !== undefined;
    if (isLook || hasFlags || this.#read(GROUP) !== undefined) {
      if (++this.#depth > MAX_DEPTH) {
        throw new RangeError(
          `Cannot generate: the pattern ${shorten(String(this.#pattern))} is nested too deeply: ` +
            `use at most ${MAX_DEPTH} groups inside of each other`,
        );
      }
      const node = this.#choice();
      if (node === undefined || !this.#eat(")")) return undefined;
      this.#depth--;
      return isLook ? { kind: "look", node } : hasFlags ? { kind: "flags", node } : node;
    }
    if (this.#read(REFERENCE) !== undefined) return { kind: "reference" };
    const atom = (this.#isUnicode ? this.#read(UNICODE_ESCAPE) : undefined) ??
      this.#read(ESCAPE) ?? this.#read(CLASS) ?? this.#read(LITERAL);
    return atom && this.#atom(atom[0]);
  }

  /** Reads what says how often a term comes. */
  #repeated(node: RegexNode): RegexNode {
    const quantifier = this.#read(QUANTIFIER);
    if (quantifier === undefined) return node;
    const [, sign, least, comma, most] = quantifier;
    const min = sign === undefined ? Number(least) : sign === "+" ? 1 : 0;
    const max = sign === undefined
      ? comma === undefined ? min : Number(most || Infinity)
      : sign === "?"
      ? 1
      : Infinity;
    return { kind: "repeat", node, min, max };
  }

  #atom(source: string): RegexNode {
    let atom = this.#atoms.get(source);
    if (atom === undefined) {
      const pattern = new RegExp(`^(?:${source})$`, this.#flags);
      const known = new Map<number, boolean>();
      const matches = (symbol: number) => {
        const isMatch = known.get(symbol) ?? pattern.test(String.fromCodePoint(symbol));
        known.set(symbol, isMatch);
        return isMatch;
      };
      atom = { kind: "atom", matches };
      this.#atoms.set(source, atom);
    }
    return atom;
  }

  #eat(text: string): boolean {
    const isThere = this.#source.startsWith(text, this.#index);
    if (isThere) this.#index += text.length;
    return isThere;
  }

  #read(token: RegExp): RegExpExecArray | undefined {
    token.lastIndex = this.#index;
    const found = token.exec(this.#source) ?? undefined;
    if (found !== undefined) this.#index = token.lastIndex;
    return found;
  }
}
