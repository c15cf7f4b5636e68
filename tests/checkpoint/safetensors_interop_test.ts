/**
 * Files of ours in a reader that is not, and of others in ours. The reader is that of jax-js, which
 * like ours gives views of the file: it throws where elements do not lie aligned. It runs in a
 * process of its own, so that the project does not depend on it, not even in deno.json.
 */

import { assert, assertEquals } from "@std/assert";
import { decodeSafetensors, encodeSafetensors } from "../../lib/checkpoint/safetensors.ts";
import { type Tensor, tensorOf } from "../../lib/checkpoint/tensor.ts";
import { TESTDATA, withTempDir } from "../helpers/paths.ts";
import { newRandom } from "../helpers/random.ts";
import { ODD_NAMES, randomTensor } from "../helpers/safetensors.ts";

/** Says as JSON what the package finds in the files that it is given, the elements as strings. */
const READER = `
import { safetensors } from "npm:@jax-js/loaders@0.1.1";

const found = Deno.args.map((path) => {
  const { tensors, metadata } = safetensors.parse(Deno.readFileSync(path));
  return {
    metadata: Object.entries(metadata ?? {}),
    tensors: Object.entries(tensors).map(([name, { dtype, shape, data }]) =>
      ({ name, dtype, shape, values: Array.from(data, String) })
    ),
  };
});
console.log(JSON.stringify(found));
`;

/** The findings of {@linkcode READER} in a file. */
interface Found {
  readonly metadata: readonly [string, string][];
  readonly tensors: readonly {
    readonly name: string;
    readonly dtype: string;
    readonly shape: readonly number[];
    readonly values: readonly string[];
  }[];
}

const TIMEOUT = 60_000; // milliseconds: a firewall may swallow every packet

/** Runs {@linkcode READER}, which fetches the package the first time. */
async function runReader(paths: readonly string[]) {
  const signal = AbortSignal.timeout(TIMEOUT);
  const flags = ["--quiet", "--no-config", "--no-lock", "--no-prompt", "--allow-read"];
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", ...flags, "-", ...paths],
    env: { NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    signal,
  }).spawn();
  const script = new Blob([READER]).stream();
  const [output] = await Promise.all([child.output(), script.pipeTo(child.stdin)]);
  const [stdout, stderr] = [output.stdout, output.stderr].map((b) => new TextDecoder().decode(b));
  return { success: output.success, stdout: stdout!, stderr: stderr!, isLate: signal.aborted };
}

const { success, stderr, isLate } = await runReader([]);
const isOffline = !success && (isLate || stderr.includes("error sending request"));

async function readByOther(files: readonly Uint8Array[]): Promise<Found[]> {
  let found: Found[] = [];
  await withTempDir(async (dir) => {
    const paths = files.map((_, i) => `${dir}/${i}.safetensors`);
    await Promise.all(files.map((bytes, i) => Deno.writeFile(paths[i]!, bytes))); // one path each
    const { success, stdout, stderr } = await runReader(paths);
    assert(success, stderr);
    found = JSON.parse(stdout);
  });
  return found;
}

/** Readers of the elements of each type that both readers know. */
const CLASSES: Readonly<Record<string, new (buffer: ArrayBuffer) => Iterable<number>>> = {
  U8: Uint8Array,
  F16: Float16Array,
  U32: Uint32Array,
  F32: Float32Array,
  F64: Float64Array,
};

/** The findings that the other reader should have, by our own account. */
function found(bytes: Uint8Array): Found {
  const { tensors, metadata } = decodeSafetensors(bytes);
  return {
    metadata: [...metadata],
    tensors: Array.from(tensors, ([name, { dtype, shape, data }]) => {
      const values = new CLASSES[dtype]!(new Uint8Array(data).buffer); // the files have no others
      return { name, dtype, shape, values: Array.from(values, String) };
    }),
  };
}

/** Its own names and metadata are keys of objects, which do not keep all of ours in order. */
const isPlainKey = (name: string) => name !== "__proto__" && !/^\d+$/.test(name);

function randomFile(random: ReturnType<typeof newRandom>): Uint8Array {
  const names = ODD_NAMES.filter(isPlainKey);
  const tensors = new Map<string, Tensor>();
  while (tensors.size < names.length) {
    const tensor = randomTensor(random);
    if (Object.hasOwn(CLASSES, tensor.dtype)) tensors.set(names[tensors.size]!, tensor); // below length
  }
  return encodeSafetensors(tensors, new Map(names.map((name) => [name, `${name}!`])));
}

Deno.test({
  name: `encodeSafetensors() writes what another program reads${
    isOffline ? " (the reader could not be fetched: needs the network)" : ""
  }`,
  ignore: isOffline,
  fn: async () => {
    const random = newRandom("files for another reader");
    const weights = tensorOf(Float64Array.of(0.1, -0, Infinity, 2 ** -1074, 1 / 3, 1e300), [2, 3]);
    const files = [
      encodeSafetensors(new Map([["wte", weights]]), new Map([["k", "v"]])),
      encodeSafetensors(new Map()),
      ...Array.from({ length: 20 }, () => randomFile(random)),
    ];
    const [first] = await readByOther(files.slice(0, 1));
    assertEquals(first, {
      metadata: [["k", "v"]],
      tensors: [{
        name: "wte",
        dtype: "F64",
        shape: [2, 3],
        values: ["0.1", "0", "Infinity", "5e-324", "0.3333333333333333", "1e+300"],
      }],
    });
    assertEquals(await readByOther(files), files.map(found));
  },
});

const REFERENCE = await Deno.readFile(`${TESTDATA}/reference.safetensors`);

Deno.test("decodeSafetensors() reads a file of the reference implementation", () => {
  const { tensors, metadata } = decodeSafetensors(REFERENCE);
  assertEquals([...metadata], [["made by", 'safetensors 0.8.0, "numpy" é']]);
  const sevenths = Float64Array.from({ length: 6 }, (_, i) => i / 7);
  const eighty = [0, 0, 0, 0, 0, 0, 0, 0x80];
  const expected: [string, Tensor][] = [
    ["seed", { dtype: "U64", shape: [1], data: new Uint8Array(8).fill(0xff) }],
    ["step", { dtype: "I64", shape: [], data: Uint8Array.from(eighty) }],
    ["nothing", tensorOf(new Float64Array(), [0, 3])],
    ["wte", tensorOf(sevenths, [2, 3])],
    ["wpe", tensorOf(Float32Array.from(sevenths), [3, 2])],
    ["tokens", tensorOf(Uint32Array.of(0, 2 ** 32 - 1))],
    ["half", { dtype: "F16", shape: [3], data: Uint8Array.of(0, 0, 0x92, 0x30, 0x92, 0x34) }],
    ["__proto__", { ...tensorOf(Uint8Array.of(3)), dtype: "I8" }],
    ['a "quoted"\n\\name\x1f', { ...tensorOf(Uint8Array.of(2)), dtype: "I8" }],
    ["\uff21", { ...tensorOf(Uint8Array.of(255)), dtype: "I8" }],
    ["😀", { ...tensorOf(Uint8Array.of(1)), dtype: "I8" }],
    ["bytes", tensorOf(Uint8Array.of(0, 1, 2))],
    ["mask", { ...tensorOf(Uint8Array.of(1, 0)), dtype: "BOOL" }],
  ];
  assertEquals([...tensors], expected);
});

Deno.test("encodeSafetensors() writes a model as the reference implementation does, byte for byte", async () => {
  const bytes = await Deno.readFile(`${TESTDATA}/checkpoint.safetensors`);
  const { tensors, metadata } = decodeSafetensors(bytes);
  assertEquals(encodeSafetensors(new Map([...tensors].reverse()), metadata), bytes);
});
