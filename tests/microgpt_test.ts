import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import { decodeCheckpoint, encodeCheckpoint } from "../lib/checkpoint/checkpoint.ts";
import { Docs } from "../lib/docs.ts";
import { PRESETS } from "../lib/files/presets.ts";
import {
  Microgpt,
  type MicrogptOptions,
  type TextOptions,
  type TrainingReport,
} from "../lib/microgpt.ts";
import { DivergenceError } from "../lib/trainer.ts";
import { fold } from "../lib/text/text_form.ts";
import { assertFails, assertFailsLater, type ErrorClass } from "./helpers/assert.ts";
import { encodeUtf16, gzip } from "./helpers/foreign_files.ts";
import { withTerminal } from "./helpers/terminal.ts";
import { runMain } from "./helpers/tool.ts";
import { withTempDir } from "./helpers/paths.ts";

const NAMES = ["anna", "hanna", "johanna", "joanna", "susanna", "marianna", "rosanna", "ann"];
const TINY = { nEmbd: 8, nHead: 2, blockSize: 8, numSteps: 30 };

const english = await PRESETS["english"]!.load(); // there is one

function textsOf(gpt: Microgpt, options: Parameters<Microgpt["generate"]>[0] = {}): string[] {
  return Array.from(gpt.generate(options), ({ text }) => text);
}

/** Writes each option as the command line has it. */
function flagsOf(options: MicrogptOptions): string[] {
  return Object.entries(options).flatMap(([name, value]) => {
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    return value === true ? [flag] : [flag, `${value}`];
  });
}

const SETTINGS: readonly MicrogptOptions[] = [
  { numSteps: 60 },
  { ...TINY, seed: 7, batchSize: 3, dtype: "f32", learningRate: 0.02 },
  { ...TINY, tokenizer: "byte", lowercase: true, temperature: 0.8, topK: 5, topP: 0.9 },
  { ...TINY, numSteps: 40, valFraction: 0.1, patience: 2, normalize: "nfc" },
  { ...TINY, numSteps: 4, engine: "scalar" },
  {
    ...{ ...TINY, batchSize: 300, reshuffle: true, lossMean: "token", warmup: 5 },
    ...{ schedule: "cosine", weightDecay: 0.1, ema: 0.9 },
  },
  { ...TINY, valFraction: 0.1, schedule: "constant", ema: 0.95 },
  { ...TINY, batchSize: 9, threads: 3, valFraction: 0.1 },
];

for (const options of SETTINGS) {
  Deno.test(`Microgpt.train() does what the command line does with ${flagsOf(options).join(" ")}`, async () => {
    await withTempDir(async (dir) => {
      await Deno.writeTextFile(`${dir}/list.txt`, english);
      const argv = [...flagsOf(options), "--log-every", "1", "--save", `${dir}/model`];
      const { stdout } = await runMain([...argv, `${dir}/list.txt`]);
      const losses: string[] = [];
      const gpt = await Microgpt.train(english, {
        ...options,
        onStep: ({ loss }) => losses.push(loss.toFixed(4)),
      });
      assertEquals(losses, Array.from(stdout.matchAll(/\| loss ([\d.]+)/g), ([, loss]) => loss!)); // a group
      const samples = Array.from(stdout.matchAll(/^sample .\d: (.*)$/gm), ([, text]) => text!); // likewise
      if (samples.length === 20) assertEquals(textsOf(gpt), samples);

      const theirs = decodeCheckpoint(await Deno.readFile(`${dir}/model`));
      const ours = decodeCheckpoint(gpt.toBytes());
      const { dataset, settings, ...run } = ours.run!; // it has one
      const { dataset: file, settings: given, ...theirRun } = theirs.run!; // likewise
      assertEquals(run, theirRun);
      assertEquals(dataset, { ...file, path: "-" });
      const kept = [...given].filter(([name]) => name !== "engine").sort();
      assertEquals([...settings].sort(), kept);
      for (
        const name of ["config", "dtype", "tokenizer", "weights", "best", "trainingList"] as const
      ) {
        assertEquals(ours[name], theirs[name], name);
      }
    });
  });
}

Deno.test("Microgpt.toBytes() makes a file that the command line samples from, scores and resumes", async () => {
  await withTempDir(async (dir) => {
    const gpt = await Microgpt.train(english, { ...TINY, temperature: 0.7 });
    await Deno.writeFile(`${dir}/model`, gpt.toBytes());
    await Deno.writeTextFile(`${dir}/list.txt`, english);
    const sampled = await runMain(["sample", `${dir}/model`]);
    assertEquals(sampled.stdout, textsOf(gpt).map((text) => `${text}\n`).join(""));
    const scored = await runMain(["eval", "--per-line", `${dir}/model`, `${dir}/list.txt`]);
    const [loss, text] = scored.stdout.split("\n")[0]!.split("\t"); // split() gives one
    assertEquals(Math.log(gpt.score(text!).perplexity).toFixed(4), loss); // two columns
    const resumed = await runMain([
      "--resume",
      `${dir}/model`,
      "--num-steps",
      "40",
      `${dir}/list.txt`,
    ]);
    assertEquals(resumed.code, 0, resumed.stderr);
  });
});

Deno.test("Microgpt.fromBytes() goes on as the model that was saved", async () => {
  const options = { ...TINY, valFraction: 0.1, normalize: "nfd", topK: 4 } as const;
  const gpt = await Microgpt.train(`${english}zoé\n`, options);
  const bytes = gpt.toBytes();
  const saved = Microgpt.fromBytes(bytes);
  assertEquals(saved.toBytes(), bytes);
  assertEquals(saved.trainingTexts(), gpt.trainingTexts());
  assertEquals(textsOf(saved), textsOf(gpt));
  assertEquals(saved.score("zoé"), gpt.score("zoé"));
  assertEquals(saved.engine.weights(), decodeCheckpoint(bytes).best!.weights, "the best ones");
  const scalar = Microgpt.fromBytes(bytes, { engine: "scalar" });
  assert(Math.abs(scalar.score("anna").logProb - gpt.score("anna").logProb) < 1e-9);
});

Deno.test("Microgpt.fromBytes() seeds the random numbers of a file without a run", async () => {
  const { run: _, ...checkpoint } = decodeCheckpoint((await Microgpt.train(NAMES, TINY)).toBytes());
  const bytes = encodeCheckpoint(checkpoint);
  const of = (seed?: number) =>
    textsOf(Microgpt.fromBytes(bytes, seed === undefined ? {} : { seed }));
  assertEquals(of(), of(42));
  assert(of().join() !== of(43).join());
});

Deno.test("Microgpt.train() takes texts in any form, and leaves them as they are", async () => {
  const docs = Docs.from(NAMES);
  const expected = (await Microgpt.train(NAMES, TINY)).toBytes();
  for (
    const texts of [
      new Set(NAMES),
      NAMES.join("\n"),
      new TextEncoder().encode(NAMES.join("\n")),
      docs,
    ]
  ) {
    assertEquals((await Microgpt.train(texts, TINY)).toBytes(), expected);
  }
  assertEquals([...docs], NAMES);
});

Deno.test("Microgpt.train() reports validations, stops early and keeps the best weights", async () => {
  const reports: TrainingReport[] = [];
  const few = "ada bea cid dan eva eve fay gus gil ida joe kim lou max".split(" "); // soon memorized
  const gpt = await Microgpt.train(few, {
    ...TINY,
    numSteps: 200,
    learningRate: 0.05,
    valFraction: 0.2,
    patience: 2,
    onStep: (report) => reports.push(report),
  });
  const validated = reports.filter(({ validation }) => validation !== undefined);
  assertEquals(validated.map(({ step }) => step), validated.map((_, i) => 20 * (i + 1)));
  assert(reports.length < 200, "it has stopped early");
  const losses = validated.map(({ validation }) => validation!.loss); // as filtered
  const { best } = decodeCheckpoint(gpt.toBytes());
  assertEquals(best!.loss, Math.min(...losses));
  assertEquals(gpt.engine.weights(), best!.weights);
});

Deno.test("Microgpt.train() lets the event loop run, and stops at a signal", async () => {
  const controller = new AbortController();
  let steps = 0, turns = 0;
  const timer = setInterval(() => {
    if (++turns === 3) controller.abort(new Error("enough"));
  });
  const training = Microgpt.train(english, {
    numSteps: 1e6,
    signal: controller.signal,
    onStep: () => steps++,
  });
  await assertRejects(() => training, Error, "enough");
  clearInterval(timer);
  assert(steps > 0 && steps < 1e6 && turns >= 3);
  await assertRejects(
    () => Microgpt.train(NAMES, { ...TINY, signal: AbortSignal.abort() }),
    DOMException,
    "aborted",
  );
});

Deno.test("Microgpt.explain() explains a text as people write it, and adds up to its score", async () => {
  const gpt = await Microgpt.train(["민준", "서연"], { ...TINY, normalize: "nfd", nLayer: 2 });
  const { tokens, surprise, attention } = gpt.explain("서준");
  assertEquals(gpt.tokenizer.decode(tokens.slice(1, -1)), "서준".normalize("NFD"));
  const bits = surprise.reduce((sum, x) => sum + x);
  assert(Math.abs(bits * Math.LN2 + gpt.score("서준").logProb) < 1e-9);
  assertEquals([attention.length, attention[0]!.length], [2, 2]); // there is a layer
  assertThrows(() => gpt.explain("서a"), RangeError, 'character 2, "a", is not in the vocabulary');
});

Deno.test("Microgpt.train() lets the event loop run every 16 ms, and not oftener", async () => {
  await withTerminal(async (terminal) => { // with a clock that stands still
    const turns: number[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined, isTurn = false;
    await Microgpt.train(NAMES, {
      ...TINY,
      numSteps: 60,
      onStep: ({ step }) => {
        if (isTurn) turns.push(step - 1);
        isTurn = false;
        clearTimeout(timer);
        timer = setTimeout(() => isTurn = true, 0); // behind it all events wait
        terminal.now++; // ms
      },
    });
    clearTimeout(timer);
    assertEquals(turns, [17, 34, 51]);
  });
});

Deno.test("Microgpt.train() goes on from another model, and knows the new list", async () => {
  const old = await Microgpt.train(english, { ...TINY, numSteps: 200, normalize: "nfc" });
  const before = old.toBytes();
  const texts = ["zoe\u0301", "cle\u0301a", "ana"];
  const gpt = await Microgpt.train(texts, { from: old, numSteps: 5, learningRate: 1e-9 });
  assertEquals(gpt.trainingTexts(), new Set(["zoé", "cléa", "ana"]), "in the form of the model's");
  assertEquals(gpt.tokenizer.symbols.filter((c) => !old.tokenizer.symbols.includes(c)), ["é"]);
  assertEquals(old.toBytes(), before, "the other one stays as it is");
  const ranks = (model: Microgpt) => model.explain("ana").probs.map((row) => row[0]);
  ranks(gpt).forEach((p, t) => assert(Math.abs(p! / ranks(old)[t]! - 1) < 0.1, `${t}`)); // as many
  await assertRejects(
    () => Microgpt.train(texts, { from: old, nEmbd: 12 }),
    RangeError,
    "Cannot go on from the model: nEmbd is 12, the model has 8: leave it out",
  );
});

Deno.test("Microgpt.generate() finds new texts only, and an empty text is not new", async () => {
  const gpt = await Microgpt.train(["a", "b", "ab", "ba"], { ...TINY, numSteps: 100 });
  const all = new Set(textsOf(gpt, { numSamples: 500, temperature: 1.5 }));
  assert(all.has("") && all.has("ab"), "it writes those, too");
  const found = textsOf(gpt, { numSamples: 20, temperature: 1.5, new: true, unique: true });
  assertEquals(new Set(found).size, 20);
  for (const text of found) assert(text !== "" && !gpt.trainingTexts()!.has(text), text);
});

Deno.test("Microgpt.generate() draws the same texts for the same seed", async () => {
  const gpt = await Microgpt.train(NAMES, TINY);
  const options = { numSamples: 4, seed: 5 };
  const before = gpt.random.getstate();
  assertEquals(textsOf(gpt, options), textsOf(gpt, options));
  assertEquals(gpt.random.getstate(), before, "its own random numbers are left alone");
  assert(textsOf(gpt).join() !== textsOf(gpt).join(), "they go on otherwise");
});

Deno.test("Microgpt.generate() judges and shows texts as people see them", async () => {
  const hangul = ["민준", "서연", "지우", "하은", "도윤"];
  const gpt = await Microgpt.train(hangul, { ...TINY, numSteps: 150, normalize: "nfd" });
  const found = textsOf(gpt, {
    numSamples: 10,
    startsWith: "민",
    match: /^[가-힣]+$/,
    exclude: new Set(["민준"]),
    unique: true,
    temperature: 2,
  });
  assertEquals(new Set(found).size, 10);
  for (const text of found) {
    assert(/^민[가-힣]*$/.test(text) && text !== "민준", text);
    assertEquals(text, text.normalize("NFC"));
  }
  const fresh = textsOf(gpt, { numSamples: 10, new: true, temperature: 2 });
  for (const text of fresh) assert(!hangul.includes(text), text);
});

Deno.test("Microgpt.generate() knows a text in whatever form it is written", async () => {
  const composed = ["jos\u00e9", "zo\u00e9", "am\u00e9lie"];
  const texts = composed.map((text) => text.normalize("NFD"));
  const gpt = await Microgpt.train(texts, { ...TINY, numSteps: 400, learningRate: 0.05 });
  const keys = new Set(texts.map(fold));
  assert(textsOf(gpt, { numSamples: 50 }).some((text) => keys.has(fold(text))), "it writes them");
  const variants = [
    ...composed,
    ...composed.map((text) => text.toUpperCase().replace("O", "O\u200b")),
  ];
  for (
    const options of [{ new: true }, { exclude: new Set(composed) }, { exclude: new Set(variants) }]
  ) {
    const found = textsOf(gpt, { ...options, numSamples: 50, temperature: 1, seed: 1 });
    for (const text of found) assert(!keys.has(fold(text)), text);
  }
  const unique = textsOf(gpt, { unique: true, numSamples: 20, temperature: 1 });
  assertEquals(new Set(unique.map(fold)).size, 20);
});

Deno.test("Microgpt.train() and evaluate() say what is no text", async () => {
  const gpt = await Microgpt.train(NAMES, TINY);
  const utf16 = encodeUtf16("\ufeffanna\n", "LE");
  const table: [Uint8Array | string, string][] = [
    [
      await gzip("anna\n"),
      "Cannot read the texts as text: it is compressed with gzip: unpack it, with gzip -dc",
    ],
    [
      utf16,
      "Cannot read the texts as text: it is UTF-16: convert it, with iconv -f UTF-16 -t UTF-8",
    ],
    [
      "anna\nb\0b",
      "Cannot read line 2 of the texts as text: it has a NUL, which no text has: " +
      "leave it out, with tr -d '\\0'",
    ],
    [
      gpt.toBytes(),
      "Cannot read the texts as text: it is a model: name a list, and load this as a model",
    ],
  ];
  for (const [texts, message] of table) {
    await assertFailsLater(() => Microgpt.train(texts, TINY), TypeError, message);
    assertFails(() => gpt.evaluate(texts), TypeError, message);
  }
  const bytes = await Microgpt.train("anna\nb\0b", { ...TINY, tokenizer: "byte" });
  assertEquals(bytes.tokenizer.codes[0], 0, "bytes are bytes");
});

Deno.test("Microgpt.evaluate() is the loss on other texts", async () => {
  const gpt = await Microgpt.train(NAMES, { ...TINY, numSteps: 200 });
  const { loss, numDocs } = gpt.evaluate(["joanna", "susanna"]);
  assertEquals(numDocs, 2);
  assert(loss < gpt.evaluate(["nnasu", "aojjm"]).loss);
});

Deno.test("Microgpt.train() rejects what cannot be trained on", async () => {
  const table: [unknown, MicrogptOptions, ErrorClass, string][] = [
    [[], {}, RangeError, "Cannot train: there are no documents"],
    [["", " "], {}, RangeError, "Cannot train: there are no documents"],
    [NAMES, { nEmbd: 10, nHead: 4 }, RangeError, "nEmbd must be divisible by nHead"],
    [NAMES, { numSteps: -1 }, RangeError, "numSteps must be an integer from 0 on"],
    [NAMES, { numSteps: "10" as unknown as number }, RangeError, 'on: it is "10"'],
    [
      NAMES,
      { batchSize: 1e12 },
      RangeError,
      "batchSize must be at most 1000000: it is 1000000000000",
    ],
    [NAMES, { nEmbd: 1e9 }, RangeError, "GB: at most 4 GB can be addressed: lower nEmbd"],
    [NAMES, { nEmbd: 16_000, threads: 2 }, RangeError, "it needs 92.3 GB: at most 4 GB"],
    [NAMES, { blockSize: 1e9 }, RangeError, "GB: at most 4 GB can be addressed: lower blockSize"],
    [NAMES, { nEmbd: 16_000, engine: "scalar" }, RangeError, "3072608000 parameters: the scalar"],
    [NAMES, { nLayer: 1e9 }, RangeError, "nLayer must be at most 10000: nLayer is 1000000000"],
    [NAMES, { tokenizer: "word" as "char" }, RangeError, "there is no word: there are char, byte"],
    [NAMES, { temperature: NaN }, RangeError, "the temperature must be 0 or above: it is NaN"],
    [NAMES, { topK: 0 }, RangeError, "topK must be a positive integer: it is 0"],
    [NAMES, { topP: 2 }, RangeError, "topP must be a number from 0 to 1: it is 2"],
    [NAMES, { patience: 2 }, RangeError, "patience needs valFraction"],
    [NAMES, { patience: 0, valFraction: 0.5 }, RangeError, "patience must be an integer from 1 on"],
    [NAMES, { valFraction: 0.1 }, RangeError, "at least 10 distinct ones are needed"],
    [NAMES, { learningRate: 1e300 }, DivergenceError, "lower the learning rate"],
    [Uint8Array.of(0x61, 0xff), {}, TypeError, "it is not UTF-8"],
    [NAMES, { engine: "fast" as "wasm" }, RangeError, "there is no fast"],
  ];
  for (const [texts, options, Class, message] of table) {
    await assertRejects(
      () => Microgpt.train(texts as string[], { numSteps: 3, ...options }),
      Class,
      message,
    );
  }
});

Deno.test("Microgpt refuses options that there are not, and names the one that may be meant", async () => {
  const gpt = await Microgpt.train(NAMES, TINY), bytes = gpt.toBytes();
  const unknown = (name: string) => ({ ...TINY, [name]: 1 });
  const table: [action: string, (name: string) => unknown, name: string, guess: string][] = [
    ["Cannot train", (name) => Microgpt.train(NAMES, unknown(name)), "numStep", "numSteps"],
    [
      "Cannot train",
      (name) => Microgpt.train(NAMES, unknown(name)),
      "learning_rate",
      "learningRate",
    ],
    ["Cannot train", (name) => Microgpt.train(NAMES, unknown(name)), "signals", "signal"],
    ["Cannot generate", (name) => [...gpt.generate({ [name]: "A" })], "startWith", "startsWith"],
    ["Cannot generate", (name) => [...gpt.generate({ [name]: 1 })], "maxlength", "maxLength"],
    ["Cannot read the model", (name) => Microgpt.fromBytes(bytes, { [name]: 1 }), "seeds", "seed"],
  ];
  for (const [action, call, name, guess] of table) {
    const message = `${action}: there is no option ${name}: did you mean ${guess}?`;
    await assertFailsLater(async () => await call(name), TypeError, message);
  }
  const train = () => Microgpt.train(NAMES, unknown("stepsDone")); // which train() has
  await assertRejects(train, TypeError, "Cannot train: there is no option stepsDone: there are ");
  const reading = "Cannot read the model: there is no option wasm: there are engine, seed";
  assertFails(() => Microgpt.fromBytes(bytes, { wasm: 1 } as object), TypeError, reading);
  const one = "Cannot generate: exclude must be a set of texts: it is one text";
  const exclude = "anna" as unknown as ReadonlySet<string>;
  assertFails(() => gpt.generate({ exclude }).next(), TypeError, one);
});

Deno.test("Microgpt says which type it wants, where JavaScript gives another one", async () => {
  const gpt = await Microgpt.train(NAMES, TINY), bytes = gpt.toBytes();
  const wanted = "must be a list of strings, a string or a Uint8Array: they are";
  const texts = (value: unknown) => value as string[];
  const file = (value: unknown) => value as Uint8Array;
  const options = (value: unknown) => value as Record<string, never>;
  const table: [() => unknown, string][] = [
    [() => Microgpt.train(texts(undefined)), `Cannot train: the texts ${wanted} undefined`],
    [() => Microgpt.train(texts(bytes.buffer)), `Cannot train: the texts ${wanted} an ArrayBuffer`],
    [() => gpt.evaluate(texts(5)), `Cannot evaluate the model: the texts ${wanted} a number`],
    [
      () => Microgpt.train(NAMES, options(300)),
      "Cannot train: the options must be an object: they are a number",
    ],
    [
      () => gpt.generate(options(null)).next(),
      "Cannot generate: the options must be an object: they are null",
    ],
    [
      () => Microgpt.fromBytes(file(bytes.buffer)),
      "Cannot read the safetensors file: it must be a Uint8Array: it is an ArrayBuffer",
    ],
    [
      () => Microgpt.fromBytes(file(Promise.resolve(bytes))),
      "Cannot read the safetensors file: it must be a Uint8Array: it is a Promise",
    ],
    [
      () => gpt.generate(options({ match: "^a" })).next(),
      'Cannot generate: match must be a RegExp: it is "^a"',
    ],
    [
      () => gpt.generate(options({ startsWith: 5 })).next(),
      "Cannot generate: startsWith must be a string: it is 5",
    ],
    [
      () => gpt.generate(options({ minLength: "3" })).next(),
      'Cannot generate: minLength must be a number: it is "3"',
    ],
  ];
  for (const [call, message] of table) {
    await assertFailsLater(async () => await call(), TypeError, message);
  }
});

Deno.test("Microgpt reads models and lists from the buffers of Node", async () => {
  const text = Buffer.from("x".repeat(9) + NAMES.join("\n")).subarray(9); // not aligned
  const gpt = await Microgpt.train(text, TINY), bytes = gpt.toBytes();
  assertEquals(bytes, (await Microgpt.train(NAMES, TINY)).toBytes());
  const pool = Buffer.concat([Buffer.alloc(3), bytes, Buffer.alloc(5)]);
  const again = Microgpt.fromBytes(pool.subarray(3, 3 + bytes.length));
  assertEquals(again.toBytes(), bytes);
  assertEquals(again.trainingTexts(), gpt.trainingTexts());
});

Deno.test("Microgpt takes each option that its types have", async () => {
  const training: Required<Omit<MicrogptOptions, "from" | "threads" | "signal">> = {
    ...{ ...TINY, nLayer: 1, learningRate: 0.01, schedule: "linear", warmup: 0, batchSize: 1 },
    ...{ reshuffle: false, seed: 42, lossMean: "document", weightDecay: 0, ema: undefined },
    ...{ tokenizer: "char", dtype: "f64", engine: "wasm", normalize: "none", lowercase: false },
    ...{ valFraction: 0.2, patience: 9, temperature: 0.5, topK: 9, topP: 0.9, onStep: () => {} },
  };
  const gpt = await Microgpt.train(english, training);
  const options: Required<TextOptions> = {
    ...{ numSamples: 1, temperature: 0.5, topK: 20, topP: 1, seed: 1n, prompt: "a", new: true },
    ...{ startsWith: "a", endsWith: "a", contains: "a", match: /a/, minLength: 1, maxLength: 7 },
    ...{ unique: true, exclude: new Set(["anna"]), maxTries: 9999, composed: false },
  };
  assertEquals(textsOf(gpt, options).length, 1);
});

Deno.test("Microgpt.train() makes the same file with any number of threads", async () => {
  const one = await Microgpt.train(NAMES, { ...TINY, batchSize: 4 });
  for (const threads of [1, 2, "auto"] as const) {
    const many = await Microgpt.train(NAMES, { ...TINY, batchSize: 4, threads });
    assertEquals(many.toBytes(), one.toBytes(), `${threads}`);
  }
});

Deno.test("Microgpt.train() ends its threads, however it ends", async () => {
  const options = { ...TINY, threads: 2, batchSize: 4 };
  const stopped = { ...options, signal: AbortSignal.abort(new Error("enough")) };
  await assertRejects(() => Microgpt.train(NAMES, stopped), Error, "enough");
  const wild = { ...options, learningRate: 1e300 };
  await assertRejects(() => Microgpt.train(NAMES, wild), DivergenceError);
}); // Deno's tests fail if a worker is left

Deno.test("Microgpt says what it cannot do", async () => {
  const gpt = await Microgpt.train(NAMES, TINY);
  assertThrows(() => gpt.score("xyz"), RangeError, 'character "x" is not in the vocabulary');
  assertThrows(() => textsOf(gpt, { startsWith: "x" }), RangeError, "no text can start with");
  assertThrows(() => Microgpt.fromBytes(new Uint8Array(30)), SyntaxError, "safetensors");
  assertThrows(() => Microgpt.fromBytes(new Uint8Array(3)), RangeError, "it has 3 bytes");
  const { trainingList: _, ...checkpoint } = decodeCheckpoint(gpt.toBytes());
  const forgetful = Microgpt.fromBytes(encodeCheckpoint(checkpoint));
  assertEquals(forgetful.trainingTexts(), undefined);
  assertFails(
    () => textsOf(forgetful, { new: true }),
    RangeError,
    "Cannot tell what is new: the model has no training list: exclude a list of your own",
  );
  const settings = new Map([...checkpoint.run!.settings, ["normalize", "nfx"]]);
  const odd = encodeCheckpoint({ ...checkpoint, run: { ...checkpoint.run!, settings } });
  assertFails(
    () => Microgpt.fromBytes(odd),
    RangeError,
    'Cannot use the model: its normalization is "nfx": none, nfc, nfd are known',
  );
});
