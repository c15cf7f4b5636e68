/**
 * Regular expressions as automata: those without back references and look-around. Reading a text
 * takes a time in proportion to its length, whatever the expression.
 *
 * A state is the set of instructions that the program of an expression can have come to. Assertions
 * (`^`, `$`, `\b`) look at both sides of a place, so they wait in that set until the next symbol,
 * or the end of the text, is known.
 *
 * Sources: Thompson, "Regular Expression Search Algorithm" (1968); Cox, "Regular Expression
 * Matching: the Virtual Machine Approach" (2009).
 *
 * @module
 */

import { type Automaton, DEAD } from "./automaton.ts";
import {
  type Assertion,
  compileRegex,
  type Instruction,
  type Side,
  tooLarge,
} from "./regex_program.ts";
import type { RegexNode } from "./regex_syntax.ts";

/** The maximum number of states. */
const MAX_STATES = 10_000;

/** The maximum number of instructions in all states together. */
const MAX_SIZE = 1_000_000;

const LINE_TERMINATORS: readonly number[] = [0x0a, 0x0d, 0x2028, 0x2029];

/** A set of instructions at a place in a text. */
interface State {
  /** The instructions to go on with: atoms, assertions and the end. */
  readonly instructions: readonly number[];
  /** The side before the place. */
  readonly before: Side;
}

/** The state once a match has been found: whatever follows, it stays. */
const DONE: State = { instructions: [], before: "other" };

/**
 * Accepts the texts that have a match of a regular expression in them. Symbols are Unicode code
 * points, or UTF-16 code units if the expression does not have the flag `u`.
 */
export class RegexAutomaton implements Automaton {
  readonly #pattern: RegExp;
  readonly #program: readonly Instruction[];
  /** True if there are assertions, which look at the sides of a place. */
  readonly #hasSides: boolean;
  readonly #isWord: RegExp;
  readonly #atoms: readonly ((symbol: number) => boolean)[];
  /** The states that have been reached, by number and by what is in them. */
  readonly #states: State[] = [];
  readonly #numbers = new Map<string, number>();
  #size = 0;
  readonly #classes = new Map<string, number>();

  /**
   * Makes the automaton of a regular expression.
   *
   * @param pattern The regular expression.
   * @param node Its structure, without look-around and back references.
   * @param maxLength The maximum length of a text.
   * @throws {RangeError} If it is too large.
   */
  constructor(pattern: RegExp, node: RegexNode, maxLength: number) {
    this.#pattern = pattern;
    this.#program = compileRegex(pattern, node, maxLength);
    this.#hasSides = this.#program.some(({ op }) => op === "assert");
    this.#isWord = new RegExp("^\\w$", pattern.flags.replace(/[^iu]/g, ""));
    const atoms = this.#program.map((step) => step.op === "atom" ? step.matches : undefined);
    this.#atoms = [...new Set(atoms)].filter((atom) => atom !== undefined);
    this.#numberOf(this.#newState([0], this.#hasSides ? "edge" : "other"));
  }

  /** Tells whether a text has a match in it. */
  matches(text: string): boolean {
    let state: State | undefined = this.#states[0]!; // where it begins
    for (const symbol of this.#pattern.unicode ? text : text.split("")) {
      state = this.#after(state, symbol.codePointAt(0)!); // a symbol is not empty
      if (state === undefined) return false;
    }
    return this.#isAccepting(state);
  }

  next(number: number, symbol: number): number {
    const state = this.#after(this.#states[number]!, symbol); // it was given out, as below
    return state === undefined ? DEAD : this.#numberOf(state);
  }

  accepts(number: number): boolean {
    return this.#isAccepting(this.#states[number]!);
  }

  classOf(symbol: number): number {
    const matches = this.#atoms.map((atom) => atom(symbol) ? 1 : 0);
    const name = `${this.#sideOf(symbol)} ${matches}`;
    const number = this.#classes.get(name) ?? this.#classes.size;
    this.#classes.set(name, number);
    return number;
  }

  #sideOf(symbol: number): Side {
    if (!this.#hasSides) return "other";
    if (LINE_TERMINATORS.includes(symbol)) return "line";
    return this.#isWord.test(String.fromCodePoint(symbol)) ? "word" : "other";
  }

  #numberOf(state: State): number {
    const name = `${state.before} ${state.instructions}`; // only DONE has no instructions
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    this.#size += state.instructions.length;
    if (this.#states.length === MAX_STATES || this.#size > MAX_SIZE) throw tooLarge(this.#pattern);
    const number = this.#states.push(state) - 1;
    this.#numbers.set(name, number);
    return number;
  }

  #isAccepting(state: State): boolean {
    return state === DONE || this.#reach(state, "edge").has(this.#program.length - 1);
  }

  /** Returns the state after a symbol; `undefined` if there cannot be a match any more. */
  #after(state: State, symbol: number): State | undefined {
    if (state === DONE) return DONE;
    const side = this.#sideOf(symbol);
    const next: number[] = [];
    for (const i of this.#reach(state, side)) {
      const step = this.#program[i]!; // it was reached
      if (step.op === "end") return DONE;
      if (step.op === "atom" && step.matches(symbol)) next.push(i + 1);
    }
    return next.length === 0 ? undefined : this.#newState(next, side);
  }

  /** Makes a state of which the assertions wait. */
  #newState(from: readonly number[], before: Side): State {
    const reached = this.#follow(from, () => false);
    if (reached.has(this.#program.length - 1)) return DONE;
    const waiting = [...reached].filter((i) => this.#program[i]!.op !== "split"); // it was reached
    return { instructions: waiting.sort((a, b) => a - b), before };
  }

  /** Follows those assertions of a state that hold, now that both sides are known. */
  #reach({ instructions, before }: State, after: Side): Set<number> {
    return this.#follow(instructions, (holds) => holds(before, after));
  }

  /** Follows instructions to all that read nothing. */
  #follow(from: readonly number[], isTrue: (holds: Assertion) => boolean): Set<number> {
    const reached = new Set<number>();
    const open = [...from];
    for (let i = open.pop(); i !== undefined; i = open.pop()) {
      if (reached.has(i)) continue;
      reached.add(i);
      const step = this.#program[i]!; // the end is the last one
      if (step.op === "split") open.push(...step.to);
      else if (step.op === "assert" && isTrue(step.holds)) open.push(i + 1);
    }
    return reached;
  }
}
