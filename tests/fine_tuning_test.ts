import { assert, assertEquals } from "@std/assert";
import { type GptConfig, layout, numParams } from "../lib/config.ts";
import {
  extendWeights,
  inheritSettings,
  mergeTokenizers,
  type ModelSettings,
  type TrainedModel,
} from "../lib/fine_tuning.ts";
import { Random } from "../lib/random.ts";
import { Tokenizer } from "../lib/tokenizer.ts";
import { assertFails, assertRelative } from "./helpers/assert.ts";
import { forEachEngine } from "./helpers/engines.ts";
import { gaussVector, newRandom } from "./helpers/random.ts";

const AS_IT_IS = { normalize: "none", lowercase: false } as const;

const charTokenizer = (symbols: string) =>
  new Tokenizer("char", [...new Set(symbols)].map((c) => c.codePointAt(0)!).sort((a, b) => a - b)); // not empty

/** A model of some characters with random weights. */
function newModel(
  symbols: string,
  sizes: Partial<GptConfig> = {},
  random = new Random(1),
): TrainedModel {
  const tokenizer = charTokenizer(symbols);
  const config = {
    nLayer: 2,
    nEmbd: 6,
    nHead: 3,
    blockSize: 5,
    ...sizes,
    vocabSize: tokenizer.vocabSize,
  };
  const weights = gaussVector(random, numParams(config), 0.3);
  return { config, tokenizer, weights, form: AS_IT_IS };
}

/** Rows of a matrix. */
function rowsOf(config: GptConfig, weights: Float64Array, name: string): number[][] {
  const { nout, nin, offset } = layout(config).find((matrix) => matrix.name === name)!; // every model has it
  return Array.from(
    { length: nout },
    (_, o) => [...weights.subarray(offset + o * nin, offset + (o + 1) * nin)],
  );
}

Deno.test("mergeTokenizers() has the characters of both, in order", () => {
  const table: [string, string, string][] = [
    ["ac", "bcd", "abcd"],
    ["ab", "ab", "ab"],
    ["", "😀a", "a😀"],
    ["é", "", "é"],
  ];
  for (const [own, other, expected] of table) {
    const merged = mergeTokenizers(charTokenizer(own), charTokenizer(other));
    assertEquals(merged.symbols.join(""), expected);
  }
  const bytes = mergeTokenizers(new Tokenizer("byte", [1, 200]), new Tokenizer("byte", [7]));
  assertEquals([bytes.kind, bytes.codes], ["byte", [1, 7, 200]]);
});

forEachEngine(({ engineName, newEngine, title }) => {
  Deno.test(
    title("extendWeights() leaves the logits of old characters as they were: random shapes"),
    () => {
      const random = newRandom(`${engineName}, fine-tuning`);
      const letters = [..."abcdefghij"];
      const some = () => letters.filter(() => random.random() < 0.5).join("");
      for (let round = 0; round < 20; round++) {
        const nHead = 1 + random.randbelow(3);
        const sizes = {
          nLayer: 1 + random.randbelow(3),
          nEmbd: nHead * (1 + random.randbelow(4)),
          nHead,
          blockSize: 1 + random.randbelow(8),
        };
        const own = some(), other = some();
        const model = newModel(own, sizes, random);
        const tokenizer = mergeTokenizers(model.tokenizer, charTokenizer(other));
        const blockSize = sizes.blockSize + random.randbelow(3);
        const weights = extendWeights(model, tokenizer, blockSize, random);
        const config = { ...model.config, vocabSize: tokenizer.vocabSize, blockSize };
        assertEquals(weights.length, numParams(config));
        // A text of old characters, in both vocabularies.
        const text = Array.from(
          { length: own === "" ? 0 : sizes.blockSize - 1 },
          () => own[random.randbelow(own.length)],
        ).join("");
        const before = newEngine(model.config, model.weights).trace([
          model.tokenizer.bos,
          ...model.tokenizer.encode(text),
        ]);
        const after = newEngine(config, weights).trace([tokenizer.bos, ...tokenizer.encode(text)]);
        before.logits.forEach((row, t) => {
          const same = [...tokenizer.encode(model.tokenizer.symbols.join("")), tokenizer.bos];
          const found = same.map((id) => after.logits[t]![id]!); // ids of the vocabulary
          assertRelative(found, row, 1e-12, JSON.stringify({ sizes, own, other, text, t }));
        });
        assertEquals(after.logits.length, before.logits.length);
      }
    },
  );
});

Deno.test("extendWeights() draws fresh rows around the mean of the old ones, table by table", () => {
  const model = newModel("bd");
  const { config, weights } = model;
  const tokenizer = mergeTokenizers(model.tokenizer, charTokenizer("abce"));
  const random = new Random(9), expected = new Random(9);
  const extended = extendWeights(model, tokenizer, 7, random);
  const bigger = { ...config, vocabSize: 6, blockSize: 7 };
  const sources = { // for each row, the old one
    wte: [undefined, 0, undefined, 1, undefined, 2],
    wpe: [0, 1, 2, 3, 4, undefined, undefined],
    lm_head: [undefined, 0, undefined, 1, undefined, 2],
  };
  for (const [name, rows] of Object.entries(sources)) {
    const old = rowsOf(config, weights, name);
    const found = rowsOf(bigger, extended, name);
    const mean = old[0]!.map((_, j) => old.reduce((sum, row) => sum + row[j]!, 0) / old.length); // a row
    rows.forEach((row, o) => {
      const wanted = row === undefined ? mean.map((x) => x + expected.gauss(0, 0.08)) : old[row]!;
      assertRelative(found[o]!, wanted, row === undefined ? 1e-14 : 0, `${name}, row ${o}`); // as many
    });
  }
  assertEquals(random.getstate(), expected.getstate(), "nothing else is drawn");
  for (const { name } of layout(config).slice(3)) {
    assertEquals(rowsOf(bigger, extended, name), rowsOf(config, weights, name), name);
  }
});

Deno.test("extendWeights() draws nothing where nothing is new", () => {
  const model = newModel("abc"), before = model.weights.slice();
  const random = new Random(5), state = random.getstate();
  const tokenizer = mergeTokenizers(model.tokenizer, charTokenizer("ca"));
  const extended = extendWeights(model, tokenizer, 5, random);
  assertEquals(extended, model.weights);
  assertEquals(random.getstate(), state);
  extended.fill(0);
  assertEquals(model.weights, before, "they are copies");
});

const OWN: ModelSettings = {
  nLayer: 2,
  nEmbd: 6,
  nHead: 3,
  blockSize: 5,
  tokenizer: "char",
  ...AS_IT_IS,
};

Deno.test("inheritSettings() takes those of the model, a longer block and a form if it has none", () => {
  const model = newModel("ab");
  const table: [Partial<ModelSettings>, Partial<ModelSettings>][] = [
    [{}, {}],
    [OWN, {}],
    [{ nEmbd: 6, blockSize: 5 }, {}],
    [{ blockSize: 6 }, { blockSize: 6 }],
    [{ normalize: "nfd" }, { normalize: "nfd" }],
    [{ lowercase: true }, { lowercase: true }],
  ];
  for (const [given, changed] of table) {
    assertEquals(inheritSettings(model, given), { ...OWN, ...changed });
  }
  const form = { normalize: "nfc", lowercase: true } as const;
  assertEquals(inheritSettings({ ...model, form }, {}), { ...OWN, ...form });
  assertEquals(inheritSettings({ ...model, form }, form), { ...OWN, ...form });
  const all = { ...OWN, vocabSize: 99, numSteps: 3, engine: "wasm" };
  assertEquals(inheritSettings(model, all), OWN, "and nothing else");
});

Deno.test("inheritSettings() refuses what the model has otherwise", () => {
  const model = newModel("ab");
  const form = { normalize: "nfd", lowercase: true } as const;
  const table: [Partial<ModelSettings>, string][] = [
    [{ nLayer: 1 }, "nLayer is 1, the model has 2: leave it out"],
    [{ nEmbd: 12 }, "nEmbd is 12, the model has 6: leave it out"],
    [{ nHead: 2 }, "nHead is 2, the model has 3: leave it out"],
    [{ blockSize: 4 }, "blockSize is 4, the model has 5: it can be longer, not shorter"],
    [{ blockSize: NaN }, "blockSize is NaN, the model has 5: it can be longer, not shorter"],
    [{ tokenizer: "byte" }, "tokenizer is byte, the model has char: leave it out"],
    [{ normalize: "nfc" }, "normalize is nfc, the model has nfd: leave it out"],
    [{ normalize: "none" }, "normalize is none, the model has nfd: leave it out"],
    [{ lowercase: false }, "lowercase is false, the model has true: leave it out"],
  ];
  for (const [given, why] of table) {
    const call = () => inheritSettings({ ...model, form }, given);
    assertFails(call, RangeError, `Cannot go on from the model: ${why}`);
  }
  assertFails(
    () => inheritSettings(model, { nHead: 2 }, { model: "a.st", setting: () => "--n-head" }),
    RangeError,
    "Cannot go on from a.st: --n-head is 2, the model has 3: leave it out",
  );
  assert(table.every(([given]) => Object.keys(given)[0]! in OWN)); // each has one
});
