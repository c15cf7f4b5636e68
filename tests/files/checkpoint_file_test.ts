import { assert, assertEquals } from "@std/assert";
import { encodeCheckpoint } from "../../lib/checkpoint/checkpoint.ts";
import { isCheckpoint, loadCheckpoint, saveCheckpoint } from "../../lib/files/checkpoint_file.ts";
import { decodeHeader, encodeSafetensors } from "../../lib/checkpoint/safetensors.ts";
import { tensorOf } from "../../lib/checkpoint/tensor.ts";
import { assertFailsLater } from "../helpers/assert.ts";
import { changed, newCheckpoint } from "../helpers/checkpoints.ts";
import { makeReadOnly, MOUNT, withMount } from "../helpers/mount.ts";
import { needing } from "../helpers/needs.ts";
import { entries, withTempDir } from "../helpers/paths.ts";
import { newRandom } from "../helpers/random.ts";
import { cutLengths, fileOf, headerText } from "../helpers/safetensors.ts";

const FILE = encodeCheckpoint(newCheckpoint());
const HEADER = headerText(FILE);
const DATA = FILE.subarray(8 + new TextEncoder().encode(HEADER).length);

/** Calls `body` with the path of a file of some bytes. */
async function withBytes(
  bytes: Uint8Array,
  body: (path: string) => Promise<void>,
): Promise<void> {
  await withTempDir(async (dir) => {
    await Deno.writeFile(`${dir}/model`, bytes);
    await body(`${dir}/model`);
  });
}

Deno.test("loadCheckpoint() loads what saveCheckpoint() has saved", async () => {
  await withTempDir(async (dir) => {
    const path = `${dir}/my model`;
    for (const dtype of ["f64", "f32"] as const) {
      const checkpoint = newCheckpoint({ dtype });
      await saveCheckpoint(path, checkpoint);
      assertEquals(await loadCheckpoint(path), checkpoint);
      assertEquals(await Deno.readFile(path), encodeCheckpoint(checkpoint));
    }
    assertEquals(entries(dir), ["my model"]);
  });
});

Deno.test("saveCheckpoint() leaves the old file if there is a number that is not finite", async () => {
  await withBytes(FILE, async (path) => {
    const checkpoint = newCheckpoint();
    checkpoint.weights[0] = NaN;
    const message =
      'Cannot save the model: tensor "wte" has NaN at [0, 0]: finite numbers are wanted';
    await assertFailsLater(() => saveCheckpoint(path, checkpoint), RangeError, message);
    assertEquals(await Deno.readFile(path), FILE);
  });
});

Deno.test(
  needing(MOUNT, "saveCheckpoint() leaves the old file if the disk is full or read-only"),
  async () => {
    await withMount("size=32k", async (dir) => {
      const path = `${dir}/model`, old = newCheckpoint();
      await saveCheckpoint(path, old);
      await Deno.writeFile(`${dir}/other`, new Uint8Array(8192));
      const save = () => saveCheckpoint(path, newCheckpoint({ dtype: "f32" }));
      const cannot = `Cannot write "${path}": `;
      await assertFailsLater(
        save,
        Error,
        `${cannot}no space is left on the disk: make some first`,
      );
      await makeReadOnly(dir);
      const why = "the file system is read-only: choose another place";
      await assertFailsLater(save, Error, cannot + why);
      assertEquals(await loadCheckpoint(path), old);
      assertEquals(entries(dir), ["model", "other"]);
    });
  },
);

/** Fails unless a file is refused, with this reason. */
async function assertRefused(path: string, why: string): Promise<void> {
  const message = `Cannot load ${JSON.stringify(path)}: ${why}`;
  await assertFailsLater(() => loadCheckpoint(path), Error, message);
}

Deno.test("loadCheckpoint() throws if there is no file, or none that can be read", async () => {
  await withBytes(FILE, async (path) => {
    const dir = path.replace(/\/model$/, "");
    await assertRefused(`${dir}/none`, "there is no such file: check the path");
    await assertRefused(dir, "it is a directory: name a file written by --save");
    if (Deno.build.os === "windows") return;
    await assertRefused(`${path}/x`, "a file is where a folder should be: check the path");
    await new Deno.Command("mkfifo", { args: [`${dir}/pipe`] }).output();
    await assertRefused(`${dir}/pipe`, "it is not a regular file: name a file written by --save");
  });
});

/** A header in which the tensor `wte` is described otherwise. */
function withEntry(change: (entry: { dtype: string; data_offsets: number[] }) => void) {
  const header = JSON.parse(HEADER);
  change(header["wte"]);
  return fileOf(JSON.stringify(header), DATA);
}

/** The 8 bytes that say how long a header is, and a few more. */
function startOf(length: bigint, ...more: number[]): Uint8Array {
  const bytes = new Uint8Array(8 + more.length);
  new DataView(bytes.buffer).setBigUint64(0, length, true);
  bytes.set(more, 8);
  return bytes;
}

/** The place of the data of `wte`: 3 times 4 F64. */
const [BEGIN, END]: [number, number] = JSON.parse(HEADER)["wte"].data_offsets;

const REFUSED: readonly [string, Uint8Array, string][] = [
  ["empty", new Uint8Array(), "it has 0 bytes: the length of its header alone takes 8"],
  ["7 bytes", new Uint8Array(7), "it has 7 bytes: the length of its header alone takes 8"],
  [
    "a header of 2⁶⁰ bytes",
    startOf(2n ** 60n, 0x7b),
    "its header has 1152921504606846976 bytes: at most 8388608 are allowed",
  ],
  [
    "a header that is longer than the file",
    startOf(1000n, 0x7b),
    "its header has 1000 bytes: the file ends after 1 of them",
  ],
  [
    "a header that is longer than that of a model",
    fileOf(new Uint8Array((1 << 23) + 8).fill(0x20)),
    "its header has 8388616 bytes: at most 8388608 are allowed",
  ],
  [
    "a text",
    new TextEncoder().encode("anna\nbob\n"),
    "it is not a model: name a file written by --save",
  ],
  [
    "a header that is not UTF-8",
    fileOf(Uint8Array.of(0x7b, 0xff)),
    "its header is not a JSON object in UTF-8",
  ],
  ["no metadata", fileOf("{}"), 'its metadata have no "format"'],
  [
    "another model",
    encodeSafetensors(new Map([["x", tensorOf(Uint8Array.of(1))]]), new Map([["format", "pt"]])),
    'format is "pt": microgpt is wanted',
  ],
  [
    "another dtype",
    withEntry((entry) => entry.dtype = "F32"),
    `tensor "wte": "F32" of shape [3, 4] takes 48 bytes: data_offsets [${BEGIN}, ${END}] hold 96`,
  ],
  [
    "another dtype of the same size",
    withEntry((entry) => entry.dtype = "I64"),
    'tensor "wte" is "I64": F64 or F32 or F16 or BF16 is wanted',
  ],
  [
    "overlapping offsets",
    withEntry((entry) => entry.data_offsets = [BEGIN - 8, END - 8]),
    `tensor "wte": data_offsets [${BEGIN - 8}, ${END - 8}] overlap with those before, ` +
    `which end at ${BEGIN}`,
  ],
  [
    "offsets out of range",
    withEntry((entry) => entry.data_offsets = [2 ** 40, 2 ** 40 + 96]),
    `tensor "random.state": data_offsets [${END}, ${END + 2500}] ` +
    `leave a hole after those before, which end at ${BEGIN}`,
  ],
  [
    "the last byte missing",
    FILE.subarray(0, -1),
    `its tensors take ${DATA.length} bytes: after the header are ${DATA.length - 1}`,
  ],
  [
    "NaN",
    changed(({ tensors }) => tensors.set("wpe", tensorOf(new Float64Array(24).fill(NaN), [6, 4]))),
    'tensor "wpe" has NaN at [0, 0]: finite numbers are wanted',
  ],
  [
    "a vocabulary with duplicates",
    changed(({ metadata }) => metadata.set("uchars", "aabc")),
    "Cannot make a char tokenizer: codes must be ascending integers from 0 to 1114111: code 1 is 97, the one before it 97",
  ],
];

for (const [name, bytes, why] of REFUSED) {
  Deno.test(`loadCheckpoint() throws on what is not a model: ${name}`, async () => {
    await withBytes(bytes, (path) => assertRefused(path, why));
  });
}

Deno.test("loadCheckpoint() throws on a beginning of a file", async () => {
  const lengths = cutLengths(FILE.length, 30, newRandom("beginnings of a file"));
  await withTempDir(async (dir) => {
    using file = await Deno.open(`${dir}/model`, { write: true, create: true });
    await file.write(FILE);
    for (const length of lengths.toReversed()) {
      await file.truncate(length);
      const error = await loadCheckpoint(`${dir}/model`).then(() => undefined, (error) => error);
      assert(error instanceof Error && error.cause instanceof RangeError, `${length}: ${error}`);
    }
  });
});

Deno.test("loadCheckpoint() takes no memory for a file that is not a model", async () => {
  await withTempDir(async (dir) => {
    const size = 3 * 2 ** 30;
    const header = JSON.parse(HEADER);
    header.junk = { dtype: "U8", shape: [size], data_offsets: [DATA.length, DATA.length + size] };
    const start = fileOf(JSON.stringify(header), DATA);
    decodeHeader(start.subarray(8, start.length - DATA.length), start.length + size); // it is valid
    const path = `${dir}/model`;
    await Deno.writeFile(path, start);
    await Deno.truncate(path, start.length + size); // zeros that take no room on the disk
    const before = Deno.memoryUsage().rss;
    await assertRefused(path, 'there is no use for the tensor "junk"');
    await Deno.truncate(path, 2 ** 32 + 1);
    await assertRefused(path, "it has 4294967297 bytes: a model has at most 4294967296");
    const grown = Deno.memoryUsage().rss - before;
    assert(grown < size / 10, `the memory grew by ${grown} bytes`);
  });
});

Deno.test("isCheckpoint() tells models from data sets by their first bytes", async () => {
  const text = (text: string) => new TextEncoder().encode(text);
  const table: [Uint8Array, boolean][] = [
    [FILE, true],
    [fileOf("{}"), true], // other tensors, too: loadCheckpoint() says what is wrong
    [new Uint8Array(), false],
    [FILE.subarray(0, 8), false],
    [FILE.subarray(0, 9), true],
    [text("anna\nbob\n"), false],
    [text("1234567{}"), false],
    [text("{}"), false],
    [new Uint8Array(100), false],
  ];
  for (const [bytes, expected] of table) {
    await withBytes(bytes, async (path) => assertEquals(await isCheckpoint(path), expected));
  }
});

Deno.test("isCheckpoint() throws if the file cannot be read", async () => {
  await withTempDir(async (dir) => {
    await assertFailsLater(
      () => isCheckpoint(`${dir}/none`),
      Error,
      `Cannot read "${dir}/none": there is no such file: check the path`,
    );
  });
});
