/**
 * Regular expressions as programs of a few instructions: Thompson's construction.
 *
 * @module
 */

import { shorten } from "../text/quote.ts";
import type { RegexNode } from "./regex_syntax.ts";

/** The maximum number of instructions. */
const MAX_INSTRUCTIONS = 10_000;

/** A side of a place between two symbols: the kind of symbol there, or the edge of the text. */
export type Side = "edge" | "word" | "line" | "other";

/** Tells if an assertion holds between two symbols. */
export type Assertion = (before: Side, after: Side) => boolean;

/** A step. The next one is that which follows it, unless it says otherwise. */
export type Instruction =
  /** Reads a symbol. */
  | { readonly op: "atom"; readonly matches: (symbol: number) => boolean }
  /** Looks at both sides of a place. */
  | { readonly op: "assert"; readonly holds: Assertion }
  /** Goes on with each of these. */
  | { readonly op: "split"; readonly to: number[] }
  /** Ends: this is a match. */
  | { readonly op: "end" };

/**
 * Compiles a regular expression.
 *
 * @param pattern The regular expression.
 * @param node Its structure, without look-around and back references.
 * @param maxLength The maximum length of a text: more repetitions are not told apart.
 * @returns The program. It begins at the beginning of a text, and skips to where a match begins.
 * @throws {RangeError} If it is too large.
 */
export function compileRegex(pattern: RegExp, node: RegexNode, maxLength: number): Instruction[] {
  const program: Instruction[] = [];
  const emit = (node: RegexNode): void => {
    if (program.length > MAX_INSTRUCTIONS) throw tooLarge(pattern);
    switch (node.kind) {
      case "sequence":
        return node.nodes.forEach(emit);
      case "choice":
        return emitChoice(node.nodes);
      case "repeat":
        return emitRepeat(node.node, Math.min(node.min, maxLength + 1), node.max);
      case "assertion":
        program.push({ op: "assert", holds: assertionOf(node.name, pattern.multiline) });
        return;
      case "atom":
        program.push({ op: "atom", matches: node.matches });
        return;
      default:
        throw new TypeError(`Cannot compile a regular expression with a ${node.kind}`);
    }
  };
  const split = (...to: number[]) => {
    program.push({ op: "split", to });
    return to;
  };
  const emitChoice = (nodes: readonly RegexNode[]) => {
    const branches = split();
    const ends = nodes.map((node) => {
      branches.push(program.length);
      emit(node);
      return split();
    });
    for (const end of ends) end.push(program.length);
  };
  const emitRepeat = (node: RegexNode, min: number, max: number) => {
    for (let i = 0; i < min; i++) emit(node);
    if (max > maxLength) {
      const start = program.length;
      const exit = split(start + 1);
      emit(node);
      split(start);
      exit.push(program.length);
    } else {
      const exits = Array.from({ length: max - min }, () => {
        const exit = split(program.length + 1);
        emit(node);
        return exit;
      });
      for (const exit of exits) exit.push(program.length);
    }
  };
  if (!pattern.sticky) emitRepeat({ kind: "atom", matches: () => true }, 0, Infinity);
  emit(node);
  program.push({ op: "end" });
  return program;
}

/** Makes the error about a regular expression that would take too much time and memory. */
export function tooLarge(pattern: RegExp): RangeError {
  return new RangeError(
    `Cannot generate: the pattern ${shorten(String(pattern))} is too large to be followed: ` +
      `use fewer and shorter repetitions`,
  );
}

function assertionOf(name: "^" | "$" | "\\b" | "\\B", multiline: boolean): Assertion {
  const isEdge = (side: Side) => side === "edge" || multiline && side === "line";
  const isBoundary = (before: Side, after: Side) => (before === "word") !== (after === "word");
  switch (name) {
    case "^":
      return isEdge;
    case "$":
      return (_, after) => isEdge(after);
    case "\\b":
      return isBoundary;
    case "\\B":
      return (before, after) => !isBoundary(before, after);
  }
}
