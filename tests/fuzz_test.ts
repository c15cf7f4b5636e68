/**
 * Files from anywhere: whatever is in them, they are used or refused with a
 * message, within the memory that the program has anyway.
 */

import { assert, assertEquals } from "@std/assert";
import { type Checkpoint, encodeCheckpoint } from "../lib/checkpoint/checkpoint.ts";
import { loadCheckpoint } from "../lib/files/checkpoint_file.ts";
import { createEngine, ENGINE_NAMES } from "../lib/create_engine.ts";
import { Docs } from "../lib/docs.ts";
import { initWeights } from "../lib/config.ts";
import { Random } from "../lib/random.ts";
import { decodeSafetensors, encodeSafetensors } from "../lib/checkpoint/safetensors.ts";
import { sample } from "../lib/sample.ts";
import { type Tensor, TENSOR_DTYPES } from "../lib/checkpoint/tensor.ts";
import { Tokenizer, TOKENIZER_KINDS } from "../lib/tokenizer.ts";
import { train } from "../lib/trainer.ts";
import { packList, unpackList } from "../lib/checkpoint/training_list.ts";
import { NORMALIZATIONS } from "../lib/text/text_form.ts";
import { newCheckpoint } from "./helpers/checkpoints.ts";
import { encodeUtf16, encodeUtf32, gzip, zip } from "./helpers/foreign_files.ts";
import { withTempDir } from "./helpers/paths.ts";
import { newRandom, times } from "./helpers/random.ts";
import { bytesOf, mutate } from "./helpers/safetensors.ts";
import { TINY, withNames } from "./helpers/tiny.ts";
import { resultsOf, runMain } from "./helpers/tool.ts";

/** One of several things. */
function pick<T>(random: Random, things: readonly T[]): T {
  return things[random.randbelow(things.length)]!; // below length
}

const BYTES = new Tokenizer("byte", [0x0a, 0x61, 0xc3]);

const CHECKPOINTS = [
  newCheckpoint(),
  newCheckpoint({ dtype: "f32", hasList: false }),
  newCheckpoint({ tokenizer: BYTES, isResumable: false }),
];
const FILES = CHECKPOINTS.map(encodeCheckpoint);

/** A file that is a model, or nearly, or not at all. */
function randomFile(random: Random): Uint8Array {
  const kind = random.randbelow(10);
  if (kind < 5) {
    const parts = decodeSafetensors(pick(random, FILES));
    const metadata = new Map(parts.metadata), tensors = new Map(parts.tensors);
    for (let n = 1 + random.randbelow(2); n > 0; n--) {
      if (random.randbelow(2) === 0) changeMetadata(random, metadata);
      else changeTensors(random, tensors);
    }
    return encodeSafetensors(tensors, metadata);
  }
  if (kind < 9) return mutate(random, pick(random, FILES));
  const bytes = Uint8Array.from({ length: random.randbelow(300) }, () => random.randbelow(256));
  if (random.randbelow(2) === 0) bytes.fill(0, 2, 8); // the length of a header that may be there
  return bytes;
}

const VALUES: readonly string[] = [
  ..."0 1 2 3 4 5 8 -1 0.5 1e9 1e-300 1e308 NaN Infinity 9007199254740991".split(" "),
  ...'x ab cba 6162 char byte f32 f64 {} [] null {"seed":"1"} {"seed":1} {"match":"("}'.split(" "),
  ...["", " ", "\ud7ff\0", "0".repeat(64), "9".repeat(400)],
];

function changeMetadata(random: Random, metadata: Map<string, string>): void {
  const name = pick(random, [...metadata.keys()]);
  if (random.randbelow(8) === 0) metadata.delete(name);
  else metadata.set(name, pick(random, VALUES));
}

/** One byte of a number, its type, its shape, its name, or the whole. */
function changeTensors(random: Random, tensors: Map<string, Tensor>): void {
  const name = pick(random, [...tensors.keys()]);
  const tensor = tensors.get(name)!; // it is a key
  const kind = random.randbelow(10);
  const { data, shape, dtype } = tensor;
  if (kind < 5) {
    const bytes = data.with(random.randbelow(data.length), random.randbelow(256));
    tensors.set(name, { ...tensor, data: bytes });
  } else if (kind === 5) {
    const sameSize = TENSOR_DTYPES.filter((other) => bytesOf(other) === bytesOf(dtype));
    tensors.set(name, { ...tensor, dtype: pick(random, sameSize) });
  } else if (kind === 6) {
    tensors.set(name, { ...tensor, shape: pick(random, [shape.toReversed(), [...shape, 1]]) });
  } else if (kind === 7) {
    tensors.set(`${name}x`, tensor);
  } else if (kind === 8) {
    tensors.delete(name);
  } else {
    const random8 = Uint8Array.from(data, () => random.randbelow(256));
    tensors.set(name, { ...tensor, data: random8 });
  }
}

/** Does with a model all that the tool would do. */
function use({ config, weights, tokenizer, run, dtype, trainingList }: Checkpoint) {
  for (const name of ENGINE_NAMES) {
    const engine = createEngine(name, config, weights, name === "scalar" ? "f64" : dtype);
    const random = new Random(42);
    if (run !== undefined) {
      random.setstate(run.random);
      engine.restore({ ...run.state, weights });
      engine.step([[tokenizer.bos, 0, tokenizer.bos]], 0.01);
    }
    sample(engine, tokenizer, random);
  }
  if (trainingList !== undefined) unpackList(trainingList);
}

/** The beginnings of what is said of a file. */
const LOADING = /^Cannot load "[^"]*": /;
const USING = /^Cannot (sample|choose a token|unpack the training list)\b/;

/** Tells if an error is one of the program's own, in its own words, and not of the platform. */
function isMessage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { message, cause } = error;
  if (!LOADING.test(message)) return USING.test(message);
  return cause instanceof RangeError || cause instanceof SyntaxError
    ? /^Cannot read the (checkpoint|safetensors file): /.test(cause.message)
    : /^it/.test((cause as Error).message); // "it is not a model" and the like
}

/** The most that a case may add to the memory of the process, in bytes. */
const MAX_GROWTH = 200e6;

/** A summary of many cases. */
class Tally {
  readonly #counts = new Map<string, number>();
  #slowest = 0;
  #growth = 0;

  /** Does something that tells how it ended; an error is told by `refused`. */
  async run(body: () => Promise<string>, refused: (error: unknown) => string): Promise<void> {
    const start = performance.now(), { rss } = Deno.memoryUsage();
    const how = await body().catch(refused);
    this.#counts.set(how, this.count(how) + 1);
    this.#slowest = Math.max(this.#slowest, performance.now() - start);
    this.#growth = Math.max(this.#growth, Deno.memoryUsage().rss - rss);
    assert(this.#growth < MAX_GROWTH, `the memory grew by ${this.#growth} bytes`);
  }

  /** The number of cases that ended so. */
  count(how: string): number {
    return this.#counts.get(how) ?? 0;
  }

  /** Fails if there is a way in which no case has ended. */
  assertAll(...ways: string[]): void {
    const mb = (bytes: number) => `${(bytes / 1e6).toFixed()} MB`;
    console.log(
      `${ways.map((how) => `${this.count(how)} ${how}`).join(", ")}; ` +
        `the slowest took ${this.#slowest.toFixed()} ms, the largest ${mb(this.#growth)}; ` +
        `all of the process takes ${mb(Deno.memoryUsage().rss)}`,
    );
    for (const how of ways) assert(this.count(how) > 0, `none was ${how}`);
  }
}

Deno.test("loadCheckpoint() and what follows use or refuse whatever is in a file", async () => {
  const random = newRandom("loadCheckpoint");
  const tally = new Tally();
  await withTempDir(async (dir) => {
    for (let i = 0; i < times(300, 20_000); i++) {
      await Deno.writeFile(`${dir}/model`, randomFile(random));
      await tally.run(async () => {
        use(await loadCheckpoint(`${dir}/model`));
        return "used";
      }, (error) => {
        assert(isMessage(error), `file ${i}: ${error instanceof Error ? error.stack : error}`);
        return "refused";
      });
    }
  });
  tally.assertAll("used", "refused");
});

const PIECES: readonly string[] = [
  ...["a", "b", "zz", " ", "\n", "\n", "\r", "\r\n", "\t", "\v", "\0", "\x1c", "\x7f", "\u0085"],
  ...["\u00a0", "é", "e\u0301", "\u2028", "\u3000", "\uFEFF", "\uFFFD", "가", "😀", "\u{10FFFF}"],
];

/** A text, or what looks like one, or bytes. */
function randomDataset(random: Random): Uint8Array {
  const length = random.randbelow(random.randbelow(300) + 1);
  if (random.randbelow(4) === 0) {
    return Uint8Array.from({ length }, () => random.randbelow(256));
  }
  const pieces = PIECES.slice(0, 1 + random.randbelow(PIECES.length));
  const text = Array.from(
    { length },
    () =>
      random.randbelow(50) === 0
        ? String.fromCodePoint(random.randbelow(0xd800))
        : pick(random, pieces),
  );
  const bytes = new TextEncoder().encode(text.join(""));
  if (random.randbelow(3) === 0 && bytes.length > 0) {
    bytes[random.randbelow(bytes.length)] = random.randbelow(256);
  }
  return bytes;
}

/** Does with a data set all that the tool would do. */
async function learn(random: Random, bytes: Uint8Array): Promise<"used" | "empty"> {
  const docs = Docs.parse(bytes);
  const list = await packList(docs);
  assertEquals(unpackList(list!), [...new Set(docs)].sort()); // it is small
  if (docs.length === 0) return "empty";
  const tokenizer = Tokenizer.fromDocs(docs, pick(random, TOKENIZER_KINDS));
  docs.shuffle(random);
  const blockSize = 1 + random.randbelow(8);
  const config = { vocabSize: tokenizer.vocabSize, nLayer: 1, nEmbd: 2, nHead: 1, blockSize };
  const name = pick(random, ENGINE_NAMES);
  const dtype = name === "wasm" ? pick(random, ["f64", "f32"] as const) : "f64";
  const engine = createEngine(name, config, initWeights(config, random), dtype);
  const options = { numSteps: 3, batchSize: 1 + random.randbelow(3) };
  for (const { loss } of train(engine, tokenizer, docs, options)) assert(Number.isFinite(loss));
  sample(engine, tokenizer, random);
  return "used";
}

Deno.test("train() and what is before it use or refuse whatever is in a data set", async () => {
  const random = newRandom("train");
  const tally = new Tally();
  for (let i = 0; i < times(300, 5_000); i++) {
    const bytes = randomDataset(random);
    await tally.run(() => learn(random, bytes), (error) => {
      assert(
        error instanceof TypeError && /^Cannot read line \d+ as text: /.test(error.message),
        `data set ${i}: ${error instanceof Error ? error.stack : error}`,
      );
      return "no text";
    });
  }
  tally.assertAll("used", "empty", "no text");
});

/** Things that lists are made of, and that are made of lists. */
const SHAPES: readonly ((text: string, random: Random) => string)[] = [
  (text) => text,
  (text) => text.replaceAll("\n", ","),
  (text) => text.replaceAll("\n", "\r\n"),
  (text) => text.split("\n").map((line, i) => `${i},"${line}",x`).join("\n"),
  (text) => text.split("\n").map((line, i) => `${line}\t${i}`).join("\n"),
  (text) => text.split("\n").map((line) => `"${line}",`).join("\n"),
  (text) => text.split("\n").map((line, i) => `${i}. ${line}`).join("\n"),
  (text) => `name\n${text}`,
  (text) => `${text.length}\n${text.replaceAll("\n", "/A\n")}`,
  (text) => JSON.stringify(text.split("\n")),
  (text) => text.split("\n").map((line) => JSON.stringify({ id: 1, line })).join("\n"),
  (text) => `<html>${text}`,
  (text, random) => text.repeat(1 + random.randbelow(200)),
  (text, random) => text.replaceAll("\n", "").repeat(1 + random.randbelow(3000)), // a huge line
  (text, random) => pick(random, SIGNS).repeat(random.randbelow(20_000)) + text,
];

const SIGNS: readonly string[] = [
  ..."\"',;:|{}[]()<>#*-=/\\ \t\n".split(""),
  ...["1", '""', '",', '":', '{"a":', "\x1b", "\u202e", "\ufffd", "Ã©", "\u200b", "/A", "\n\n"],
];

const INVISIBLE: readonly string[] = [
  "\0",
  "\x07",
  "\x1b[2J",
  "\x7f",
  "\u0085",
  "\u009b",
  "\u00ad",
];

/** A list in any encoding, or something else in its place. */
async function randomList(random: Random): Promise<Uint8Array<ArrayBuffer>> {
  if (random.randbelow(8) === 0) return new Uint8Array(randomDataset(random));
  const pieces = [...PIECES, ...SIGNS, ...INVISIBLE, "a", "b", "ab", "\n", "\n", "\n"];
  const few = Array.from({ length: 2 + random.randbelow(12) }, () => pick(random, pieces));
  const parts = Array.from({ length: random.randbelow(120) }, () => pick(random, few));
  const text = pick(random, SHAPES)(parts.join(""), random);
  const utf8 = new TextEncoder().encode(text);
  switch (random.randbelow(20)) {
    case 0:
      return Uint8Array.from(text, (character) => character.charCodeAt(0)); // Latin-1, or chaos
    case 1:
      return encodeUtf16(text, pick(random, ["LE", "BE"]));
    case 2:
      return encodeUtf16(`\ufeff${text}`, pick(random, ["LE", "BE"]));
    case 3:
      return encodeUtf32(text, pick(random, ["LE", "BE"]));
    case 4:
      return await gzip(text);
    case 5:
      return zip(
        pick(random, ["a.txt", "xl/workbook.xml", "archive/data.pkl"]),
        text.slice(0, 999),
      );
    case 6:
      return Uint8Array.of(...utf8.subarray(0, 999), ...encodeUtf16(text.slice(0, 99), "LE"));
    case 7:
      return utf8.length === 0
        ? utf8
        : utf8.with(random.randbelow(utf8.length), random.randbelow(256));
    default:
      return utf8;
  }
}

/** The command lines that read a list; `-` is stdin. */
const LIST_READERS: readonly ((list: string, model: string, random: Random) => string[])[] = [
  (list, _, random) => [...TINY, "--tokenizer", pick(random, TOKENIZER_KINDS), list],
  (list, _, random) => [...TINY, "--column", pick(random, ["1", "2", "name", "0", "a"]), list],
  (list, _, random) => [...TINY, "--normalize", pick(random, NORMALIZATIONS), "--lowercase", list],
  (list, model) => ["sample", "--num-samples", "2", "--exclude", list, model],
  (_, model) => ["sample", "--num-samples", "1", "--prompt", "-", model],
  (_, model) => ["sample", "--num-samples", "1", "--exclude", "-", model],
  (list, model) => ["eval", model, list],
  (list, model) => ["eval", "--per-line", model, list],
  (_, model) => ["eval", "--per-line", "--json", model, "-"],
  (list) => ["info", list],
  (list) => ["info", "--json", "--column", "1", list],
];

/** The beginnings of what is said of a list that is not used. */
const REFUSING =
  /^microgpt: (Cannot (read|use|take a column of|evaluate|generate|split)|Found \d of \d samples)\b/m;

/** Signs that no message for people has in it. */
const CRASH =
  /(Type|Range|Syntax|Reference)Error|\bundefined\b|\[object|\n\s+at |Invalid|stack size/;

Deno.test("microgpt uses or refuses whatever is in a list, wherever it is given", async () => {
  const random = newRandom("lists");
  const tally = new Tally();
  const known = [...PIECES, ...SIGNS, ...INVISIBLE].filter((piece) => piece !== "\0");
  const names = known.map((piece) => `a${piece}b`);
  await withNames(async (dir, path) => {
    const model = `${dir}/model`, list = `${dir}/list`;
    await resultsOf([...TINY, "--val-fraction", "0.2", "--save", model, path]);
    for (let i = 0; i < times(200, 5_000); i++) {
      const stdin = await randomList(random);
      await Deno.writeFile(list, stdin);
      for (const reader of LIST_READERS) {
        const argv = reader(list, model, random);
        await tally.run(async () => {
          const { code, stderr } = await runMain(argv, { stdin });
          const about = `list ${i}: ${argv.join(" ")}: exit code ${code}: ${stderr}`;
          assert(!CRASH.test(stderr), about);
          assert(stderr.length < 6_000, about);
          if (code === 0) return stderr === "" ? "used" : "used with a note";
          assert(code === 1 && REFUSING.test(stderr), about);
          return "refused";
        }, (error) => {
          throw error;
        });
      }
    }
  }, names.join("\n"));
  tally.assertAll("used", "used with a note", "refused");
});
