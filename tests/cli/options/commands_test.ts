import { assert, assertEquals, assertThrows } from "@std/assert";
import { type Command, commandName, parseCommand } from "../../../lib/cli/options/commands.ts";
import type { Option } from "../../../lib/cli/options/options.ts";
import {
  COMMAND_NAMES,
  COMMAND_OPTIONS,
  GENERATION_OPTIONS,
} from "../../../lib/cli/options/tables.ts";
import { listed, UsageError } from "../../../lib/cli/options/parsers.ts";
import { quote } from "../../../lib/text/quote.ts";
import {
  assertRange,
  assertRefused,
  assertUnderstood,
  assertValueRefused,
  COMMON,
  corrected,
  GENERATION,
  type Range,
  understood,
} from "../../helpers/command_line.ts";

/** The settings of microgpt.py. */
const DEFAULTS = {
  kind: "train",
  dataset: undefined,
  preset: undefined,
  column: undefined,
  normalize: "none",
  lowercase: false,
  valFraction: undefined,
  patience: undefined,
  auto: undefined,
  from: undefined,
  nLayer: 1,
  nEmbd: 16,
  nHead: 4,
  blockSize: 16,
  tokenizer: "char",
  numSteps: 1000,
  batchSize: 1,
  learningRate: 0.01,
  schedule: "linear",
  warmup: 0,
  weightDecay: 0,
  lossMean: "document",
  reshuffle: false,
  ema: undefined,
  seed: 42n,
  dtype: "f64",
  engine: "wasm",
  threads: 1,
  logEvery: undefined,
  log: undefined,
  plot: undefined,
  sampleEvery: undefined,
  save: undefined,
  saveEvery: undefined,
  resume: undefined,
  generation: GENERATION,
  ...COMMON,
};

const GENERATION_AT_1 = { ...GENERATION, temperature: 1 };

/** Values that are not the defaults, by their names. */
type Changed = Readonly<Record<string, unknown>>;

/** The defaults, and what is not as in those. */
const trained = (changed: Changed) => ({ ...DEFAULTS, ...changed });

Deno.test("parseCommand() has the defaults of microgpt.py", () => {
  assertEquals(understood([]), DEFAULTS);
});

Deno.test("parseCommand() understands each option of training", () => {
  const table: [string[], Changed][] = [
    [["--from", "a.st"], { from: "a.st" }],
    [["--from", "a.st", "--n-head", "3"], { from: "a.st", nHead: 3 }], // the model may have them
    [["--n-layer", "3"], { nLayer: 3 }],
    [["--n-embd", "32"], { nEmbd: 32 }],
    [["--n-head", "8"], { nHead: 8 }],
    [["--block-size", "8"], { blockSize: 8 }],
    [["--tokenizer", "char"], { tokenizer: "char" }],
    [["--tokenizer", "byte"], { tokenizer: "byte" }],
    [["--auto", "10s"], { auto: 10_000 }],
    [["--num-steps", "1"], { numSteps: 1 }],
    [["--num-steps", "1e3"], { numSteps: 1000 }],
    [["--num-steps", "1000000000"], { numSteps: 1e9 }],
    [["--batch-size", "1"], { batchSize: 1 }],
    [["--batch-size", "1000000"], { batchSize: 1e6 }],
    [["--learning-rate", "0.5"], { learningRate: 0.5 }],
    [["--learning-rate", ".5"], { learningRate: 0.5 }],
    [["--learning-rate", "5."], { learningRate: 5 }],
    [["--learning-rate", "1e-3"], { learningRate: 0.001 }],
    [["--learning-rate", "+10"], { learningRate: 10 }],
    [["--schedule", "cosine"], { schedule: "cosine" }],
    [["--schedule", "constant"], { schedule: "constant" }],
    [["--warmup", "1000"], { warmup: 1000 }],
    [["--weight-decay", "0.1"], { weightDecay: 0.1 }],
    [["--weight-decay", "99"], { weightDecay: 99 }], // times 0.01 it is below 1
    [["--loss-mean", "token"], { lossMean: "token" }],
    [["--reshuffle"], { reshuffle: true }],
    [["--ema", "0.999"], { ema: 0.999 }],
    [["--seed", "0"], { seed: 0n }],
    [["--seed", "1099511627783"], { seed: 1099511627783n }],
    [["--seed", "9".repeat(100)], { seed: 10n ** 100n - 1n }],
    [["--dtype", "f64"], { dtype: "f64" }],
    [["--dtype", "f32"], { dtype: "f32" }],
    [["--engine", "scalar"], { engine: "scalar" }],
    [["--engine", "wasm"], { engine: "wasm" }],
    [["--threads", "1"], { threads: 1 }],
    [["--threads", "64"], { threads: 64 }],
    [["--threads", "auto"], { threads: "auto" }],
    [["--column", "name"], { column: "name" }],
    [["--column", "2"], { column: "2" }],
    [["--normalize", "nfc"], { normalize: "nfc" }],
    [["--normalize", "nfd"], { normalize: "nfd" }],
    [["--normalize", "none"], {}],
    [["--lowercase"], { lowercase: true }],
    [["--val-fraction", "0.1"], { valFraction: 0.1 }],
    [["--val-fraction", ".5", "--patience", "3"], { valFraction: 0.5, patience: 3 }],
    [["--log-every", "1"], { logEvery: 1 }],
    [["--log", "a.jsonl"], { log: "a.jsonl" }],
    [["--plot", "a.svg"], { plot: "a.svg" }],
    [["--sample-every", "10"], { sampleEvery: 10 }],
    [["--save", "a.safetensors"], { save: "a.safetensors" }],
    [["--save", "a.st", "--save-every", "10"], { save: "a.st", saveEvery: 10 }],
    [["--resume", "a.st"], { resume: "a.st", save: "a.st" }],
    [["--resume", "a.st", "--save", "b.st"], { resume: "a.st", save: "b.st" }],
    [["--resume", "a.st", "--save-every", "9"], { resume: "a.st", save: "a.st", saveEvery: 9 }],
    [["--json"], { json: true }],
    [["--quiet"], { quiet: true }],
    [["--color", "auto"], { color: "auto" }],
    [["--color", "always"], { color: "always" }],
    [["--color", "never"], { color: "never" }],
  ];
  const tried = new Set(
    table.flatMap(([argv]) =>
      argv.filter((arg) => arg.startsWith("--")).map((arg) => arg.slice(2))
    ),
  );
  const others = ["help", "version", "preset", ...Object.keys(GENERATION_OPTIONS)]; // in tests of their own
  const wanted = Object.keys(COMMAND_OPTIONS.train).filter((name) => !others.includes(name));
  assertEquals([...tried].sort(), wanted.sort(), "none is left out");
  assertUnderstood(table.map(([argv, changed]) => [argv, trained(changed)]));
});

Deno.test("parseCommand() takes the settings of a preset, and over them what is given", () => {
  const towns = {
    preset: "towns",
    blockSize: 19,
    nEmbd: 32,
    batchSize: 8,
    numSteps: 1000,
    generation: { ...GENERATION, temperature: 0.5 },
  };
  assertUnderstood([
    [["--preset", "towns"], trained(towns)],
    [["--num-steps", "7", "--preset", "towns"], trained({ ...towns, numSteps: 7 })],
    [["--preset=towns", "--temperature", "1"], trained({ ...towns, generation: GENERATION_AT_1 })],
    [
      ["--preset=towns", "--from", "a.st"],
      trained({ ...towns, from: "a.st", nEmbd: 16, blockSize: 16 }), // those of the model count
    ],
  ]);
});

Deno.test("parseCommand() refuses learning rates that cannot be", () => {
  assertRefused(
    ["--warmup", "1001"],
    "--warmup must not be above --num-steps: --warmup is 1001, --num-steps is 1000",
  );
  assertRefused(
    ["--weight-decay", "100"],
    "--weight-decay times --learning-rate must be below 1: " +
      "--weight-decay is 100, --learning-rate is 0.01",
  );
  for (const ema of ["0", "1", "-0.5", "none"]) {
    const wanted = "--ema must be a number above 0 and below 1, such as 0.1";
    assertRefused(["--ema", ema], `${wanted}: it is "${ema}"`);
  }
  // Of a saved run its own number of steps counts, and its own learning rate.
  understood(["--resume", "a.st", "--warmup", "2000", "--weight-decay", "100"]);
});

Deno.test("parseCommand() refuses presets and validation that cannot be", () => {
  assertRefused(
    ["--preset", "town"],
    "--preset must be arabic, birds, dinosaurs, english, greek, japanese, korean, minerals, " +
      'plants, russian or towns: it is "town": did you mean towns?',
  );
  assertRefused(
    ["--preset", "towns", "a.txt"],
    "--preset towns is a data set: a.txt is another one",
  );
  assertRefused(
    ["--resume", "a.st", "--from", "b.st"],
    "--resume continues a run, --from starts a new one: give only one of them",
  );
  assertRefused(
    ["--patience", "3"],
    "--patience needs --val-fraction, which holds documents out to validate by",
  );
  for (const value of ["0", "1", "-0.1", "1.5", "x", ""]) {
    const message = "--val-fraction must be a number above 0 and below 1, such as 0.1: " +
      `it is ${JSON.stringify(value)}`;
    assertValueRefused([], "val-fraction", value, message);
  }
});

Deno.test("parseCommand() understands options and a data set in any order", () => {
  const table: [string[], Changed][] = [
    [["names.txt"], { dataset: "names.txt" }],
    [["names.txt", "--quiet"], { dataset: "names.txt", quiet: true }],
    [["--quiet", "names.txt"], { dataset: "names.txt", quiet: true }],
    [["--n-embd", "8", "a b.txt", "--n-head=2"], { dataset: "a b.txt", nEmbd: 8, nHead: 2 }],
    [["--n-layer", "2", "--n-layer", "3"], { nLayer: 3 }],
    [["--engine", "scalar", "--dtype", "f64"], { engine: "scalar", dtype: "f64" }],
    [["--", "names.txt"], { dataset: "names.txt" }],
    [["--quiet", "--", "--n-layer"], { dataset: "--n-layer", quiet: true }],
    [["--", "--"], { dataset: "--" }],
    [["--"], {}],
    [["-"], { dataset: "-" }],
    [["--", "-"], { dataset: "-" }],
    [["./-x"], { dataset: "./-x" }],
    [[""], { dataset: "" }],
    [["--save", "a=b"], { save: "a=b" }],
    [["--save", "-x"], { save: "-x" }],
    [["--save=--x"], { save: "--x" }],
    [["--save", "a\nb"], { save: "a\nb" }],
  ];
  for (const [argv, changed] of table) {
    assertEquals(understood(argv), trained(changed), argv.join(" "));
  }
});

Deno.test("parseCommand() keeps the name of a data set that looks like a number", () => {
  for (const name of ["007", "1e3", "0x10", "1.0", "+5", "0", "2024"]) {
    assertEquals(understood([name]), trained({ dataset: name }));
  }
});

Deno.test("parseCommand() takes a first word that is only nearly a command for a file", () => {
  const table: [string, Command["kind"]][] = [
    ["sample", "sample"],
    ["info", "info"],
    ["samples", "train"],
    ["Sample", "train"],
    ["./sample", "train"],
    ["inf", "train"],
    ["sample.txt", "train"],
    ["./train", "train"],
    ["helps", "train"],
    ["versions", "train"],
    ["", "train"],
  ];
  for (const [word, kind] of table) {
    assertEquals(commandName([word, "x"]), kind);
    if (kind === "train") assertEquals(understood([word]), trained({ dataset: word }));
    else assertEquals(parseCommand([word, "x"]).kind, kind);
  }
  assertEquals(commandName([]), "train");
  assertEquals(commandName(["--quiet", "sample"]), "train");
});

Deno.test("parseCommand() understands help and version before anything else", () => {
  const table: [string[], Command][] = [
    [["-h"], { kind: "help", topic: "train" }],
    [["--help"], { kind: "help", topic: "train" }],
    [["--version"], { kind: "version" }],
    [["--help", "--version"], { kind: "help", topic: "train" }],
    [["--n-layer", "x", "--help"], { kind: "help", topic: "train" }],
    [["a.txt", "b.txt", "--version"], { kind: "version" }],
    [["sample", "--help"], { kind: "help", topic: "sample" }],
    [["sample", "-h"], { kind: "help", topic: "sample" }],
    [["sample", "--top-k", "x", "a", "b", "-h"], { kind: "help", topic: "sample" }],
    [["sample", "--version"], { kind: "version" }],
    [["info", "--help"], { kind: "help", topic: "info" }],
    [["info", "-h", "x"], { kind: "help", topic: "info" }],
    [["info", "--version"], { kind: "version" }],
  ];
  for (const [argv, expected] of table) assertEquals(parseCommand(argv), expected, argv.join(" "));
});

const RANGES: Readonly<Record<string, Range>> = {
  "n-layer": { range: "an integer from 1 to 1000", tooLarge: "1001", zero: false },
  "n-embd": { range: "an integer from 1 to 65536", tooLarge: "65537", zero: false },
  "n-head": { range: "an integer from 1 to 65536", tooLarge: "65537", zero: false },
  "block-size": { range: "an integer from 1 to 1000000", tooLarge: "1000001", zero: false },
  "num-steps": { range: "an integer from 1 to 1000000000", tooLarge: "1000000001", zero: false },
  "batch-size": { range: "an integer from 1 to 1000000", tooLarge: "1000001", zero: false },
  "learning-rate": { range: "a number above 0, at most 10", tooLarge: "10.1", zero: false },
  "threads": { range: "auto, or an integer from 1 to 64", tooLarge: "65", zero: false },
  "log-every": { range: "an integer from 1 to 1000000000", tooLarge: "1e300", zero: false },
  "save-every": { range: "an integer from 1 to 1000000000", tooLarge: "1e10", zero: false },
};

for (const [name, range] of Object.entries(RANGES)) {
  Deno.test(`parseCommand() refuses a value that --${name} cannot have`, () => {
    assertRange([], name, range);
  });
}

Deno.test("parseCommand() refuses a seed that is not an integer of 0 or above", () => {
  const bad = ["", "x", "-1", "1.5", "1e3", "0x10", "NaN", "Infinity", "1 2", "9".repeat(1001)];
  for (const value of bad) {
    const message = "--seed must be an integer, 0 or above, of at most 1000 digits: it is " +
      quote(value);
    assertValueRefused([], "seed", value, message);
    assertValueRefused(["sample"], "seed", value, message, ["a.st"]);
  }
});

Deno.test("parseCommand() refuses a word that does not exist, and names the nearest", () => {
  const table: [string, string, string][] = [
    ["tokenizer", "chars", 'char or byte: it is "chars": did you mean char?'],
    ["tokenizer", "bytes", 'char or byte: it is "bytes": did you mean byte?'],
    ["tokenizer", "Byte", 'char or byte: it is "Byte": did you mean byte?'],
    ["tokenizer", "sentencepiece", 'char or byte: it is "sentencepiece"'],
    ["tokenizer", "", 'char or byte: it is ""'],
    ["engine", "scalr", 'wasm or scalar: it is "scalr": did you mean scalar?'],
    ["engine", "Wasm", 'wasm or scalar: it is "Wasm": did you mean wasm?'],
    ["engine", "webassembly", 'wasm or scalar: it is "webassembly"'],
    ["engine", "", 'wasm or scalar: it is ""'],
    ["dtype", "fp64", 'f64 or f32: it is "fp64": did you mean f64?'],
    ["dtype", "F32", 'f64 or f32: it is "F32": did you mean f32?'],
    ["dtype", "float", 'f64 or f32: it is "float"'],
    ["dtype", "64", 'f64 or f32: it is "64": did you mean f64?'],
    ["color", "yes", 'auto, always or never: it is "yes"'],
    ["color", "alway", 'auto, always or never: it is "alway": did you mean always?'],
    ["color", "", 'auto, always or never: it is ""'],
  ];
  for (const [name, value, rest] of table) {
    assertValueRefused([], name, value, `--${name} must be ${rest}`);
  }
});

Deno.test("parseCommand() refuses to save to, to resume or to go on from what is not a file", () => {
  for (const name of ["save", "resume", "from"]) {
    assertValueRefused([], name, "", `--${name} must not be empty`);
    assertValueRefused([], name, "-", `--${name} must be a file: it is "-"`);
  }
});

/** The options of each command: those with a value, or those without one. */
function* optionsOf(hasValue: boolean): Generator<[command: readonly string[], name: string]> {
  for (const command of COMMAND_NAMES) {
    for (const [name, { takes }] of Object.entries<Option>(COMMAND_OPTIONS[command])) {
      if ((takes !== undefined) === hasValue) yield [command === "train" ? [] : [command], name];
    }
  }
}

Deno.test("parseCommand() refuses a value for an option that is on or off", () => {
  for (const [command, name] of optionsOf(false)) {
    for (const value of ["", "x", "true", "false", "1"]) {
      assertRefused([...command, `--${name}=${value}`], `The option --${name} takes no value`);
    }
  }
});

/** The choices, as messages have them. */
const CHOICES: Readonly<Record<string, string>> = {
  "preset": "arabic, birds, dinosaurs, english, greek, japanese, korean, minerals, plants, " +
    "russian or towns",
  "normalize": "none, nfc or nfd",
  "tokenizer": "char or byte",
  "schedule": "linear, cosine or constant",
  "loss-mean": "document or token",
  "dtype": "f64 or f32",
  "engine": "wasm or scalar",
  "color": "auto, always or never",
};

Deno.test("parseCommand() refuses an option without its value", () => {
  for (const [command, name] of optionsOf(true)) {
    for (const rest of [[], ["--quiet"], ["--"], ["--color", "never"]]) {
      if (name === "preset" && rest.length === 0) continue; // lists them, see main_test.ts
      if (name === "auto") continue; // may stand alone, see commands_auto_test.ts
      const choices = CHOICES[name] === undefined ? "" : `, ${CHOICES[name]}`;
      const message = `The option --${name} needs a value${choices}: there is none`;
      assertRefused([...command, `--${name}`, ...rest], message);
    }
  }
});

Deno.test("parseCommand() refuses an unknown option, and names the nearest", () => {
  const table: [string[], string][] = [
    [["--num-step", "5"], "There is no option --num-step: did you mean --num-steps?"],
    [["--num-step=5"], "There is no option --num-step: did you mean --num-steps?"],
    [["--n-embed", "5"], "There is no option --n-embed: did you mean --n-embd?"],
    [["--n_embd", "5"], "There is no option --n_embd: did you mean --n-embd?"],
    [["--temprature=1"], "There is no option --temprature: did you mean --temperature?"],
    [["--hlep"], "There is no option --hlep: did you mean --help?"],
    [["--versoin"], "There is no option --versoin: did you mean --version?"],
    [["--Quiet"], "There is no option --Quiet: did you mean --quiet?"],
    [["--no-quiet"], "There is no option --no-quiet: did you mean --quiet?"],
    [["--learning-rte", "1"], "There is no option --learning-rte: did you mean --learning-rate?"],
    [["--start-with", "a"], "There is no option --start-with: did you mean --starts-with?"],
    [["--contain", "a"], "There is no option --contain: did you mean --contains?"],
    [["--colour=never"], "There is no option --colour: did you mean --color?"],
    [["--uniq"], "There is no option --uniq: did you mean --unique?"],
    [["--xyzzy"], "There is no option --xyzzy"],
    [["--_=foo"], "There is no option --_"],
    [["--_"], "There is no option --_"],
    [["--_", "foo"], "There is no option --_"],
    [["--__proto__=foo"], "There is no option --__proto__"],
    [["--constructor", "foo"], "There is no option --constructor"],
    [["--seed.x=1"], "There is no option --seed.x: did you mean --seed?"],
    [["--rate=1"], "There is no option --rate: did you mean --learning-rate?"],
    [["--batch", "2"], "There is no option --batch: did you mean --batch-size?"],
    [["--steps", "2"], "There is no option --steps: did you mean --num-steps?"],
    [["--n", "2"], "There is no option --n: did you mean --num-samples?"],
    [["--a\nb"], 'There is no option "--a\\nb": an option and its value are two words'],
    [["-x"], "There is no option -x"],
    [["-hx"], "There is no option -hx: a file of that name is ./-hx"],
    [["-names.txt"], "There is no option -names.txt: a file of that name is ./-names.txt"],
    [["--names.txt"], "There is no option --names.txt: a file of that name is ./--names.txt"],
    [["-quiet"], "There is no option -quiet: did you mean --quiet?"],
    [["-q"], "There is no option -q: did you mean --quiet?"],
    [["-V"], "There is no option -V: did you mean --version?"],
    [["--epochs=3"], "There is no option --epochs: did you mean --num-steps?"],
    [["--lr", "1"], "There is no option --lr: did you mean --learning-rate?"],
    [["--list-presets"], "There is no option --list-presets: did you mean --preset?"],
    [["-o", "m"], "There is no option -o: did you mean --save?"],
    [["sample", "--output", "m"], "There is no option --output"], // it has no --save
    [["--model", "m"], "There is no option --model: a file is named without an option"],
    [["sample", "-m", "m"], "There is no option -m: a file is named without an option"],
    [
      ["--num-steps 5"],
      'There is no option "--num-steps 5": an option and its value are two words',
    ],
    [
      ["--num-steps\u00a05"],
      'There is no option "--num-steps\\u00a05": an option and its value are two words',
    ],
    [["-1"], "There is no option -1"],
    [["names.txt", "--xyzzy", "1"], "There is no option --xyzzy"],
    [["sample", "--n-layer", "2", "a.st"], "There is no option --n-layer"],
    [["sample", "--temp=1", "a.st"], "There is no option --temp: did you mean --temperature?"],
    [["info", "--temperature", "1"], "There is no option --temperature"],
    [["info", "--jsn", "a"], "There is no option --jsn: did you mean --json?"],
  ];
  for (const [argv, message] of table) assertRefused(argv, message);
});

Deno.test("parseCommand() refuses two data sets, and knows what may have been meant", () => {
  const table: [string[], string][] = [
    [["a.txt", "b.txt"], "there are 2, the second is b.txt"],
    [["a.txt", "--quiet", "b.txt", "c.txt"], "there are 3, the second is b.txt"],
    [["a.txt", "--", "--b"], "there are 2, the second is --b"],
    [["a.txt", "b c.txt"], 'there are 2, the second is "b c.txt"'],
    [["train", "a.txt", "b.txt"], "there are 2, the second is b.txt"],
  ];
  for (const [argv, what] of table) {
    assertRefused(argv, `Only one data set can be given: ${what}`);
    assertEquals(corrected(argv), undefined);
  }
});

Deno.test("parseCommand() knows which command may have been meant", () => {
  const table: [string[], string[]][] = [
    [["smaple", "m.st"], ["sample", "m.st"]],
    [["Info", "a b"], ["info", "a b"]],
    [["generate", "m.st", "--new"], ["sample", "m.st", "--new"]],
    [["evaluate", "m.st", "a.txt"], ["eval", "m.st", "a.txt"]],
    [["resume", "m.st"], ["--resume", "m.st"]],
    [["finetune", "m.st"], ["--from", "m.st"]],
    [["--quiet", "sample", "m.st"], ["sample", "--quiet", "m.st"]],
    [["--prompt", "gen", "gen", "m.st"], ["sample", "--prompt", "gen", "m.st"]],
    [["--top-k", "5", "train", "a.txt"], ["train", "--top-k", "5", "a.txt"]],
  ];
  for (const [argv, expected] of table) assertEquals(corrected(argv), expected);
});

Deno.test("parseCommand() knows options by dashes that are none of the keyboard", () => {
  const dashes = ["\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2015", "\u2212", "\uff0d"];
  for (const dash of dashes) {
    for (const written of [dash, `${dash}-`, `-${dash}`, dash + dash]) {
      const code = dash.charCodeAt(0).toString(16).toUpperCase();
      const begins = (word: string) =>
        `${JSON.stringify(written + word)} begins with the dash U+${code}, not with two hyphens`;
      const table: [string[], string, string[] | undefined][] = [
        [[`${written}top-k`, "5"], begins("top-k"), ["--top-k", "5"]],
        [["sample", "m", `${written}top-k=5`], begins("top-k=5"), ["sample", "m", "--top-k=5"]],
        [
          [`${written}new`, "a.txt", `${written}unique`],
          begins("new"),
          ["--new", "a.txt", "--unique"],
        ],
        [["--save", `${written}quiet`], begins("quiet"), ["--save", "--quiet"]],
        [
          [`${written}a.txt`],
          `${begins("a.txt")}: a file of that name is ./${written}a.txt`,
          undefined,
        ],
      ];
      for (const [argv, message, expected] of table) {
        assertRefused(argv, message);
        assertEquals(corrected(argv), expected);
      }
    }
    assertEquals(corrected([dash]), ["-"]);
    for (const text of [dash, `${dash}a`, `${dash} quiet`]) {
      assertEquals(understood(["--", text]), trained({ dataset: text }));
      const generation = { ...GENERATION, startsWith: text };
      assertEquals(understood(["--starts-with", text]), trained({ generation }));
    }
  }
});

Deno.test("parseCommand() takes train, help and version for commands, too", () => {
  const table: [string[], string[]][] = [
    [["train"], []],
    [["train", "a.txt", "--num-steps", "5"], ["a.txt", "--num-steps", "5"]],
    [["train", "--help"], ["--help"]],
    [["help"], ["--help"]],
    [["help", "--quiet"], ["--help"]],
    [["help", "train"], ["--help"]],
    [["help", "eval"], ["eval", "--help"]],
    [["--help", "eval"], ["eval", "--help"]],
    [["version"], ["--version"]],
  ];
  for (const [argv, same] of table) {
    assertEquals(parseCommand(argv), parseCommand(same), argv.join(" "));
  }
  assertEquals(understood(["train", "train"]), trained({ dataset: "train" }));
  assertEquals(parseCommand(["--preset"]), { kind: "presets" });
  assertEquals(parseCommand(["train", "--preset"]), { kind: "presets" });
  const names = listed(COMMAND_NAMES, "and");
  assertRefused(["help", "nope"], `There is no help on nope: there is help on ${names}`);
  assertRefused(["train", "--stpes", "1"], "There is no option --stpes");
});

Deno.test("parseCommand() refuses options that contradict each other", () => {
  const divisible = "--n-embd must be divisible by --n-head";
  const f64 = "--engine scalar has --dtype f64 only: it is f32";
  const stdin = "can be -, which stands for stdin";
  const table: [string[], string][] = [
    [["--n-embd", "10", "--n-head", "4"], `${divisible}: --n-embd is 10, --n-head is 4`],
    [["--n-embd", "2"], `${divisible}: --n-embd is 2, --n-head is 4`],
    [["--n-head", "32"], `${divisible}: --n-embd is 16, --n-head is 32`],
    [["--engine=scalar", "--dtype=f32"], f64],
    [["--dtype=f32", "--engine=scalar"], f64],
    [["--save-every", "5"], "--save-every needs --save FILE, which says where to save to"],
    [["--prompt", "-", "-"], `Only one of the data set and --prompt ${stdin}`],
    [["--exclude", "-", "-"], `Only one of the data set and --exclude ${stdin}`],
    [["--exclude", "-", "--prompt", "-"], `Only one of --prompt and --exclude ${stdin}`],
    [
      ["-", "--exclude", "-", "--prompt", "-"],
      `Only one of the data set, --prompt and --exclude ${stdin}`,
    ],
    [["sample", "--exclude=-", "--prompt=-", "m"], `Only one of --prompt and --exclude ${stdin}`],
  ];
  for (const [argv, message] of table) assertRefused(argv, message);
});

Deno.test("parseCommand() refuses to write a format that the name of the file does not promise", () => {
  const table: [string, string, string][] = [
    ["--plot", "x.png", "--plot writes SVG: name the file x.svg, not x.png"],
    ["--plot", "a.b/x.PDF", "--plot writes SVG: name the file a.b/x.svg, not a.b/x.PDF"],
    ["--log", "x.csv", "--log writes lines of JSON: name the file x.jsonl, not x.csv"],
    ["--log", "x y.json", '--log writes lines of JSON: name the file "x y.jsonl", not "x y.json"'],
    ["--save", "m.pt", "--save writes safetensors: name the file m.safetensors, not m.pt"],
    ["--save", "m.svg", "--save writes safetensors: name the file m.safetensors, not m.svg"],
  ];
  for (const [option, path, message] of table) assertRefused([option, path], message);
  const good: [string, string[]][] = [
    ["--plot", ["x.svg", "x.SVG", "x", "x.png/y", "x.2", "png"]],
    ["--log", ["x.jsonl", "x.ndjson", "x.log", "x.txt", "x"]],
    ["--save", ["m.safetensors", "m.st", "m", "m.0.1"]],
  ];
  for (const [option, paths] of good) {
    for (const path of paths) {
      assertEquals(understood([option, path]), trained({ [option.slice(2)]: path }));
    }
  }
});

Deno.test("parseCommand() leaves its arguments as they are", () => {
  const argv = Object.freeze(["--n-layer", "2", "a.txt"]);
  parseCommand(argv);
  assertEquals([...argv], ["--n-layer", "2", "a.txt"]);
});

Deno.test("options have the defaults that parseCommand() takes", () => {
  for (const [name, option] of Object.entries<Option>(COMMAND_OPTIONS.train)) {
    const { takes, default: byDefault } = option;
    if (byDefault !== undefined) {
      assertEquals(understood([`--${name}=${byDefault}`]), DEFAULTS, name);
      assertEquals(takes?.parse(`${byDefault}`, name), byDefault);
    }
  }
});

Deno.test("parseCommand() puts what was given above the settings of a preset", () => {
  const command = parseCommand(["--num-steps", "2", "--preset", "korean", "--unique"]);
  assert(command.kind === "train");
  const written = { ...Object.fromEntries(command.given) };
  assertEquals(written, {
    "block-size": "8",
    "n-embd": "16",
    "batch-size": "1",
    "num-steps": "2",
    "temperature": "0.6",
    "normalize": "nfd",
    "preset": "korean",
    "unique": "",
  });
});

Deno.test("parseCommand() understands eval", () => {
  const evaluated = {
    kind: "eval",
    model: "m",
    dataset: undefined,
    column: undefined,
    perLine: false,
    engine: "wasm",
  };
  assertUnderstood([
    [["eval", "m"], { ...evaluated, ...COMMON }],
    [["eval", "m", "a.txt"], { ...evaluated, dataset: "a.txt", ...COMMON }],
    [["eval", "--per-line", "m", "-"], { ...evaluated, dataset: "-", perLine: true, ...COMMON }],
    [["eval", "--column", "2", "m", "a"], { ...evaluated, column: "2", dataset: "a", ...COMMON }],
    [["eval", "--engine", "scalar", "m"], { ...evaluated, engine: "scalar", ...COMMON }],
    [["eval", "--json", "--quiet", "m"], { ...evaluated, ...COMMON, json: true, quiet: true }],
    [["eval", "--help"], { kind: "help", topic: "eval" }],
    [["eval", "--version"], { kind: "version" }],
  ]);
});

Deno.test("parseCommand() understands explain", () => {
  const explained = { kind: "explain", model: "m", text: "anna", engine: "wasm", ...COMMON };
  assertUnderstood([
    [["explain", "m", "anna"], explained],
    [["explain", "m", ""], { ...explained, text: "" }],
    [["explain", "--", "m", "--x"], { ...explained, text: "--x" }],
    [["explain", "--engine", "scalar", "m", "anna"], { ...explained, engine: "scalar" }],
    [["explain", "m", "anna", "--json", "--quiet"], { ...explained, json: true, quiet: true }],
    [["explain", "--help"], { kind: "help", topic: "explain" }],
  ]);
});

Deno.test("parseCommand() refuses an eval that cannot be", () => {
  assertRefused(
    ["eval"],
    "The command eval needs a model, a file written by --save: there is none",
  );
  assertRefused(
    ["eval", "m", "a", "b"],
    "The command eval takes a model and a data set: there are 3 files, the third is b",
  );
  assertRefused(
    ["eval", "--per-line", "m"],
    "--per-line needs a data set, one text per line; - is stdin",
  );
  assertRefused(["eval", "--column", "name", "m"], "--column needs a data set that has it");
  assertRefused(["eval", "--num-steps", "3", "m"], "There is no option --num-steps");
});

Deno.test("parseCommand() refuses a number of 100,000 digits quickly", () => {
  const start = performance.now();
  for (const option of ["learning-rate", "num-steps", "threads", "val-fraction", "seed"]) {
    for (const end of ["x", ".", ""]) {
      const word = `${"1".repeat(100_000)}${end}`;
      assertThrows(() => parseCommand([`--${option}=${word}`]), UsageError);
    }
  }
  assert(performance.now() - start < 5000);
});
