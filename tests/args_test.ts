import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  type Command,
  FLAGS,
  type Option,
  OPTIONS,
  parseCommand,
  type TrainCommand,
  UsageError,
} from "../lib/cli/args.ts";
import { helpText } from "../lib/cli/help.ts";
import { assertFails } from "./_assert.ts";

/** What microgpt.py does. */
const DEFAULTS: TrainCommand = {
  kind: "train",
  dataset: undefined,
  nLayer: 1,
  nEmbd: 16,
  nHead: 4,
  blockSize: 16,
  numSteps: 1000,
  batchSize: 1,
  learningRate: 0.01,
  seed: 42n,
  temperature: 0.5,
  numSamples: 20,
  tokenizer: "char",
  engine: "wasm",
  dtype: "f64",
  logEvery: undefined,
  quiet: false,
};

Deno.test("parseCommand() has the defaults of microgpt.py", () => {
  assertEquals(parseCommand([]), DEFAULTS);
});

Deno.test("parseCommand() understands each option", () => {
  const table: [string[], Partial<TrainCommand>][] = [
    [["--n-layer", "3"], { nLayer: 3 }],
    [["--n-embd", "32"], { nEmbd: 32 }],
    [["--n-head", "8"], { nHead: 8 }],
    [["--block-size", "8"], { blockSize: 8 }],
    [["--num-steps", "1"], { numSteps: 1 }],
    [["--num-steps", "1e3"], { numSteps: 1000 }],
    [["--num-steps", "1000000000"], { numSteps: 1e9 }],
    [["--batch-size", "1"], { batchSize: 1 }],
    [["--batch-size", "16"], { batchSize: 16 }],
    [["--batch-size", "1000000"], { batchSize: 1e6 }],
    [["--learning-rate", "0.5"], { learningRate: 0.5 }],
    [["--learning-rate", ".5"], { learningRate: 0.5 }],
    [["--learning-rate", "1e-3"], { learningRate: 0.001 }],
    [["--learning-rate", "10"], { learningRate: 10 }],
    [["--seed", "0"], { seed: 0n }],
    [["--seed", "1099511627783"], { seed: 1099511627783n }],
    [["--seed", "9".repeat(100)], { seed: 10n ** 100n - 1n }],
    [["--temperature", "0"], { temperature: 0 }],
    [["--temperature", "1.5"], { temperature: 1.5 }],
    [["--temperature", "1000"], { temperature: 1000 }],
    [["--num-samples", "0"], { numSamples: 0 }],
    [["--num-samples", "7"], { numSamples: 7 }],
    [["--tokenizer", "char"], { tokenizer: "char" }],
    [["--tokenizer", "byte"], { tokenizer: "byte" }],
    [["--engine", "scalar"], { engine: "scalar" }],
    [["--engine", "wasm"], { engine: "wasm" }],
    [["--dtype", "f64"], { dtype: "f64" }],
    [["--dtype", "f32"], { dtype: "f32" }],
    [["--log-every", "1"], { logEvery: 1 }],
    [["--quiet"], { quiet: true }],
  ];
  const tried = new Set(table.map(([argv]) => argv[0]!.slice(2)));
  assertEquals([...tried].sort(), [...Object.keys(OPTIONS), "quiet"].sort(), "none is left out");
  for (const [argv, expected] of table) {
    assertEquals(parseCommand(argv), { ...DEFAULTS, ...expected }, argv.join(" "));
    const joined = argv.length === 2 ? [argv.join("=")] : argv;
    assertEquals(parseCommand(joined), { ...DEFAULTS, ...expected }, joined.join(" "));
  }
});

Deno.test("parseCommand() understands options and a data set in any order", () => {
  const table: [string[], Partial<TrainCommand>][] = [
    [["names.txt"], { dataset: "names.txt" }],
    [["names.txt", "--quiet"], { dataset: "names.txt", quiet: true }],
    [["--quiet", "names.txt"], { dataset: "names.txt", quiet: true }],
    [["--n-embd", "8", "a b.txt", "--n-head=2"], { dataset: "a b.txt", nEmbd: 8, nHead: 2 }],
    [["--n-layer", "2", "--n-layer", "3"], { nLayer: 3 }],
    [["--engine", "scalar", "--dtype", "f64"], { engine: "scalar", dtype: "f64" }],
    [["--engine", "wasm", "--dtype", "f32"], { engine: "wasm", dtype: "f32" }],
    [["--", "names.txt"], { dataset: "names.txt" }],
    [["--quiet", "--", "--n-layer"], { dataset: "--n-layer", quiet: true }],
    [["--", "--"], { dataset: "--" }],
    [["--"], {}],
    [["-"], { dataset: "-" }],
    [["2024"], { dataset: "2024" }],
    [["--", "007"], { dataset: "007" }],
    [["./-x"], { dataset: "./-x" }],
  ];
  for (const [argv, expected] of table) {
    assertEquals(parseCommand(argv), { ...DEFAULTS, ...expected }, argv.join(" "));
  }
});

Deno.test("parseCommand() keeps the name of a data set that looks like a number", () => {
  for (const name of ["007", "1e3", "0x10", "1.0", "+5", "0"]) {
    assertEquals(parseCommand([name]), { ...DEFAULTS, dataset: name });
  }
});

Deno.test("parseCommand() understands help and version before anything else", () => {
  const table: [string[], Command][] = [
    [["-h"], { kind: "help" }],
    [["--help"], { kind: "help" }],
    [["--version"], { kind: "version" }],
    [["--help", "--version"], { kind: "help" }],
    [["--n-layer", "x", "--help"], { kind: "help" }],
    [["a.txt", "b.txt", "--version"], { kind: "version" }],
  ];
  for (const [argv, expected] of table) assertEquals(parseCommand(argv), expected, argv.join(" "));
});

/** What an option takes, in the words of its error message. */
const RANGES: Record<string, { range: string; tooLarge: string; zero: boolean }> = {
  "n-layer": { range: "an integer from 1 to 1000", tooLarge: "1001", zero: false },
  "n-embd": { range: "an integer from 1 to 65536", tooLarge: "65537", zero: false },
  "n-head": { range: "an integer from 1 to 65536", tooLarge: "65537", zero: false },
  "block-size": { range: "an integer from 1 to 1000000", tooLarge: "1000001", zero: false },
  "num-steps": { range: "an integer from 1 to 1000000000", tooLarge: "1000000001", zero: false },
  "batch-size": { range: "an integer from 1 to 1000000", tooLarge: "1000001", zero: false },
  "learning-rate": { range: "a number above 0, at most 10", tooLarge: "10.1", zero: false },
  "temperature": { range: "a number from 0 to 1000", tooLarge: "1000.5", zero: true },
  "num-samples": { range: "an integer from 0 to 1000000000", tooLarge: "1e10", zero: true },
  "log-every": { range: "an integer from 1 to 1000000000", tooLarge: "1e300", zero: false },
};

/** Fails unless the value is refused with the message, whichever way it is written. */
function assertRefused(name: string, value: string, message: string): void {
  assertFails(() => parseCommand([`--${name}=${value}`]), UsageError, message);
  if (value.startsWith("--")) return; // looks like the next option
  assertFails(() => parseCommand([`--${name}`, value]), UsageError, message);
}

for (const [name, { range, tooLarge, zero }] of Object.entries(RANGES)) {
  Deno.test(`parseCommand() refuses a value that --${name} cannot have`, () => {
    const bad = ["", " ", "x", "-1", "-0.5", "--5", "NaN", "Infinity", "-Infinity", "0x10", "0b1"];
    bad.push("1_000", "1,5", "1 2", "१", "1e", "1e999", "4n", "true", tooLarge);
    if (!zero) bad.push("0", "0.0");
    if (range.startsWith("an integer")) bad.push("1.5", "1e-1");
    for (const value of bad) {
      assertRefused(name, value, `--${name} must be ${range}: it is ${JSON.stringify(value)}`);
    }
  });
}

Deno.test("parseCommand() refuses a seed that is not an integer of 0 or above", () => {
  const bad = ["", "x", "-1", "1.5", "1e3", "0x10", "NaN", "Infinity", "1 2", "9".repeat(1001)];
  for (const value of bad) {
    const wanted = "an integer, 0 or above, of at most 1000 digits";
    assertRefused("seed", value, `--seed must be ${wanted}: it is ${JSON.stringify(value)}`);
  }
});

Deno.test("parseCommand() refuses a tokenizer that does not exist, and names the nearest", () => {
  const table: [string, string][] = [
    ["chars", '--tokenizer must be char or byte: it is "chars": did you mean char?'],
    ["bytes", '--tokenizer must be char or byte: it is "bytes": did you mean byte?'],
    ["Byte", '--tokenizer must be char or byte: it is "Byte": did you mean byte?'],
    ["sentencepiece", '--tokenizer must be char or byte: it is "sentencepiece"'],
    ["", '--tokenizer must be char or byte: it is ""'],
  ];
  for (const [value, message] of table) assertRefused("tokenizer", value, message);
});

Deno.test("parseCommand() refuses an engine that does not exist, and names the nearest", () => {
  const table: [string, string][] = [
    ["scalr", '--engine must be wasm or scalar: it is "scalr": did you mean scalar?'],
    ["Wasm", '--engine must be wasm or scalar: it is "Wasm": did you mean wasm?'],
    ["webassembly", '--engine must be wasm or scalar: it is "webassembly"'],
    ["", '--engine must be wasm or scalar: it is ""'],
  ];
  for (const [value, message] of table) assertRefused("engine", value, message);
});

Deno.test("parseCommand() refuses a precision that does not exist, and names the nearest", () => {
  const table: [string, string][] = [
    ["fp64", '--dtype must be f64 or f32: it is "fp64": did you mean f64?'],
    ["F32", '--dtype must be f64 or f32: it is "F32": did you mean f32?'],
    ["float", '--dtype must be f64 or f32: it is "float"'],
    ["64", '--dtype must be f64 or f32: it is "64": did you mean f64?'],
    ["", '--dtype must be f64 or f32: it is ""'],
  ];
  for (const [value, message] of table) assertRefused("dtype", value, message);
});

Deno.test("parseCommand() refuses f32 for the scalar engine", () => {
  const message = "--engine scalar has --dtype f64 only: it is f32";
  for (const argv of [["--engine=scalar", "--dtype=f32"], ["--dtype=f32", "--engine=scalar"]]) {
    assertFails(() => parseCommand(argv), UsageError, message);
  }
});

for (const name of Object.keys(FLAGS)) {
  Deno.test(`parseCommand() refuses a value for --${name}`, () => {
    for (const value of ["", "x", "true", "false", "1"]) {
      assertFails(
        () => parseCommand([`--${name}=${value}`]),
        UsageError,
        `The option --${name} takes no value`,
      );
    }
  });
}

for (const name of Object.keys(OPTIONS)) {
  Deno.test(`parseCommand() refuses --${name} without a value`, () => {
    const message = `The option --${name} needs a value: there is none`;
    for (const rest of [[], ["--quiet"], ["--"], ["--n-layer", "2"]]) {
      assertFails(() => parseCommand([`--${name}`, ...rest]), UsageError, message);
    }
  });
}

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
    [["--xyzzy"], "There is no option --xyzzy"],
    [["--_=foo"], "There is no option --_"],
    [["--_"], "There is no option --_"],
    [["--_", "foo"], "There is no option --_"],
    [["--__proto__=foo"], "There is no option --__proto__"],
    [["--constructor", "foo"], "There is no option --constructor"],
    [["--rate=1"], "There is no option --rate: did you mean --learning-rate?"],
    [["--batch", "2"], "There is no option --batch: did you mean --batch-size?"],
    [["--steps", "2"], "There is no option --steps: did you mean --num-steps?"],
    [["--n", "2"], "There is no option --n"],
    [["--a\nb"], 'There is no option "--a\\nb"'],
    [["-x"], "There is no option -x"],
    [["-hx"], "There is no option -hx"],
    [["-1"], "There is no option -1"],
    [["names.txt", "--xyzzy", "1"], "There is no option --xyzzy"],
  ];
  for (const [argv, message] of table) {
    assertFails(() => parseCommand(argv), UsageError, message);
  }
});

Deno.test("parseCommand() refuses two data sets", () => {
  const table: [string[], number, string][] = [
    [["a.txt", "b.txt"], 2, "b.txt"],
    [["a.txt", "--quiet", "b.txt", "c.txt"], 3, "b.txt"],
    [["a.txt", "--", "--b"], 2, "--b"],
    [["a.txt", "b c.txt"], 2, '"b c.txt"'],
  ];
  for (const [argv, count, second] of table) {
    assertFails(
      () => parseCommand(argv),
      UsageError,
      `One data set is enough: there are ${count}, the second is ${second}`,
    );
  }
});

Deno.test("parseCommand() refuses heads that do not divide the embedding", () => {
  const table: [string[], string][] = [
    [["--n-embd", "10", "--n-head", "4"], "--n-embd is 10, --n-head is 4"],
    [["--n-embd", "2"], "--n-embd is 2, --n-head is 4"],
    [["--n-head", "32"], "--n-embd is 16, --n-head is 32"],
  ];
  for (const [argv, found] of table) {
    assertFails(
      () => parseCommand(argv),
      UsageError,
      `--n-embd must be divisible by --n-head: ${found}`,
    );
  }
});

Deno.test("parseCommand() leaves its arguments as they are", () => {
  const argv = Object.freeze(["--n-layer", "2", "a.txt"]);
  parseCommand(argv);
  assertEquals([...argv], ["--n-layer", "2", "a.txt"]);
});

/** What the help says about an option: what stands behind it, in a line of its own. */
function helpLine(start: string): string {
  const lines = helpText().split("\n").filter((line) => line.trimStart().startsWith(start));
  assertEquals(lines.length, 1, `lines that begin with ${start}`);
  return lines[0]!.trimStart().slice(start.length).trimStart(); // there is one
}

Deno.test("helpText() has every option, with its default", () => {
  for (const [name, { value, help, ...rest }] of Object.entries<Option>(OPTIONS)) {
    const expected = rest.default === undefined ? help : `${help} (${rest.default})`;
    assertEquals(helpLine(`--${name} ${value} `), expected);
  }
  for (const [name, help] of Object.entries(FLAGS)) {
    assertEquals(helpLine(name === "help" ? "-h, --help " : `--${name} `), help);
  }
  assertStringIncludes(helpText(), "Usage: microgpt [options] [dataset]");
});

Deno.test("OPTIONS have the defaults that parseCommand() takes", () => {
  for (const [name, { default: value }] of Object.entries<Option>(OPTIONS)) {
    if (value === undefined) assertEquals(name, "log-every", "all others have one");
    else assertEquals(parseCommand([`--${name}=${value}`]), DEFAULTS, name);
  }
});

Deno.test("helpText() fits a terminal of 80 columns and ends with one line break", () => {
  const text = helpText();
  assertEquals(text.split("\n").filter((line) => line.length > 80 || /\s$/.test(line)), []);
  assertEquals(text.endsWith("\n") && !text.endsWith("\n\n"), true);
});
