/**
 * The most probable text that satisfies constraints: what is left of sampling at temperature 0.
 *
 * It is found by beam search: of the texts that have grown to the same length, the best go on. Those
 * are the ones for which log p + log h is largest, p being the model's probability so far and h the
 * bigrams' probability of what must follow (see `lookahead`). A dynamic program, which would be
 * exact, needs texts that have the same future, and to a transformer no two texts have. Best-first
 * search would be exact, too, but has to try every beginning that is more probable than the answer.
 *
 * @module
 */

import type { Engine } from "../engine.ts";
import type { Lookahead, Place } from "./lookahead.ts";
import { logProbabilities } from "./token_choice.ts";

/** The number of texts that go on. */
const WIDTH = 64;

/** A text, or the beginning of one. */
interface Beam {
  readonly ids: readonly number[];
  readonly place: Place;
  /** The logarithm of the model's probability so far, at temperature 1. */
  readonly logProb: number;
  /** That of the bigrams for what must follow. */
  readonly logAhead: number;
  readonly isDone: boolean;
}

/**
 * Finds the most probable text.
 *
 * @param engine The model.
 * @param prefix The tokens that the text begins with.
 * @param lookahead The constraints after them, at temperature 1.
 * @returns Its tokens, without BOS.
 * @throws {RangeError} If the model has diverged.
 */
export function mostProbable(
  engine: Engine,
  prefix: readonly number[],
  lookahead: Lookahead,
): readonly number[] {
  const start = { ids: prefix, place: lookahead.start, logProb: 0, logAhead: 0, isDone: false };
  if (lookahead.isFull(start.place)) return prefix;
  let best: Beam = { ...start, logProb: -Infinity };
  let open: Beam[] = [start];
  while (open.length > 0) {
    const extended = open.flatMap((beam) => extensions(engine, lookahead, beam));
    for (const beam of extended) if (beam.isDone && beam.logProb > best.logProb) best = beam;
    open = extended.filter((beam) => !beam.isDone && beam.logProb > best.logProb) // it only falls
      .sort((a, b) => b.logProb + b.logAhead - a.logProb - a.logAhead)
      .slice(0, WIDTH);
  }
  return best.ids;
}

/** Extends a text by each token that may come. */
function extensions(engine: Engine, lookahead: Lookahead, { ids, place, logProb }: Beam): Beam[] {
  const bos = engine.config.vocabSize - 1;
  const logits = engine.sequence([bos, ...ids].slice(0, -1)).append(ids.at(-1) ?? bos);
  const logProbs = logProbabilities(logits, 1, {});
  const ahead = new Float64Array(logProbs.length);
  lookahead.fillLogs(place, ahead);
  const tokens = [...ahead.keys()].filter((token) => ahead[token] !== -Infinity);
  return tokens.map((token): Beam => {
    const next = token === bos ? place : lookahead.after(place, token);
    return {
      ids: token === bos ? ids : [...ids, token],
      place: next,
      logProb: logProb + logProbs[token]!, // a token, as below
      logAhead: ahead[token]!,
      isDone: token === bos || lookahead.isFull(next),
    };
  });
}
