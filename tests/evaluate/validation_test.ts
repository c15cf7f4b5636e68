import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Best } from "../../lib/checkpoint/checkpoint.ts";
import { evaluate } from "../../lib/evaluate/evaluate.ts";
import { Validation } from "../../lib/evaluate/validation.ts";
import { Docs } from "../../lib/docs.ts";
import type { Engine, EngineState, Tokens } from "../../lib/engine.ts";
import { initWeights } from "../../lib/config.ts";
import { Random } from "../../lib/random.ts";
import { toForm } from "../../lib/text/text_form.ts";
import { Tokenizer } from "../../lib/tokenizer.ts";
import { WasmEngine } from "../../lib/wasm/wasm_engine.ts";
import { assertClose } from "../helpers/assert.ts";
import { FakeEngine } from "../helpers/fake_engine.ts";
import { CONFIG, DOCS, TINY, TOKENIZER, withNames } from "../helpers/tiny.ts";
import { runMain } from "../helpers/tool.ts";

/** A model that is as good as told, and whose weights are the number of its losses. */
class ScriptedEngine extends FakeEngine {
  readonly restored: Float64Array[] = [];
  #count = 0;
  readonly #losses: number[];

  constructor(losses: readonly number[]) {
    super({});
    this.#losses = losses.flatMap((loss) => [loss, loss, loss]); // three documents
  }

  override loss(): number {
    return this.#losses[this.#count++]!; // as many as are asked for
  }

  override weights(): Float64Array {
    return Float64Array.of(this.#count / 3);
  }

  override restore({ weights }: EngineState): void {
    this.restored.push(Float64Array.from(weights));
  }
}

function validationOf(losses: readonly number[], every: number, best?: Best) {
  const engine = new ScriptedEngine(losses);
  return { engine, validation: new Validation(engine, TOKENIZER, DOCS, every, best) };
}

Deno.test("Validation.after() validates every so many steps, and after the last", () => {
  const { validation } = validationOf([5, 4, 3, 2], 4);
  const found = Array.from({ length: 13 }, (_, i) => validation.after(i + 1, i === 12)?.loss);
  const expected = found.map((_, i) => ({ 3: 5, 7: 4, 11: 3, 12: 2 })[i]);
  assertEquals(found, expected);
});

Deno.test("Validation.after() tells both means of the loss", () => {
  const engine = new FakeEngine({}, () => [0, 0, 0]);
  engine.loss = (tokens: Tokens) => tokens.length; // 4, 3 and 5, over 3, 2 and 4 tokens
  const { loss, documentLoss } = new Validation(engine, TOKENIZER, DOCS, 1, undefined)
    .after(1, false)!; // it is time
  assertClose(loss, (3 * 4 + 2 * 3 + 4 * 5) / 9, 1e-15, "loss");
  assertClose(documentLoss, (4 + 3 + 5) / 3, 1e-15, "documentLoss");
});

Deno.test("Validation.validating() can be given up: then nothing is remembered", () => {
  const { engine, validation } = validationOf([1, 2], 5);
  let calls = 0;
  const loss = engine.loss.bind(engine);
  engine.loss = () => (calls++, loss());
  const pieces = validation.validating(5);
  for (let i = 1; i < 3; i++) {
    assertEquals(pieces.next().done, false);
    assertEquals(calls, i, "a document after the other");
  }
  assertEquals(validation.best, undefined);
  calls = 0;
  engine.loss = () => (calls++, 2);
  assertEquals(validation.after(5, false)?.loss, 2);
  assertEquals([calls, validation.best?.loss], [3, 2], "from the first document on");
});

Deno.test("Validation measures and keeps the average of the weights, and leaves them as they are", () => {
  const engine = new WasmEngine(CONFIG, initWeights(CONFIG, new Random(1)));
  for (let i = 0; i < 9; i++) {
    engine.step([[2, 0, 1, 2]], 0.1, undefined, undefined, { ema: 0.9 });
  }
  const before = engine.state();
  assert(before.average);
  const averaged = new WasmEngine(CONFIG, before.average);
  const validation = new Validation(engine, TOKENIZER, DOCS, 1, undefined);
  assertEquals(validation.after(9, true), evaluate(averaged, TOKENIZER, DOCS));
  assertEquals(validation.best?.weights, before.average);
  assertEquals(engine.state(), before);
  const pieces = validation.validating(10);
  pieces.next();
  assertEquals(engine.weights(), before.average);
  pieces[Symbol.dispose](); // it is given up
  assertEquals(engine.state(), before);
});

Deno.test("Validation.best is the first of the lowest losses, with its weights", () => {
  const table: [string, number[], Best | undefined, [number, number] | undefined][] = [
    ["falling", [3, 2, 1], undefined, [3, 1]],
    ["rising", [1, 2, 3], undefined, [1, 1]],
    ["a valley", [3, 1, 2], undefined, [2, 1]],
    ["the same again", [2, 1, 1], undefined, [2, 1]],
    ["no number at first", [NaN, 2, 3], undefined, [2, 2]],
    ["no number later", [2, NaN, 3], undefined, [1, 2]],
    ["infinite at first", [Infinity, 2], undefined, [2, 2]],
    ["none finite", [NaN, Infinity], undefined, undefined],
    ["better before", [3, 2], { step: 7, loss: 1, weights: Float64Array.of(9) }, [7, 1]],
    ["worse before", [3, 2], { step: 7, loss: 4, weights: Float64Array.of(9) }, [2, 2]],
  ];
  for (const [name, losses, before, expected] of table) {
    const { engine, validation } = validationOf(losses, 1, before);
    losses.forEach((_, i) => validation.after(i + 1, false));
    const { best } = validation;
    assertEquals(best && [best.step, best.loss], expected, name);
    if (best !== undefined) {
      assertEquals([...best.weights], [best === before ? 9 : best.step], name);
    }
    validation.restoreBest();
    assertEquals(engine.restored, best === undefined ? [] : [best.weights], name);
  }
});

Deno.test("Validation.fruitless() counts the validations in vain", () => {
  const losses = [3, 2, 4, 4, 1, 5];
  const { validation } = validationOf(losses, 10);
  const counts = losses.map((_, i) => {
    validation.after(10 * (i + 1), false);
    return validation.fruitless(10 * (i + 1));
  });
  assertEquals(counts, [0, 0, 1, 2, 0, 1]);
  const diverged = validationOf([NaN, NaN], 10).validation;
  diverged.after(10, false);
  assertEquals([diverged.fruitless(10), diverged.fruitless(20)], [1, 2]);
});

Deno.test("Validation.fruitless() goes on where a run was interrupted", () => {
  const best = { step: 30, loss: 1, weights: Float64Array.of() };
  const { validation } = validationOf([2], 10, best);
  validation.after(60, false);
  assertEquals(validation.fruitless(60), 3);
});

/** The texts that each method of the engine is called with while `body` runs. */
async function spied(
  tokenizer: Tokenizer,
  body: () => Promise<void>,
): Promise<{ readonly trained: Set<string>; readonly validated: Set<string> }> {
  const { step, loss } = WasmEngine.prototype;
  const trained = new Set<string>(), validated = new Set<string>();
  const textOf = (tokens: Tokens) =>
    tokenizer.decode(Array.from(tokens).filter((id) => id !== tokenizer.bos));
  WasmEngine.prototype.step = function (this: Engine, batch, ...rest) {
    for (const tokens of batch) trained.add(textOf(tokens));
    return step.call(this as WasmEngine, batch, ...rest); // whose method it stands for
  };
  WasmEngine.prototype.loss = function (this: Engine, tokens) {
    validated.add(textOf(tokens));
    return loss.call(this as WasmEngine, tokens); // as above
  };
  try {
    await body();
  } finally {
    Object.assign(WasmEngine.prototype, { step, loss });
  }
  return { trained, validated };
}

/** Twelve names, each several times and in several ways. */
const VARIANTS = "josé emil élodie anna bob cid dan eva fay gus hal ida".split(" ")
  .flatMap((name) => [
    name,
    name,
    name.toUpperCase(),
    name.normalize("NFD"),
    name.toUpperCase().normalize("NFD"),
    `${name[0]!.toUpperCase()}${name.slice(1)} `, // names are not empty
    name,
  ]);

/** The form that documents have in common if they count as the same. */
const folded = (text: string) =>
  text.normalize("NFKD").toLowerCase().toUpperCase().normalize("NFKD");

/** As many, written in one way, so that there is nothing to note about them. */
const LIST = VARIANTS.map((name) => name.trim().normalize("NFC").toLowerCase()).join("\n");

/** All of them are trained on, a small model, and in a moment. */
const SMALL = [...TINY, "--num-steps", "100", "--num-samples", "0"];

for (
  const [options, form] of [
    [[], { normalize: "none", lowercase: false }],
    [["--lowercase"], { normalize: "none", lowercase: true }],
    [["--normalize", "nfd", "--batch-size", "3"], { normalize: "nfd", lowercase: false }],
    [["--normalize", "nfc", "--lowercase", "--seed", "7"], { normalize: "nfc", lowercase: true }],
  ] as const
) {
  Deno.test(`microgpt --val-fraction never trains on what it validates with: ${options.join(" ")}`, async () => {
    await withNames(async (dir, names) => {
      await Deno.writeTextFile(names, VARIANTS.join("\n"));
      const texts = VARIANTS.map((text) => toForm(text.trim(), form));
      const tokenizer = Tokenizer.fromDocs(Docs.from(texts));
      const model = `${dir}/m.safetensors`;
      const first = [...SMALL, ...options, "--val-fraction", "0.25", "--save", model, names];
      const again = ["--resume", model, "--num-steps", "200"];
      let heldOut: Set<string> | undefined;
      for (const argv of [first, again]) {
        const { trained, validated } = await spied(tokenizer, async () => {
          const { code, stderr } = await runMain([...argv, "--quiet"]);
          assertEquals([code, stderr], [0, ""]);
        });
        assertEquals(validated.size, 3, "a quarter of twelve names");
        assertEquals(new Set([...trained, ...validated].map(folded)).size, 12);
        const leaked = new Set([...trained].map(folded))
          .intersection(new Set([...validated].map(folded)));
        assertEquals([...leaked], []);
        assertEquals(validated, heldOut ??= validated, "the same when it goes on");
      }
    });
  });
}

Deno.test("microgpt --val-fraction prints ten validations, and uses the best model", async () => {
  await withNames(async (dir, names) => {
    await Deno.writeTextFile(names, LIST);
    const model = `${dir}/m.safetensors`;
    const argv = [...SMALL, "--num-steps", "1000", "--val-fraction", "0.25", "--num-samples", "5"];
    const { code, stdout, stderr } = await runMain([...argv, "--save", model, names]);
    assertEquals(code, 0);
    assertMatch(stdout, /^num docs: 63\nnum docs held out: 3\n/);
    const validations = stdout.matchAll(/^step +(\d+) \/ 1000 \| validation (.*)$/gm)
      .map(([, step, loss]) => ({ step: Number(step), loss: Number(loss) })).toArray();
    assertEquals(
      validations.map(({ step }) => step),
      Array.from({ length: 10 }, (_, i) => 100 * (i + 1)),
    );
    const best = validations.reduce((best, next) => next.loss < best.loss ? next : best);
    assert(best.step < 1000, "with nine names to learn, the model forgets how to guess others");
    const used = `The best validation loss is ${best.loss.toFixed(4)}, ` +
      `after step ${best.step}: its weights are used`;
    const known = "4 of 5 samples are lines of the list: --new leaves them out";
    assertEquals(stderr, `${used}\n${known}\n`);
    const samples = stdout.matchAll(/^sample +\d+: (.*)$/gm).map(([, text]) => `${text}\n`)
      .toArray();
    const sampled = await runMain(["sample", "--num-samples", "5", model]);
    assertEquals(sampled.stdout, samples.join(""));
    const evaluated = await runMain(["eval", model]);
    assertMatch(evaluated.stdout, new RegExp(`^model +${best.loss.toFixed(4)} `, "m"));

    const json = await runMain([...argv, "--json", names]);
    const lines = json.stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
    assertEquals(lines[0], {
      type: "data",
      numDocs: 63,
      numValDocs: 3,
      vocabSize: lines[0].vocabSize,
      numParams: lines[0].numParams,
    });
    assertEquals(
      lines.filter(({ type }) => type === "validation")
        .map(({ step, loss }) => ({ step, loss: Number(loss.toFixed(4)) })),
      validations,
    );
  });
});

Deno.test("microgpt --patience stops when validations are in vain, and so does a resumed run", async () => {
  await withNames(async (dir, names) => {
    await Deno.writeTextFile(names, LIST);
    const model = `${dir}/m.safetensors`;
    const common = [...SMALL, "--num-steps", "1000", "--val-fraction", "0.25"];
    const whole = await runMain([...common, names]);
    const bestStep = Number(/after step (\d+)/.exec(whole.stderr)?.[1]);
    assert(bestStep <= 700, `there is time for two in vain after ${bestStep}`);

    const stopped = await runMain([...common, "--patience", "2", "--save", model, names]);
    const end = bestStep + 200;
    const best = /^The best .*\n/m.exec(whole.stderr)?.[0];
    const stop = (step: number, times: string) =>
      `Stopped after step ${step} of 1000: ${times} without improvement\n${best}`;
    assertEquals([stopped.code, stopped.stderr], [0, stop(end, "2 validations in a row")]);
    const lines = stopped.stdout.split("\n").filter((line) => line.startsWith("step"));
    assertEquals(lines.length, end / 100 + 1);
    assertMatch(lines.at(-2)!, new RegExp(`^step +${end} / 1000 \\| loss `));
    assertMatch(lines.at(-1)!, new RegExp(`^step +${end} / 1000 \\| validation `));

    const resumed = await runMain(["--resume", model]);
    const over = "This run has already stopped early (--patience): nothing left to train\n";
    assertEquals(resumed.stderr, `${over}${best}`);
    assertEquals(resumed.stdout.split("\n").filter((line) => line.startsWith("step")), []);
    const patient = await runMain(["--resume", model, "--patience", "100"]);
    assertEquals([patient.code, patient.stderr], [0, best], "it can be given anew");
  });
});

Deno.test("microgpt refuses to hold out what cannot be held out", async () => {
  await withNames(async (dir, names) => {
    const cannot = "microgpt: Cannot split the documents: ";
    const usage = "Run microgpt --help for all the options\n";
    const fraction = (text: string) =>
      "microgpt: --val-fraction must be a number above 0 and below 1, such as 0.1: " +
      `it is ${JSON.stringify(text)}\n${usage}`;
    const table: [string[], number, string][] = [
      ...["0", "1", "-0.1", "1.5", "NaN", "", "x"].map((text): [string[], number, string] => [
        [`--val-fraction=${text}`],
        2,
        fraction(text),
      ]),
      [
        ["--val-fraction", "0.1"],
        1,
        `${cannot}at least 10 distinct ones are needed: there are 9\n`,
      ],
      [
        ["--patience", "1"],
        2,
        `microgpt: --patience needs --val-fraction, which holds documents out to validate by\n${usage}`,
      ],
    ];
    const nine = LIST.split("\n").slice(0, 9 * 7).join("\n");
    await Deno.writeTextFile(names, nine);
    for (const [options, code, stderr] of table) {
      const expected = { code, stdout: "", stderr };
      assertEquals(await runMain([...SMALL, ...options, names]), expected, options.join(" "));
    }
    await Deno.writeTextFile(names, LIST);
    for (const [fraction, side] of [["0.01", "validate with"], ["0.99", "train on"]] as const) {
      const { code, stderr } = await runMain([...SMALL, "--val-fraction", fraction, names]);
      const message = `--val-fraction ${fraction} of 12 distinct ones leaves none to ${side}\n`;
      assertEquals([code, stderr], [1, cannot + message]);
    }
    const model = `${dir}/m.safetensors`;
    await runMain([...SMALL, "--save", model, names]);
    const { code, stderr } = await runMain(["--resume", model, "--patience", "1"]);
    const message = "--patience needs a run with --val-fraction: this run started without it";
    assertEquals([code, stderr], [2, `microgpt: ${message}\n${usage}`]);
  });
});
