/**
 * The tokens that can come next in a text, and their probabilities: the choice of the next token as `lib/generate` makes
 * it, with what it leaves out.
 *
 * @module
 */

import { keptTokens } from "../../generate/token_choice.ts";
import { probabilities } from "../../sample.ts";
import { glyphOf } from "../page/glyphs.ts";
import type { Next } from "../shared/protocol.ts";
import type { Wish } from "../shared/wish.ts";

/** A token that may come next. */
export interface Candidate {
  readonly id: number;
  /** The token as it can be seen; `undefined` for the end. */
  readonly name: string | undefined;
  /** Its probability at the temperature of the wish, before anything is left out. */
  readonly odds: number;
  /** Its probability at temperature 1. */
  readonly plainOdds: number;
}

/** All tokens, and where they are cut. */
export interface Candidates {
  /** Those that are allowed, the likeliest first; then the others. */
  readonly all: readonly Candidate[];
  /** The first so many can come. */
  readonly numKept: number;
  /** The first so many are left by top k. */
  readonly numInTopK: number;
  /** The first so many are allowed by the wish. */
  readonly numAllowed: number;
}

/**
 * Finds what can come next.
 *
 * @param choice What the model says, and what the wish allows.
 * @param wish How to choose.
 * @param symbols The symbols of the vocabulary.
 */
export function candidatesOf(
  { logits, allowed }: NonNullable<Next["choice"]>,
  { temperature, topK, topP }: Wish,
  symbols: readonly string[],
): Candidates {
  const plainOdds = probabilities(logits, 1);
  const odds = temperature === 0 ? undefined : probabilities(logits, temperature);
  const isAllowed = (id: number) => Number(allowed === undefined || allowed[id] !== 0);
  const ids = Array.from(logits, (_, id) => id);
  ids.sort((a, b) => isAllowed(b) - isAllowed(a) || logits[b]! - logits[a]!); // ids are indices
  const numAllowed = ids.filter(isAllowed).length;
  const likeliest = ids.reduce((a, b) => logits[b]! > logits[a]! ? b : a); // likewise
  return {
    all: ids.map((id) => ({
      id,
      name: symbols[id] === undefined ? undefined : glyphOf(symbols[id]),
      odds: odds?.[id] ?? Number(id === likeliest),
      plainOdds: plainOdds[id]!, // one per token
    })),
    numKept: temperature === 0
      ? 1
      : keptTokens(logits, temperature, { allowed, topK, topP }).length,
    numInTopK: Math.min(topK ?? Infinity, numAllowed),
    numAllowed,
  };
}

/** The name of a token in words. */
export function nameOf({ name }: Candidate): string {
  return name ?? "end";
}

/** Writes a probability: 21.5%. */
export function percent(odds: number, digits = 1): string {
  return `${(100 * odds).toFixed(digits)}%`;
}
