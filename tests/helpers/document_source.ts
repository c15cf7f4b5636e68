/**
 * Sources of documents whose entropy is known: no model, however good, can do
 * better on documents that it has not seen.
 */

import { Docs } from "../../lib/docs.ts";
import type { Random } from "../../lib/random.ts";

/** Random letters up to an end that is random as well, or is not. */
export interface Source {
  readonly name: string;
  /** The number of letters, each as likely. */
  readonly numLetters: number;
  /** The probability that a document ends after `length` letters; 0 for `length` 0. */
  readonly endAfter: (length: number) => number;
}

/** Documents end after each letter with the same probability. */
export function geometricSource(numLetters: number, end: number): Source {
  return {
    name: `${numLetters} letters, end ${end.toFixed(3)}`,
    numLetters,
    endAfter: (length) => length === 0 ? 0 : end,
  };
}

/** Documents end after a fixed number of letters. */
export function fixedSource(numLetters: number, length: number): Source {
  return {
    name: `${length} of ${numLetters} letters`,
    numLetters,
    endAfter: (l) => l === length ? 1 : 0,
  };
}

/** Draws documents. */
export function draw({ numLetters, endAfter }: Source, numDocs: number, random: Random): Docs {
  const texts = Array.from({ length: numDocs }, () => {
    let text = "";
    while (random.random() >= endAfter(text.length)) {
      text += String.fromCodePoint(0x61 + random.randbelow(numLetters));
    }
    return text;
  });
  return Docs.from(texts);
}

/** The loss of a model that knows the source, in nats. */
export interface Truth {
  /** The sum of -ln p of what came. */
  readonly loss: number;
  /** Its expectation: the sum of the entropies of the predicted tokens. */
  readonly entropy: number;
  /** The standard deviation of the one around the other. */
  readonly deviation: number;
  /** The number of tokens that were predicted. */
  readonly numTokens: number;
}

/** Measures the source itself on documents, of which `blockSize` tokens count at most. */
export function truthOf({ numLetters, endAfter }: Source, docs: Docs, blockSize: number): Truth {
  let loss = 0, entropy = 0, variance = 0, numTokens = 0;
  for (const { length } of docs) {
    for (let i = 0; i <= length && i < blockSize; i++) {
      const end = endAfter(i), goOn = 1 - end;
      const lossOfEnd = -Math.log(end), lossOfLetter = -Math.log(goOn / numLetters);
      loss += i === length ? lossOfEnd : lossOfLetter;
      const isOpen = end > 0 && goOn > 0;
      entropy += (end > 0 ? end * lossOfEnd : 0) + (goOn > 0 ? goOn * lossOfLetter : 0);
      variance += isOpen ? end * goOn * (lossOfEnd - lossOfLetter) ** 2 : 0;
      numTokens++;
    }
  }
  return { loss, entropy, deviation: Math.sqrt(variance), numTokens };
}
