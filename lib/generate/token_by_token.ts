/**
 * Texts that a model writes token by token, without looking ahead.
 *
 * @module
 */

import type { Engine } from "../engine.ts";
import type { Random } from "../random.ts";
import { PrefixTree } from "./prefix_tree.ts";
import { drawToken, type Guide, type TokenFilter, tokenOdds } from "./token_choice.ts";

/** The way the tokens of texts are chosen. */
export interface ChoiceOptions extends Omit<TokenFilter, "allowed"> {
  /** Begins the guide of a text. */
  readonly newGuide?: (() => Guide) | undefined;
}

/**
 * Makes a function that lets the model write a document in tokens, each time another one.
 *
 * @param engine The model.
 * @param random The source of randomness.
 * @param temperature From 0 up.
 * @param options The way to choose the tokens.
 * @returns The function. It returns the token ids, without BOS: at most `blockSize`. It throws a
 * RangeError if the temperature is negative, an option is out of range, or the model has diverged.
 */
export function tokenByToken(
  engine: Engine,
  random: Random,
  temperature: number,
  { newGuide, topK, topP }: ChoiceOptions = {},
): () => number[] {
  const allowedAfter = newGuide && following(newGuide);
  const tree = new PrefixTree(
    engine,
    (logits, ids) => tokenOdds(logits, temperature, { allowed: allowedAfter?.(ids), topK, topP }),
  );
  const { blockSize, vocabSize } = engine.config;
  return () => {
    const text = tree.begin();
    while (text.ids.length < blockSize) {
      const token = drawToken(text.value, random);
      if (token === vocabSize - 1) break; // BOS
      text.append(token);
    }
    return text.ids;
  };
}

/** Makes a function that guides one text after the other as each of them grows. */
function following(newGuide: () => Guide): (ids: readonly number[]) => ArrayLike<number> {
  let guide = newGuide(), followed: readonly number[] = [], length = 0;
  return (ids) => {
    if (ids !== followed) {
      guide = newGuide();
      followed = ids;
      length = 0;
    }
    for (; length < ids.length; length++) guide.append(ids[length]!); // in bounds
    return guide.allowed;
  };
}
