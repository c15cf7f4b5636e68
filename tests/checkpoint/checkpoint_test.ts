import { assert, assertEquals } from "@std/assert";
import {
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
  usedWeights,
} from "../../lib/checkpoint/checkpoint.ts";
import { createEngine, ENGINE_NAMES } from "../../lib/create_engine.ts";
import { DTYPES } from "../../lib/engine.ts";
import { Random } from "../../lib/random.ts";
import { decodeSafetensors, HEADER_START } from "../../lib/checkpoint/safetensors.ts";
import { tensorOf } from "../../lib/checkpoint/tensor.ts";
import { Tokenizer } from "../../lib/tokenizer.ts";
import { MAX_PACKED_SIZE, unpackList } from "../../lib/checkpoint/training_list.ts";
import { assertFails } from "../helpers/assert.ts";
import { changed, newCheckpoint, type Parts } from "../helpers/checkpoints.ts";
import { TESTDATA } from "../helpers/paths.ts";
import { newRandom } from "../helpers/random.ts";
import { documentFor } from "../helpers/reference.ts";
import { cutLengths } from "../helpers/safetensors.ts";

/** Characters of 1, 2, 3 and 4 bytes in UTF-8. */
const CHARS = new Tokenizer("char", [0x61, 0xe9, 0xac00, 0x1f600]);

const TOKENIZERS = [
  CHARS,
  new Tokenizer("char", []),
  new Tokenizer("char", [0, 9, 10, 0x22, 0x5c, 0xfeff, 0x10ffff]),
  new Tokenizer("byte", [0, 10, 0x61, 0xff]),
  new Tokenizer("byte", Array.from({ length: 256 }, (_, code) => code)),
];

for (const tokenizer of TOKENIZERS) {
  const { kind, codes } = tokenizer;
  Deno.test(`decodeCheckpoint() undoes encodeCheckpoint(): ${kind}, ${codes.length} symbols`, () => {
    for (const dtype of DTYPES) {
      for (const isResumable of [true, false]) {
        for (const hasList of [true, false]) {
          const hasAverage = hasList;
          const checkpoint = newCheckpoint({ tokenizer, dtype, isResumable, hasList, hasAverage });
          assertEquals(decodeCheckpoint(encodeCheckpoint(checkpoint)), checkpoint);
        }
      }
    }
  });
}

Deno.test("decodeCheckpoint() undoes encodeCheckpoint() for numbers that are hard to write", () => {
  const checkpoint = newCheckpoint();
  const hard = [5e-324, -0, 1.7976931348623157e308, 0.1 + 0.2, -1e-310];
  checkpoint.weights.set(hard);
  const run = checkpoint.run!; // it is resumable
  run.state.v.set([5e-324, 1.7976931348623157e308]);
  const states = [
    { mScale: 5e-324, vScale: 1.7976931348623157e308, gaussNext: -1e-7, steps: 2 ** 53 - 1 },
    { mScale: 1, vScale: 1 - 0.99, gaussNext: undefined, steps: 0 },
  ];
  for (const { gaussNext, ...state } of states) {
    const hardRun = {
      ...run,
      state: { ...run.state, ...state },
      random: { ...run.random, gaussNext },
      settings: new Map([["__proto__", "x"], ["", '"\\\u2028\u{1F600}']]),
    };
    const decoded = decodeCheckpoint(encodeCheckpoint({ ...checkpoint, run: hardRun }));
    assertEquals(decoded.run, hardRun);
    hard.forEach((x, i) => assert(Object.is(decoded.weights[i], x), `${x}`));
  }
});

Deno.test("encodeCheckpoint() writes the tensors and metadata that it lists", () => {
  const { tensors, metadata } = decodeSafetensors(
    encodeCheckpoint(newCheckpoint({ tokenizer: CHARS })),
  );
  const matrices = ["wte", "wpe", "lm_head"];
  for (const layer of ["layer0", "layer1"]) {
    for (const name of ["attn_wq", "attn_wk", "attn_wv", "attn_wo", "mlp_fc1", "mlp_fc2"]) {
      matrices.push(`${layer}.${name}`);
    }
  }
  const all = ["", "best.", "adam.m.", "adam.v."].flatMap((prefix) =>
    matrices.map((name) => prefix + name)
  );
  assertEquals([...tensors.keys()].sort(), [...all, "random.state", "training_list"].sort());
  assertEquals(tensors.get("layer1.mlp_fc1")?.shape, [16, 4]);
  assertEquals(tensors.get("layer1.mlp_fc2")?.shape, [4, 16]);
  assertEquals(tensors.get("wte")?.dtype, "F64");
  assertEquals([...metadata], [
    ["format", "microgpt"],
    ["program", "microgpt 1.2.3"],
    ["dtype", "f64"],
    ["vocab_size", "5"],
    ["n_layer", "2"],
    ["n_embd", "4"],
    ["n_head", "2"],
    ["block_size", "6"],
    ["tokenizer", "char"],
    ["uchars", "aé가😀"],
    ["best_step", "7"],
    ["best_loss", "2.25"],
    ["training_list_count", "3"],
    ["training_list_size", "8"],
    ["step", "12"],
    ["adam_m_scale", "0.15"],
    ["adam_v_scale", "0.30000000000000004"],
    ["gauss_next", `${newCheckpoint().run?.random.gaussNext}`],
    ["dataset", "my data/é.txt"],
    ["dataset_sha256", "0123456789abcdef".repeat(4)],
    ["settings", '{"n-layer":"2","n-embd":"4","n-head":"2","prompt":"é\\n"}'],
    ["from", "old.safetensors"],
  ]);
  const other = decodeSafetensors(encodeCheckpoint(newCheckpoint({ dtype: "f32" })));
  assertEquals(other.tensors.get("adam.v.wpe")?.dtype, "F32");
});

Deno.test("encodeCheckpoint() adds the averaged parameters of a run, and nothing else", () => {
  const plain = decodeSafetensors(encodeCheckpoint(newCheckpoint()));
  const averaged = decodeSafetensors(encodeCheckpoint(newCheckpoint({ hasAverage: true })));
  assertEquals(averaged.metadata, plain.metadata);
  const names = [...averaged.tensors.keys()].filter((name) => !plain.tensors.has(name));
  assertEquals(
    names.map((name) => name.replace(/^ema\./, "best.")).sort(),
    [
      ...[...plain.tensors.keys()].filter((name) => name.startsWith("best.")),
    ].sort(),
  );
  assertEquals(averaged.tensors.get("ema.wpe")?.dtype, "F64");
});

Deno.test("decodeCheckpoint() rejects averaged parameters that are not those of the model", () => {
  const averaged = newCheckpoint({ hasAverage: true });
  const missing = changed(({ tensors }) => tensors.delete("ema.lm_head"), averaged);
  const reason = "Cannot read the checkpoint: ";
  assertFails(
    () => decodeCheckpoint(missing),
    RangeError,
    `${reason}it has no tensor "ema.lm_head"`,
  );
  const alone = changed(({ tensors }) => tensors.set("ema.x", tensorOf(new Float64Array(1))));
  assertFails(
    () => decodeCheckpoint(alone),
    RangeError,
    `${reason}there is no use for the tensor "ema.x"`,
  );
});

Deno.test("usedWeights() are the best ones, or the averaged ones, or the last ones", () => {
  const all = newCheckpoint({ hasAverage: true });
  assertEquals(usedWeights(all), all.best!.weights); // it is resumable
  const { best: _best, ...unvalidated } = all;
  assertEquals(usedWeights(unvalidated), all.run!.state.average);
  const { run: _run, ...bare } = unvalidated;
  assertEquals(usedWeights(bare), all.weights);
});

Deno.test("encodeCheckpoint() throws on numbers that decodeCheckpoint() would not take", () => {
  const table: [(checkpoint: Checkpoint) => unknown, string][] = [
    [({ weights }) => weights[7] = NaN, 'tensor "wte" has NaN at [1, 3]'],
    [({ weights }) => weights[12] = -Infinity, 'tensor "wpe" has -Infinity at [0, 0]'],
    [({ best }) => best!.weights[2] = NaN, 'tensor "best.wte" has NaN at [0, 2]'],
    [({ run }) => run!.state.m[0] = Infinity, 'tensor "adam.m.wte" has Infinity at [0, 0]'],
    [({ run }) => run!.state.v[1] = NaN, 'tensor "adam.v.wte" has NaN at [0, 1]'],
  ];
  for (const [change, what] of table) {
    const checkpoint = newCheckpoint();
    change(checkpoint);
    const message = `Cannot save the model: ${what}: finite numbers are wanted`;
    assertFails(() => encodeCheckpoint(checkpoint), RangeError, message);
  }
  const checkpoint = newCheckpoint({ dtype: "f32" });
  checkpoint.weights[0] = 1e39;
  const message =
    'Cannot save the model: tensor "wte" has Infinity at [0, 0]: finite numbers are wanted';
  assertFails(() => encodeCheckpoint(checkpoint), RangeError, message);
});

/** Sets metadata. */
const set = (name: string, value: string) => ({ metadata }: Parts) => metadata.set(name, value);

/** Takes metadata away. */
const unset = (name: string) => ({ metadata }: Parts) => metadata.delete(name);

/** Puts numbers into a tensor. */
const put = (name: string, i: number, value: number) => ({ tensors }: Parts) => {
  const tensor = tensors.get(name)!; // it is there
  const data = tensor.data.slice();
  new DataView(data.buffer).setFloat64(8 * i, value, true);
  tensors.set(name, { ...tensor, data });
};

/** Puts another tensor in the place of one, or beside them. */
const replace = (name: string, ...args: Parameters<typeof tensorOf>) => ({ tensors }: Parts) =>
  tensors.set(name, tensorOf(...args));

/** Calls the elements of a tensor by another name. */
const retype = (name: string, dtype: string) => ({ tensors }: Parts) =>
  tensors.set(name, { ...tensors.get(name)!, dtype }); // it is there

const NAMES_OF_NUMBERS = ["step", "training_list_count", "training_list_size"];

const REFUSED: readonly (readonly [(parts: Parts) => unknown, string])[] = [
  [unset("format"), 'its metadata have no "format"'],
  [set("format", "pt"), 'format is "pt": microgpt is wanted'],
  [set("format", "x".repeat(1e6)), `format is "${"x".repeat(60)}...": microgpt is wanted`],
  [unset("dtype"), 'its metadata have no "dtype"'],
  [set("dtype", "f16"), 'dtype is "f16": f64 or f32 is wanted'],
  [set("dtype", "f32"), 'tensor "wte" is "F64": F32 or F16 or BF16 is wanted'],
  [unset("n_layer"), 'its metadata have no "n_layer"'],
  [set("n_layer", "1e9"), "n_layer is 1000000000, but it has 62 tensors"],
  [set("n_layer", "3"), 'it has no tensor "layer2.attn_wq"'],
  [set("n_layer", "1"), 'there is no use for the tensor "adam.m.layer1.attn_wk"'],
  [
    set("n_head", "3"),
    "Cannot create the model: nEmbd must be divisible by nHead: nEmbd is 4, nHead is 3",
  ],
  [set("n_embd", "0"), "n_embd is 0: an integer from 1 on is wanted"],
  [set("n_embd", "4.5"), "n_embd is 4.5: an integer from 1 on is wanted"],
  [set("n_embd", ""), 'n_embd is "": a number is wanted'],
  [set("n_embd", "four"), 'n_embd is "four": a number is wanted'],
  [set("n_embd", "Infinity"), 'n_embd is "Infinity": a number is wanted'],
  [set("n_embd", "2"), 'tensor "wte" has the shape [3, 4]: [3, 2] is wanted'],
  [
    set("block_size", "9007199254740992"),
    "block_size is 9007199254740992: an integer from 1 on is wanted",
  ],
  [set("block_size", "2"), 'tensor "wpe" has the shape [6, 4]: [2, 4] is wanted'],
  [set("vocab_size", "6"), "vocab_size is 6, but its tokenizer has 3 tokens"],
  [unset("tokenizer"), 'its metadata have no "tokenizer"'],
  [set("tokenizer", "bpe"), 'tokenizer is "bpe": char or byte is wanted'],
  [set("tokenizer", "byte"), 'its metadata have no "bytes"'],
  [unset("uchars"), 'its metadata have no "uchars"'],
  [
    set("uchars", "abbc"),
    "Cannot make a char tokenizer: codes must be ascending integers from 0 to 1114111: " +
    "code 2 is 98, the one before it 98",
  ],
  [
    set("uchars", "bacd"),
    "Cannot make a char tokenizer: codes must be ascending integers from 0 to 1114111: " +
    "code 1 is 97, the one before it 98",
  ],
  [set("uchars", "abc"), "vocab_size is 3, but its tokenizer has 4 tokens"],
  [put("wte", 6, NaN), 'tensor "wte" has NaN at [1, 2]: finite numbers are wanted'],
  [
    put("layer1.mlp_fc2", 17, -Infinity),
    'tensor "layer1.mlp_fc2" has -Infinity at [1, 1]: finite numbers are wanted',
  ],
  [
    put("adam.m.wpe", 0, Infinity),
    'tensor "adam.m.wpe" has Infinity at [0, 0]: finite numbers are wanted',
  ],
  [put("adam.v.wpe", 0, NaN), 'tensor "adam.v.wpe" has NaN at [0, 0]: finite numbers are wanted'],
  [put("adam.v.wpe", 0, -1e-9), "a second moment of Adam is -1e-9: 0 or above is wanted"],
  [({ tensors }) => tensors.delete("lm_head"), 'it has no tensor "lm_head"'],
  [({ tensors }) => tensors.delete("adam.v.wpe"), 'it has no tensor "adam.v.wpe"'],
  [({ tensors }) => tensors.delete("random.state"), 'it has no tensor "random.state"'],
  [
    replace("wpe", new Float64Array(24), [4, 6]),
    'tensor "wpe" has the shape [4, 6]: [6, 4] is wanted',
  ],
  [replace("wpe", new Float64Array(24)), 'tensor "wpe" has the shape [24]: [6, 4] is wanted'],
  [replace("wpe", new Float64Array(6)), 'tensor "wpe" has the shape [6]: [6, 4] is wanted'],
  [
    replace("wpe", new Float64Array(24), [6, 4, 1, 1, 1, 1, 1]),
    'tensor "wpe" has the shape [6, 4, 1, 1, 1]: [6, 4] is wanted',
  ],
  [
    retype("wpe", "I64"),
    'tensor "wpe" is "I64": F64 or F32 or F16 or BF16 is wanted',
  ],
  [replace("junk", new Uint8Array(3)), 'there is no use for the tensor "junk"'],
  [unset("step"), 'there is no use for the tensor "adam.m.layer0.attn_wk"'],
  [
    replace("random.state", new Uint32Array(624)),
    'tensor "random.state" has the shape [624]: [625] is wanted',
  ],
  [retype("random.state", "I32"), 'tensor "random.state" is "I32": U32 is wanted'],
  [
    replace("random.state", new Uint32Array(625)),
    "Cannot set the state of the random numbers: 624 words are wanted, not all 0, " +
    "then an index from 0 to 624, and a finite number or none",
  ],
  [
    replace("random.state", new Uint32Array(625).fill(625)),
    "Cannot set the state of the random numbers: 624 words are wanted, not all 0, " +
    "then an index from 0 to 624, and a finite number or none",
  ],
  [retype("training_list", "I8"), 'tensor "training_list" is "I8": U8 is wanted'],
  [
    retype("wte", "x".repeat(1e6)),
    `tensor "wte" is "${"x".repeat(60)}...": F64 or F32 or F16 or BF16 is wanted`,
  ],
  [
    replace("training_list", new Uint8Array(6), [3, 2]),
    'tensor "training_list" has the shape [3, 2]: [3] is wanted',
  ],
  ...NAMES_OF_NUMBERS.map((name) =>
    [set(name, "-1"), `${name} is -1: an integer from 0 on is wanted`] as const
  ),
  [set("step", "x"), 'step is "x": a number is wanted'],
  [unset("training_list_size"), 'its metadata have no "training_list_size"'],
  [set("adam_m_scale", "0"), "adam_m_scale is 0: a number above 0 is wanted"],
  [set("adam_v_scale", "-1"), "adam_v_scale is -1: a number above 0 is wanted"],
  [set("adam_v_scale", "1e999"), 'adam_v_scale is "1e999": a number is wanted'],
  [set("gauss_next", "NaN"), 'gauss_next is "NaN": a number is wanted'],
  [unset("gauss_next"), 'its metadata have no "gauss_next"'],
  [unset("dataset"), 'its metadata have no "dataset"'],
  [
    set("dataset_sha256", "\x1b[2J"),
    'dataset_sha256 is "\\u001b[2J": 64 hexadecimal digits are wanted',
  ],
  [unset("settings"), 'its metadata have no "settings"'],
  [set("settings", "{"), "settings is not a JSON object"],
  [set("settings", "null"), "settings is not a JSON object"],
  [set("settings", '["seed"]'), "settings is not a JSON object"],
  [set("settings", '{"seed":42}'), 'the setting "seed" is not a string'],
];

Deno.test("decodeCheckpoint() throws on whatever is wrong in a file, and says what", () => {
  for (const [change, why] of REFUSED) {
    const bytes = changed(change);
    assertFails(() => decodeCheckpoint(bytes), RangeError, `Cannot read the checkpoint: ${why}`);
  }
});

Deno.test("decodeCheckpoint() throws on bytes of a vocabulary that are none", () => {
  const checkpoint = newCheckpoint({ tokenizer: new Tokenizer("byte", [0x61, 0x62]) });
  const table: [string, string][] = [
    ["6", "bytes is not hexadecimal"],
    ["6162 ", "bytes is not hexadecimal"],
    ["616Z", "bytes is not hexadecimal"],
    ["616", "bytes is not hexadecimal"],
    [
      "6161",
      "Cannot make a byte tokenizer: codes must be ascending integers from 0 to 255: " +
      "code 1 is 97, the one before it 97",
    ],
  ];
  for (const [bytes, why] of table) {
    const file = changed(set("bytes", bytes), checkpoint);
    assertFails(() => decodeCheckpoint(file), RangeError, `Cannot read the checkpoint: ${why}`);
  }
});

Deno.test("decodeCheckpoint() throws on a training list that is too large", () => {
  const bytes = changed(replace("training_list", new Uint8Array(MAX_PACKED_SIZE + 1)));
  assertFails(
    () => decodeCheckpoint(bytes),
    RangeError,
    `Cannot read the checkpoint: tensor "training_list" has ${MAX_PACKED_SIZE + 1} bytes: ` +
      `at most ${MAX_PACKED_SIZE} are allowed`,
  );
});

Deno.test("decodeCheckpoint() throws on a beginning of a file, and on a byte more", () => {
  const bytes = encodeCheckpoint(newCheckpoint());
  const headerLength = new DataView(bytes.buffer).getUint32(0, true);
  const random = newRandom("beginnings of a checkpoint");
  for (const length of cutLengths(bytes.length, HEADER_START + headerLength + 64, random)) {
    let error: unknown;
    try {
      decodeCheckpoint(bytes.subarray(0, length));
    } catch (thrown) {
      error = thrown;
    }
    const message = error instanceof RangeError ? error.message : `${error}`;
    assertEquals(message.slice(0, 33), "Cannot read the safetensors file:", `of ${length} bytes`);
  }
  const longer = new Uint8Array(bytes.length + 1);
  longer.set(bytes);
  const dataLength = bytes.length - HEADER_START - headerLength;
  assertFails(
    () => decodeCheckpoint(longer),
    RangeError,
    `Cannot read the safetensors file: its tensors take ${dataLength} bytes: ` +
      `after the header are ${dataLength + 1}`,
  );
});

Deno.test("decodeCheckpoint() takes numbers of fewer bits, which other programs write", () => {
  const values = Float32Array.from({ length: 24 }, (_, i) => i / 8);
  const half = Float16Array.from(values);
  const upper = Uint16Array.from(new Uint32Array(values.buffer), (bits) => bits >>> 16);
  const tensors = [
    tensorOf(values, [6, 4]),
    { dtype: "F16", shape: [6, 4], data: new Uint8Array(half.buffer) },
    { dtype: "BF16", shape: [6, 4], data: new Uint8Array(upper.buffer) },
  ];
  for (const dtype of DTYPES) {
    for (const tensor of tensors) {
      const bytes = changed(({ tensors }) => tensors.set("wpe", tensor), newCheckpoint({ dtype }));
      const wpe = decodeCheckpoint(bytes).weights.subarray(12, 36); // after wte, 3 times 4
      assertEquals([...wpe], [...values], tensor.dtype);
    }
  }
});

Deno.test("decodeCheckpoint() reads what Python has written", async () => {
  const bytes = await Deno.readFile(`${TESTDATA}/checkpoint.safetensors`);
  const { config, dtype, tokenizer, weights, trainingList, run, program } = decodeCheckpoint(bytes);
  assertEquals(config, { vocabSize: 3, nLayer: 1, nEmbd: 4, nHead: 2, blockSize: 4 });
  assertEquals([dtype, tokenizer.kind, tokenizer.symbols], ["f64", "char", ["a", "b"]]);
  assertEquals(program, "safetensors 0.8.0");
  assertEquals([...weights], Array.from(weights, (_, i) => (i % 17 - 8) / 49));
  const { state, random, dataset, settings } = run!; // it is there
  assertEquals([...state.m], Array.from(weights, (_, i) => (i % 17 - 8) / 1100));
  assertEquals([...state.v], Array.from(weights, (_, i) => i % 17 / 1300));
  assertEquals([state.steps, state.mScale, state.vScale], [5, 1, 1]);
  assertEquals(await unpackList(trainingList!), ["ab", "ba"]); // it is there
  assertEquals(dataset.path, "ab.txt");
  assertEquals(Object.fromEntries(settings), {
    "n-embd": "4",
    "n-head": "2",
    "block-size": "4",
    "num-steps": "8",
  });
  const expected = new Random(42), resumed = new Random(0);
  expected.gauss(0, 1);
  resumed.setstate(random);
  for (let i = 0; i < 1000; i++) assertEquals(resumed.gauss(0, 1), expected.gauss(0, 1));
});

for (const name of ENGINE_NAMES) {
  for (const dtype of name === "wasm" ? DTYPES : ["f64"] as const) {
    Deno.test(`decodeCheckpoint() lets training go on bit for bit: ${name}, ${dtype}`, () => {
      const { config, weights, ...rest } = newCheckpoint({ dtype });
      const batch = [documentFor(config, 2), documentFor(config, 5)];
      const engine = createEngine(name, config, weights, dtype);
      const options = { weightDecay: 0.1, ema: 0.9 };
      for (let i = 0; i < 5; i++) engine.step(batch, 0.01, undefined, undefined, options);

      const { weights: trained, ...state } = engine.state();
      const run = { ...rest.run!, state }; // it is resumable
      const bytes = encodeCheckpoint({ ...rest, config, weights: trained, dtype, run });
      const saved = decodeCheckpoint(bytes);
      const resumed = createEngine(name, saved.config, saved.weights, dtype);
      resumed.restore({ ...saved.run!.state, weights: saved.weights });

      assertEquals(resumed.state(), engine.state());
      for (let i = 0; i < 5; i++) {
        const step = () => engine.step(batch, 0.01, undefined, undefined, options);
        assertEquals(resumed.step(batch, 0.01, undefined, undefined, options), step());
      }
      assertEquals(resumed.state(), engine.state());
    });
  }
}
