import { assert, assertEquals } from "@std/assert";
import type { GenerationSettings } from "../../../lib/cli/options/tables.ts";
import type { GenerationInputs } from "../../../lib/cli/samples/generation_inputs.ts";
import { Results } from "../../../lib/cli/terminal/output.ts";
import {
  type TrainingList,
  type Writer,
  writeSamples,
} from "../../../lib/cli/samples/write_samples.ts";
import { createEngine } from "../../../lib/create_engine.ts";
import { Docs } from "../../../lib/docs.ts";
import { initWeights } from "../../../lib/config.ts";
import { Random } from "../../../lib/random.ts";
import { sample } from "../../../lib/sample.ts";
import { score } from "../../../lib/evaluate/score.ts";
import { FoldedSet } from "../../../lib/text/text_form.ts";
import { Tokenizer } from "../../../lib/tokenizer.ts";
import { assertClose, assertFailsLater } from "../../helpers/assert.ts";
import { GENERATION } from "../../helpers/command_line.ts";
import { FakeEngine, scripted } from "../../helpers/fake_engine.ts";
import { withTerminal, writtenTo } from "../../helpers/terminal.ts";
import { CONFIG, TOKENIZER } from "../../helpers/tiny.ts";

const newEngine = () => createEngine("wasm", CONFIG, initWeights(CONFIG, new Random(1)));

/** Changes to a writer. */
interface Changed extends Partial<Omit<Writer, "inputs">> {
  readonly generation?: Partial<GenerationSettings>;
  readonly inputs?: Partial<GenerationInputs>;
}

/** Calls `body` with a function that writes, and one that takes the lines that were written. */
async function withWriter(
  changed: Changed,
  body: (write: () => Promise<void>, lines: () => string[]) => Promise<void>,
): Promise<void> {
  await withTerminal(async (terminal) => {
    const results = new Results();
    const writer: Writer = {
      engine: newEngine(),
      tokenizer: TOKENIZER,
      random: new Random(7),
      trainingList: () => undefined,
      results,
      note: () => {},
      json: false,
      shown: (text) => text,
      line: (text) => text,
      ...changed,
      inputs: {
        prompts: [undefined],
        generation: { ...GENERATION, ...changed.generation },
        excluded: new FoldedSet(),
        ...changed.inputs,
      },
    };
    await body(() => writeSamples(writer), () => {
      results.flush();
      return writtenTo("stdout", terminal.writes).split("\n").slice(0, -1);
    });
  });
}

/** A training list, as texts and as lines. */
function bothKinds(
  texts: readonly string[],
): readonly TrainingList[] {
  return [texts, { lines: texts.join("\n") }];
}

/** Writes, and returns the lines. */
async function written(changed: Changed): Promise<string[]> {
  let result: string[] = [];
  await withWriter(changed, async (write, lines) => {
    await write();
    result = lines();
  });
  return result;
}

Deno.test("writeSamples() writes what sample() would", async () => {
  const engine = newEngine(), random = new Random(7);
  for (const temperature of [0, 0.5, 1.5]) {
    const same = new Random(7);
    const expected = Array.from(
      { length: 5 },
      (_, i) => `${i + 1}: ${sample(engine, TOKENIZER, same, temperature)}`,
    );
    const line = (text: string, number: number) => `${number}: ${text}`;
    const generation = { numSamples: 5, temperature };
    assertEquals(await written({ engine, random, generation, line }), expected);
    random.setstate(new Random(7).getstate());
  }
  assertEquals(await written({ generation: { numSamples: 0 } }), []);
});

Deno.test("writeSamples() as JSON tells how likely a text is, and what is nearest to it", async () => {
  const engine = newEngine();
  const trainingList = () => ["abab", "b", "aa"];
  const generation = { numSamples: 50, temperature: 1 };
  const lines = await written({ engine, generation, trainingList, json: true });
  assertEquals(lines.length, 50);
  const plain = await written({ engine, generation });
  lines.forEach((line, i) => {
    const { logProb, perplexity, nearest, ...rest } = JSON.parse(line);
    const text = plain[i] ?? "";
    const inTrainingList = ["abab", "b", "aa"].includes(text);
    assertEquals(rest, { type: "sample", text, length: text.length, inTrainingList });
    const expected = score(engine, TOKENIZER, text);
    assertClose(logProb, expected.logProb, 1e-9, `logProb of ${text}`);
    assertClose(perplexity, expected.perplexity, 1e-9, `perplexity of ${text}`);
    assert(["abab", "b", "aa"].includes(nearest), line);
    if (inTrainingList) assertEquals(nearest, text);
  });
});

Deno.test("writeSamples() as JSON says nothing about a training list that is not there", async () => {
  const generation = { numSamples: 3 };
  for (const line of await written({ generation, json: true })) {
    const keys = ["type", "text", "logProb", "perplexity", "length"];
    assertEquals(Object.keys(JSON.parse(line)), keys);
  }
  for (const list of bothKinds([])) {
    const trainingList = () => list;
    for (const line of await written({ generation, trainingList, json: true })) {
      assertEquals(JSON.parse(line).inTrainingList, false);
      assertEquals(JSON.parse(line).nearest, null);
    }
  }
});

Deno.test("writeSamples() names the same text as nearest, whatever the order of the list", async () => {
  const engine = scripted(["ab"]);
  for (const list of [...bothKinds(["aa", "bb"]), ...bothKinds(["bb", "aa"])]) {
    const trainingList = () => list;
    const generation = { numSamples: 1 };
    const [line = ""] = await written({ engine, trainingList, generation, json: true });
    assertEquals(JSON.parse(line).nearest, "aa");
  }
});

Deno.test("writeSamples() counts characters, and takes bytes that are not UTF-8", async () => {
  const tokenizer = new Tokenizer("byte", [0x80, 0x98, 0x9f, 0xf0]); // 😀 is F0 9F 98 80, BOS 4
  const script = [3, 2, 1, 0, 0, 4];
  const engine = new FakeEngine(
    { vocabSize: 5, blockSize: 9 },
    (tokens) => [0, 1, 2, 3, 4].map((id) => id === script[tokens.length - 1] ? 0 : -1e300),
  );
  const lines = await written({ engine, tokenizer, generation: { numSamples: 1 }, json: true });
  const { text, length } = JSON.parse(lines[0] ?? "");
  assertEquals([text, length], ["😀\uFFFD", 2]);
});

Deno.test("writeSamples() leaves out what is excluded, known, or there already", async () => {
  const engine = () => scripted(["a", "b", "a", "ab", "b", "ba"]);
  const excluded = new FoldedSet(["a"]);
  const table: [Changed, string[]][] = [
    [{ generation: { numSamples: 4 } }, ["a", "b", "a", "ab"]],
    [{ generation: { numSamples: 4, unique: true } }, ["a", "b", "ab", "ba"]],
    [{ generation: { numSamples: 4, new: true } }, ["a", "a", "ab", "ba"]],
    [{ generation: { numSamples: 3 }, inputs: { excluded } }, ["b", "ab", "b"]],
    [
      { generation: { numSamples: 3, new: true, unique: true }, inputs: { excluded } },
      ["ab", "ba"],
    ],
    [{ generation: { numSamples: 2, match: /b$/u, new: true } }, ["ab", "ab"]],
  ];
  for (const list of bothKinds(["b", "bb"])) {
    const trainingList = () => list;
    for (const [changed, expected] of table) {
      await withWriter({ engine: engine(), trainingList, ...changed }, async (write, lines) => {
        const isShort = expected.length < (changed.generation?.numSamples ?? 0);
        await write().catch((error) => assert(isShort, error));
        assertEquals(lines(), expected);
      });
    }
  }
});

/** One text in five forms, and another one. */
const FORMS = ["e\u0301a", "\u00e9a", "E\u0301A", "\u00e9\u200ba", "\u00e9a ", "aa"];
const FORMS_TOKENIZER = Tokenizer.fromDocs(Docs.from(FORMS.map((form) => `x${form}x`)));

Deno.test("writeSamples() takes a text for the same in whatever form it is written", async () => {
  const tokenizer = FORMS_TOKENIZER;
  for (const form of FORMS.slice(0, -1)) {
    const engine = () => scripted([...FORMS.slice(0, -1), "aa"], tokenizer);
    const excluded = new FoldedSet([form]);
    const [texts, lines] = bothKinds([form]);
    const trainingList = () => texts!; // there are two
    const one = { numSamples: 1 };
    const forms = FORMS.slice(0, 1);
    assertEquals(await written({ engine: engine(), tokenizer, generation: one }), forms);
    const changes: Changed[] = [
      { generation: one, inputs: { excluded } },
      { generation: { ...one, new: true }, trainingList },
      { generation: { ...one, new: true }, trainingList: () => lines! }, // likewise
    ];
    for (const changed of changes) {
      assertEquals(await written({ engine: engine(), tokenizer, ...changed }), ["aa"], form);
    }
    const unique = { engine: engine(), tokenizer, generation: { numSamples: 2, unique: true } };
    assertEquals(await written(unique), [FORMS[0], "aa"]);
    const json = await written({
      engine: engine(),
      tokenizer,
      trainingList,
      json: true,
      generation: { numSamples: 6 },
    });
    const known = json.map((line) => JSON.parse(line).inTrainingList);
    assertEquals(known, [true, true, true, true, true, false]);
  }
});

Deno.test("writeSamples() writes for each prompt, and counts on", async () => {
  const inputs = { prompts: ["a", "ab", "b"] };
  const line = (text: string, number: number) => `${number} ${text}`;
  const lines = await written({ inputs, line, generation: { numSamples: 2 } });
  assertEquals(lines.map((line) => line.slice(0, 2)), ["1 ", "2 ", "3 ", "4 ", "5 ", "6 "]);
  for (const [i, prompt] of ["a", "a", "ab", "ab", "b", "b"].entries()) {
    assert(lines[i]?.slice(2).startsWith(prompt), lines[i]);
  }
});

Deno.test("writeSamples() writes nothing twice for two prompts, if that is asked for", async () => {
  const engine = scripted(["ab", "ab", "aba"]);
  const inputs = { prompts: ["a", "ab"] };
  const write = (unique: boolean) =>
    written({ engine, inputs, generation: { numSamples: 1, unique } });
  assertEquals(await write(false), ["ab", "ab"]);
  const [one, two] = await write(true);
  assert(one !== two, `${one} and ${two}`);
});

Deno.test("writeSamples() says how far it came, after it has written what was found", async () => {
  const tries = "none of the last tries matched (--unique): " +
    "loosen the conditions, ask for fewer, or raise --temperature";
  const same = "every try gives the same text: raise";
  const unique = { numSamples: 1234, unique: true };
  const excluded = new FoldedSet(["ab"]);
  const table: [Changed, string[], string][] = [
    [
      { generation: unique },
      ["ab", "b"],
      `Found 2 of 1,234 samples after 10,002 tries: ${tries}`,
    ],
    [
      { generation: { ...unique, temperature: 0 } },
      ["ab"],
      `Found 1 of 1,234 samples after 2 tries: ${same} --temperature`,
    ],
    [
      { generation: { ...unique, topK: 1 } },
      ["ab"],
      `Found 1 of 1,234 samples after 2 tries: ${same} --top-k`,
    ],
    [
      { generation: { ...unique, topK: 1, temperature: 0 }, inputs: { excluded } },
      [],
      `Found 0 of 1,234 samples after 1 try: ${same} --temperature and --top-k`,
    ],
    [
      { generation: { temperature: 0 }, inputs: { excluded, prompts: ["ab"] } },
      [],
      `Found 0 of 20 samples for the prompt "ab" after 1 try: ${same} --temperature`,
    ],
  ];
  for (const [changed, expected, message] of table) {
    const isFixed = changed.generation?.temperature === 0 || changed.generation?.topK === 1;
    const engine = scripted(isFixed ? ["ab"] : ["ab", "b"]);
    await withWriter({ engine, ...changed }, async (write, lines) => {
      await assertFailsLater(write, Error, message);
      assertEquals(lines(), expected);
    });
  }
});

Deno.test("writeSamples() says that the model almost never writes what is wanted", async () => {
  const logits = [0, -40, 0]; // a, b, BOS: of b the probability is about 2e-18
  const engine = new FakeEngine({ blockSize: 2 }, () => logits);
  const table: [Partial<GenerationSettings>, string[], string][] = [
    [{ contains: "b", maxLength: 1, numSamples: 2 }, ["b", "b"], "1e-18"],
    [{ startsWith: "ab", endsWith: "b", numSamples: 1 }, ["ab"], ""], // given that it begins so
    [{ endsWith: "a", maxLength: 1, numSamples: 2 }, ["a", "a"], ""],
    [{ startsWith: "b", numSamples: 2, maxLength: 1 }, ["b", "b"], ""],
  ];
  for (const [wanted, expected, probability] of table) {
    const notes: string[] = [];
    const note = (message: string) => notes.push(message);
    const generation = { temperature: 1, ...wanted };
    assertEquals(await written({ engine, generation, note }), expected);
    const all = `Found 2 samples, but the model almost never writes such texts: ` +
      `their probability is about ${probability}`;
    assertEquals(notes, probability === "" ? [] : [all]);
  }
  const generation = { contains: "b", maxLength: 1, numSamples: 2, unique: true, temperature: 1 };
  await withWriter({ engine, generation }, async (write, lines) => {
    const why = "the model almost never writes such texts: their probability is about 1e-18";
    const message = `Found 1 of 2 samples after 10,001 tries: ${why}: loosen the conditions`;
    await assertFailsLater(write, Error, message);
    assertEquals(lines(), ["b"]);
  });
});

Deno.test("writeSamples() does not guess what is new", async () => {
  await withWriter({ generation: { new: true } }, async (write, lines) => {
    const message = "Cannot tell what is new: the model has no training list: " +
      "use --exclude FILE instead of --new";
    await assertFailsLater(write, Error, message);
    assertEquals(lines(), []);
  });
});

Deno.test("writeSamples() asks for the training list only where it is needed", async () => {
  const trainingList = () => {
    throw new Error("it was asked for");
  };
  assertEquals((await written({ trainingList, generation: { numSamples: 2 } })).length, 2);
  await withWriter({ trainingList, json: true }, async (write) => {
    await assertFailsLater(write, Error, "it was asked for");
  });
});
