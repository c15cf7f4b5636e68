import { assert, assertEquals } from "@std/assert";
import { initWeights } from "../../lib/config.ts";
import { Random } from "../../lib/random.ts";
import { PrefixTree } from "../../lib/generate/prefix_tree.ts";
import { forEachEngine } from "../helpers/engines.ts";
import { FakeEngine } from "../helpers/fake_engine.ts";
import { newRandom } from "../helpers/random.ts";

const CONFIG = { vocabSize: 4, nLayer: 1, nEmbd: 4, nHead: 2, blockSize: 5 };

forEachEngine(({ engineName, newEngine, title }) => {
  Deno.test(title("a PrefixTree has the logits of each text, in whatever order texts grow"), () => {
    const weights = initWeights(CONFIG, new Random(1)).map((w) => 9 * w);
    const engine = newEngine(CONFIG, weights), plain = newEngine(CONFIG, weights);
    const random = newRandom(`${engineName}, texts by turns`);
    const tree = new PrefixTree(engine, (logits) => [...logits]);
    const expected = (ids: readonly number[]) => {
      const sequence = plain.sequence();
      return [...[3, ...ids].map((token) => sequence.append(token)).at(-1)!]; // there is BOS
    };
    const texts = [tree.begin(), tree.begin(), tree.begin()];
    for (let i = 0; i < 300; i++) {
      const at = random.randbelow(texts.length);
      if (texts[at]!.ids.length === CONFIG.blockSize - 1) texts[at] = tree.begin(); // at < length
      const text = texts[at]!;
      if (random.randbelow(3) > 0) text.append(random.randbelow(4));
      if (random.randbelow(2) > 0) assertEquals(text.value, expected(text.ids), `${text.ids}`);
    }
  });

  Deno.test(title("a PrefixTree begins anew when the parameters change"), () => {
    const engine = newEngine(CONFIG, initWeights(CONFIG, new Random(1)));
    const tree = new PrefixTree(engine, (logits) => [...logits]);
    const after = () => {
      const text = tree.begin();
      const first = text.value;
      text.append(1);
      return [first, text.value];
    };
    const before = after(), state = engine.state();
    engine.step([[3, 1, 0, 3]], 0.1);
    const sequence = engine.sequence();
    const expected = [[...sequence.append(3)], [...sequence.append(1)]];
    assertEquals(after(), expected);
    assert(String(before) !== String(expected), "the step changes something");
    engine.restore(state);
    assertEquals(after(), before);
  });
});

/** Counts how often the model is asked, while texts begin with each of two tokens. */
function countReads(maxNumbers: number): number {
  const engine = new FakeEngine({ vocabSize: 4, blockSize: 3 }, () => [1, 2, 3, 4]);
  Object.defineProperty(engine, "changes", { value: 0 }); // it is always the same
  let reads = 0;
  const tree = new PrefixTree(engine, () => ({ read: ++reads }), maxNumbers);
  for (const token of [0, 1, 0, 1]) {
    const text = tree.begin();
    assert(text.value.read > 0);
    text.append(token);
    assert(text.value.read > 0);
  }
  return reads;
}

Deno.test("a PrefixTree asks the model once for each text, as long as there is room", () => {
  assertEquals(countReads(12), 3, "nothing, and two texts");
  assertEquals(countReads(8), 4, "there is room for two of them: the third is read twice");
  assertEquals(countReads(0), 5, "the empty text is always kept");
});
