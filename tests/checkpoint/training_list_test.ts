import { assert, assertEquals } from "@std/assert";
import { Docs } from "../../lib/docs.ts";
import {
  MAX_LIST_SIZE,
  MAX_PACKED_SIZE,
  type PackedList,
  packList,
  unpackList,
  unpackText,
} from "../../lib/checkpoint/training_list.ts";
import { assertFails, assertFailsLater } from "../helpers/assert.ts";
import { newRandom } from "../helpers/random.ts";

/** Packs what must be small enough. */
async function pack(docs: Docs): Promise<PackedList> {
  const list = await packList(docs);
  assert(list !== undefined);
  return list;
}

async function zlib(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

const LISTS: readonly [string, string[], string[]][] = [
  ["one text", ["anna"], ["anna"]],
  ["texts that come twice", ["bob", "anna", "bob", "anna"], ["anna", "bob"]],
  ["a line of one letter", ["b", "a", "ab"], ["a", "ab", "b"]],
  ["characters of 2, 3 and 4 bytes", ["é", "가나", "😀", "e\u0301"], [
    "e\u0301",
    "é",
    "가나",
    "😀",
  ]],
  ["white space within", ["a b\tc", "a\u3000b"], ["a b\tc", "a\u3000b"]],
  ["a byte order mark that is no first character of a file", ["a", "b\uFEFF"], ["a", "b\uFEFF"]],
  ["none", [], []],
];

for (const [name, texts, expected] of LISTS) {
  Deno.test(`unpackList() undoes packList(), each text once and sorted: ${name}`, async () => {
    const list = await pack(Docs.from(texts));
    assertEquals(list.count, expected.length);
    assertEquals(list.size, new TextEncoder().encode(expected.join("\n")).length);
    assertEquals(unpackList(list), expected);
    assertEquals(await unpackText(list), expected.join("\n"));
  });
}

Deno.test("packList() takes the documents, not the lines: without the space around them", async () => {
  const docs = Docs.parse(new TextEncoder().encode("\uFEFF b \r\n\n\ta\rb"));
  assertEquals(unpackList(await pack(docs)), ["a", "b"]);
});

Deno.test("packList() keeps a byte order mark that is the first character of a document", async () => {
  const docs = Docs.parse(new TextEncoder().encode("\uFEFF\n\uFEFFanna\n"));
  assertEquals(unpackList(await pack(docs)), ["\uFEFFanna"]);
});

Deno.test("packList() packs what is not UTF-8 as samples are shown, with U+FFFD", async () => {
  const docs = Docs.parse(Uint8Array.of(0x61, 0xff, 0x0a, 0x61, 0xfe, 0x0a, 0x62));
  assertEquals(unpackList(await pack(docs)), ["a\ufffd", "b"]);
});

Deno.test("packList() does not depend on the order of the documents", async () => {
  const random = newRandom("packList");
  const docs = Docs.from(Array.from({ length: 200 }, () => `${random.randbelow(100)}`));
  const list = await pack(docs);
  docs.shuffle(random);
  assertEquals(await pack(docs), list);
});

Deno.test("packList() packs no list that is too large", async () => {
  const tooLong = new Uint8Array(MAX_LIST_SIZE + 1).fill(0x61);
  assertEquals(await packList(Docs.parse(tooLong)), undefined);
  // U+FFFD takes three bytes, in place of one
  const tooLongAsText = new Uint8Array(Math.ceil(MAX_LIST_SIZE / 3)).fill(0xff);
  assertEquals(await packList(Docs.parse(tooLongAsText)), undefined);
});

Deno.test("MAX_PACKED_SIZE has room for what cannot be packed", async () => {
  const random = newRandom("MAX_PACKED_SIZE");
  const bytes = new Uint8Array(1 << 20).map(() => random.getrandbits(8));
  const packed = await zlib(bytes);
  const limit = bytes.length * (MAX_PACKED_SIZE / MAX_LIST_SIZE);
  assert(packed.length > bytes.length && packed.length <= limit, `${packed.length}`);
});

/** Damage to a list, and the words about it. */
const REFUSED: readonly [string, (list: PackedList) => PackedList, string][] = [
  ["another count", (list) => ({ ...list, count: 3 }), "it has 2 texts, not 3"],
  ["a size that is too small", (list) => ({ ...list, size: 7 }), notBytes(7)],
  ["a size that is too large", (list) => ({ ...list, size: 9 }), notBytes(9)],
  ["no bytes", (list) => ({ ...list, size: 0 }), notBytes(0)],
  ["half of the data", (list) => ({ ...list, data: list.data.slice(0, 8) }), notBytes(8)],
  ["data that are not zlib", (list) => ({ ...list, data: new Uint8Array(20) }), notBytes(8)],
  ["another checksum", ({ data, ...list }) => {
    return { ...list, data: data.with(-1, data.at(-1)! ^ 1) }; // there is data
  }, notBytes(8)],
  ["more behind the data", ({ data, ...list }) => {
    return { ...list, data: Uint8Array.of(...data, 0, 0, 0, 0) };
  }, notBytes(8)],
  [
    "no data",
    (list) => ({ ...list, data: new Uint8Array() }),
    "0 bytes cannot hold the 8 that it says it has",
  ],
  [
    "a size that data cannot have",
    (list) => ({ ...list, size: 10_321, data: list.data.slice(0, 10) }),
    "10 bytes cannot hold the 10321 that it says it has",
  ],
  [
    "an absurd size",
    (list) => ({ ...list, size: 2 ** 53 - 1, data: new Uint8Array(1 << 20) }),
    "1048576 bytes cannot hold the 9007199254740991 that it says it has",
  ],
];

function notBytes(size: number): string {
  return `the data are not ${size} bytes, compressed`;
}

for (const [name, change, why] of REFUSED) {
  Deno.test(`unpackList() throws on a list that lies: ${name}`, async () => {
    const list = change(await pack(Docs.from(["anna", "bob"])));
    assertFails(
      () => unpackList(list),
      SyntaxError,
      `Cannot unpack the training list: ${why}`,
    );
    await assertFailsLater(
      () => unpackText(list),
      SyntaxError,
      `Cannot unpack the training list: ${why}`,
    );
  });
}

Deno.test("unpackList() counts texts before it makes any", async () => {
  const bytes = new Uint8Array(1 << 20).fill(0x0a);
  const list = { count: 5, size: bytes.length, data: await zlib(bytes) };
  assertFails(
    () => unpackList(list),
    SyntaxError,
    `Cannot unpack the training list: it has ${bytes.length + 1} texts, not 5`,
  );
});

Deno.test("unpackList() takes little memory for a list that is a bomb", async () => {
  const zeros = new Blob([new Uint8Array(1 << 27)]).stream().pipeThrough(
    new CompressionStream("deflate"),
  );
  const data = new Uint8Array(await new Response(zeros).arrayBuffer()); // 128 MB in 130 kB
  const before = Deno.memoryUsage().rss;
  const list = { count: 1, size: 1000, data }, why = "the data are not 1000 bytes, compressed";
  assertFails(() => unpackList(list), SyntaxError, `Cannot unpack the training list: ${why}`);
  await assertFailsLater(
    () => unpackText(list),
    SyntaxError,
    `Cannot unpack the training list: ${why}`,
  );
  const growth = Deno.memoryUsage().rss - before;
  assert(growth < 100e6, `resident memory grew by ${growth} bytes`);
});
