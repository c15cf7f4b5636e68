/**
 * A model that writes under constraints: lookahead, put together.
 *
 * Bigrams come from texts that the model writes itself, without constraints. Those of its training
 * list would do no better, as the lookahead learns from the model in any case (see `lookahead`); and
 * so a model of unknown origin is as good as any.
 *
 * @module
 */

import type { Engine, Tokens } from "../engine.ts";
import { Random } from "../random.ts";
import { Bigrams } from "./bigrams.ts";
import { Lattice } from "./lattice.ts";
import { Lookahead } from "./lookahead.ts";
import { mostProbable } from "./most_probable.ts";
import { Resampler } from "./resample.ts";
import type { TextAutomaton } from "./text_automaton.ts";
import { newBeginnings } from "./proposals.ts";
import { tokenByToken } from "./token_by_token.ts";
import type { TokenFilter } from "./token_choice.ts";

/** The number of texts for bigrams. */
const NUM_TEXTS = 500;

/** Their seed: so they depend on the model only, and take no random numbers from the caller. */
const SEED = 1;

/**
 * The lowest temperature of bigrams. Sharper, they would all but rule out what is unlikely after a
 * token on average, but certain in some context: with lookahead it would not come where it should.
 */
const MIN_TEMPERATURE = 0.5;

/** The constraints, and the way the model draws. */
export interface ConstrainedOptions {
  readonly automaton: TextAutomaton;
  /** The tokens that texts begin with. */
  readonly prefix: readonly number[];
  /** From 0 up; 0 asks for the most probable text. */
  readonly temperature: number;
  readonly filter: TokenFilter;
}

/** A source of texts in tokens. */
export interface TextSource {
  /** Draws a text; returns `undefined` if there seems to be none. */
  draw(): readonly number[] | undefined;
  /** The probability that a text of the model satisfies the constraints, if it is known. */
  readonly probability: number | undefined;
}

/**
 * Prepares a model to write under constraints.
 *
 * @param engine The model.
 * @param random The source of randomness.
 * @param options The constraints, and the way the model draws.
 * @throws {RangeError} If the constraints are too many or too long, or the model has diverged.
 */
export function constrained(
  engine: Engine,
  random: Random,
  { automaton, prefix, temperature, filter }: ConstrainedOptions,
): TextSource {
  const { blockSize, vocabSize } = engine.config;
  const lattice = new Lattice(automaton, prefix, blockSize);
  const heat = temperature === 0 ? 1 : Math.max(temperature, MIN_TEMPERATURE);
  const bigrams = new Bigrams(ownDocuments(engine), vocabSize, heat);
  const lookahead = new Lookahead(lattice, bigrams, prefix.at(-1) ?? vocabSize - 1); // BOS
  if (temperature > 0) {
    const beginnings = newBeginnings(engine, temperature, filter);
    return new Resampler({ beginnings, prefix, lookahead, random });
  }
  const ids = mostProbable(engine, prefix, lookahead);
  return { draw: () => ids, probability: undefined };
}

/** Lets the model write documents, with BOS at both ends, as it would at temperature 1. */
function ownDocuments(engine: Engine): Tokens[] {
  const { blockSize, vocabSize } = engine.config;
  const bos = vocabSize - 1;
  const draw = tokenByToken(engine, new Random(SEED), 1);
  return Array.from({ length: NUM_TEXTS }, () => {
    const ids = draw();
    return ids.length < blockSize ? [bos, ...ids, bos] : [bos, ...ids];
  });
}
