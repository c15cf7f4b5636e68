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
import { newCheckpoint } from "./helpers/checkpoints.ts";
import { withTempDir } from "./helpers/paths.ts";
import { newRandom, times } from "./helpers/random.ts";
import { bytesOf, mutate } from "./helpers/safetensors.ts";

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

/** Whether an error is one of the program's own, in its own words, and not of the platform. */
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

/** What many cases were like. */
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

  /** How many cases ended so. */
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
