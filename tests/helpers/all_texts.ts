/** All texts of a small model, and how likely each is. */

import type { Engine } from "../../lib/engine.ts";
import type { Tokenizer } from "../../lib/tokenizer.ts";

/** The way that a model draws. */
export interface Drawing {
  readonly temperature: number;
  readonly topK?: number;
  readonly topP?: number;
}

/** The probability of each text in tokens, by `ids.join()`. Those without any are left out. */
export function allTexts(engine: Engine, drawing: Drawing): Map<string, number> {
  const { vocabSize, blockSize } = engine.config;
  const bos = vocabSize - 1;
  const texts = new Map<string, number>();
  const extend = (ids: readonly number[], prob: number) => {
    if (ids.length === blockSize) {
      texts.set(ids.join(), prob);
      return;
    }
    const before = ids.length === 0 ? [] : [bos, ...ids.slice(0, -1)];
    const logits = engine.sequence(before).append(ids.at(-1) ?? bos);
    drawn(logits, drawing).forEach((p, token) => {
      if (p === 0) return;
      if (token === bos) texts.set(ids.join(), prob * p);
      else extend([...ids, token], prob * p);
    });
  };
  extend([], 1);
  return texts;
}

/** The probabilities of the next token. */
function drawn(
  logits: ArrayLike<number>,
  { temperature, topK = Infinity, topP = 1 }: Drawing,
): number[] {
  const odds = Array.from(logits, (logit) => Math.exp(logit / temperature));
  const kept = [...odds.keys()].sort((a, b) => odds[b]! - odds[a]!).slice(0, topK); // indices
  const total = kept.reduce((sum, id) => sum + odds[id]!, 0);
  const nucleus = new Set<number>();
  let mass = 0;
  for (const id of kept) {
    if (mass < topP) nucleus.add(id);
    mass += odds[id]! / total;
  }
  const rest = [...nucleus].reduce((sum, id) => sum + odds[id]!, 0);
  return odds.map((p, id) => nucleus.has(id) ? p / rest : 0);
}

/** Those texts that satisfy a condition, each with its share of their probability. */
export function conditioned(
  texts: ReadonlyMap<string, number>,
  tokenizer: Tokenizer,
  isWanted: (text: string) => boolean,
): { probs: Map<string, number>; probability: number } {
  const idsOf = (key: string) => key === "" ? [] : key.split(",").map(Number);
  const wanted = [...texts].filter(([key]) => isWanted(tokenizer.decode(idsOf(key))));
  const probability = wanted.reduce((sum, [, prob]) => sum + prob, 0);
  return { probs: new Map(wanted.map(([key, prob]) => [key, prob / probability])), probability };
}
