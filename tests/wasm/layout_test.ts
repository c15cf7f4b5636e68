import { assert, assertEquals } from "@std/assert";
import { DTYPES } from "../../lib/engine.ts";
import { type GptConfig, numParams } from "../../lib/model.ts";
import type { Random } from "../../lib/random.ts";
import {
  forEachParameter,
  type MemoryLayout,
  memoryLayout,
  type Norm,
  type Rows,
} from "../../lib/wasm/layout.ts";
import { assertFails } from "../_assert.ts";
import { newRandom } from "../_random.ts";

/** A piece of memory. */
interface Piece {
  readonly name: string;
  readonly ptr: number;
  readonly bytes: number;
}

/** All that a layout says is in memory. */
function pieces(layout: MemoryLayout, config: GptConfig): Piece[] {
  const found: Piece[] = [];
  const add = (name: string, ptr: number, bytes: number) => found.push({ name, ptr, bytes });
  // Matmul takes rows in pairs: one more of them may be touched.
  const rows = (name: string, { ptr, stride, width }: Rows) => {
    assert(stride >= width, `${name}: rows do not overlap`);
    add(name, ptr, layout.rows * stride + width);
  };
  const norm = (name: string, { y, scales }: Norm) => {
    rows(name, y);
    add(`${name} scales`, scales, layout.rows * 16);
  };
  for (const region of ["params", "m", "v", "grads"] as const) {
    add(region, layout[region], layout.paramsLength);
  }
  layout.layers.forEach((layer, i) => {
    norm(`${i} attnNorm`, layer.attnNorm);
    norm(`${i} mlpNorm`, layer.mlpNorm);
    for (const name of ["qkv", "attnOut", "middle", "hidden", "end"] as const) {
      rows(`${i} ${name}`, layer[name]);
    }
    add(`${i} attnWeights`, layer.attnWeights, layout.rows * layout.attention.weightsStride);
  });
  for (const name of ["tokens", "targets", "positions"] as const) {
    add(name, layout[name], layout.rows * 4);
  }
  rows("embedded", layout.embedded);
  norm("start", layout.start);
  rows("logits", layout.logits);
  add("logitsBias", layout.logitsBias.ptr, layout.logits.width);
  add("zeros", layout.zeros.ptr, layout.embedded.width);
  add("lossParts", layout.lossParts, layout.rows * 2 * layout.size);
  add("scratch", layout.scratch, config.blockSize * 16);
  for (const [name, matrix] of Object.entries(layout.d)) rows(`d ${name}`, matrix);
  return found;
}

function assertApart(pieces: readonly Piece[], end: number): void {
  const sorted = pieces.toSorted((a, b) => a.ptr - b.ptr);
  sorted.forEach(({ name, ptr, bytes }, i) => {
    assertEquals(ptr % 64, 0, `${name} begins with a line of the cache`);
    const next = sorted[i + 1] ?? { name: "the end", ptr: end };
    assert(
      ptr + bytes <= next.ptr,
      `${name} ends at ${ptr + bytes}, ${next.name} is at ${next.ptr}`,
    );
  });
}

function randomConfig(random: Random): GptConfig {
  const nHead = 1 + random.randbelow(9);
  return {
    vocabSize: 1 + random.randbelow(200),
    nLayer: 1 + random.randbelow(4),
    nEmbd: nHead * (1 + random.randbelow(20)),
    nHead,
    blockSize: 1 + random.randbelow(random.randbelow(2) === 0 ? 20 : 600),
  };
}

const EDGES: readonly GptConfig[] = [
  { vocabSize: 1, nLayer: 1, nEmbd: 1, nHead: 1, blockSize: 1 },
  { vocabSize: 27, nLayer: 1, nEmbd: 16, nHead: 4, blockSize: 16 },
  { vocabSize: 64, nLayer: 2, nEmbd: 64, nHead: 8, blockSize: 256 },
  { vocabSize: 50_000, nLayer: 1, nEmbd: 8, nHead: 8, blockSize: 257 },
];

/** Calls `body` with the layouts of many models. */
function forEachLayout(what: string, body: (layout: MemoryLayout, config: GptConfig) => void) {
  const random = newRandom(what);
  for (const config of [...EDGES, ...Array.from({ length: 100 }, () => randomConfig(random))]) {
    for (const dtype of DTYPES) {
      try {
        body(memoryLayout(config, dtype), config);
      } catch (error) {
        console.log(`${dtype} ${JSON.stringify(config)}`);
        throw error;
      }
    }
  }
}

Deno.test("memoryLayout() gives each buffer lines of the cache of its own", () => {
  forEachLayout("buffers", (layout, config) => assertApart(pieces(layout, config), layout.bytes));
});

Deno.test("memoryLayout() gives each matrix of parameters lines of the cache of its own", () => {
  forEachLayout("matrices", (layout) => {
    const { size, wte, wpe, lmHead, layers, tablesLength, paramsLength } = layout;
    const tables = Object.entries({ wte, wpe });
    const others = layers.flatMap(({ weights }) => Object.entries(weights));
    others.push(["lmHead", lmHead]);
    const piecesOf = (entries: typeof tables) =>
      entries.map(([name, { at, out, in: in_ }]) => ({ name, ptr: at, bytes: out / size * in_ }));
    assertApart([...piecesOf(tables), ...piecesOf(others)], paramsLength);
    // The tables come first: Adam goes over them alone.
    assertApart(piecesOf(tables), tablesLength);
    for (const { name, ptr } of piecesOf(others)) assert(ptr >= tablesLength, name);
  });
});

Deno.test("memoryLayout() pads all widths to panels, and keeps rows off powers of two", () => {
  forEachLayout("widths", (layout) => {
    const { layers, lmHead, embedded, logits, d, attention } = layout;
    for (const layer of layers) {
      const { qkv, attnOut, middle, hidden, end, weights } = layer;
      for (const { width, stride } of [qkv, attnOut, middle, hidden, end]) {
        assertEquals(width % 64, 0);
        assert(stride % 512 !== 0, `${stride}`);
      }
      for (const { in: in_, out } of Object.values(weights)) {
        assertEquals([in_ % 64, out % 64], [0, 0]);
      }
      assertEquals([qkv.stride, attnOut.stride], [attention.qkvStride, attention.outStride]);
      assertEquals([weights.qkv.in, weights.qkv.out], [embedded.width, qkv.width]);
      assertEquals([weights.out.in, weights.out.out], [attnOut.width, embedded.width]);
      assertEquals([weights.fc1.in, weights.fc1.out], [embedded.width, hidden.width]);
      assertEquals([weights.fc2.in, weights.fc2.out], [hidden.width, embedded.width]);
    }
    assertEquals([lmHead.in, lmHead.out], [embedded.width, logits.width]);
    assertEquals([d.qkv.stride, d.attnOut.stride], [attention.qkvStride, attention.outStride]);
  });
});

Deno.test("memoryLayout() has room for the longest sequence, and for batches", () => {
  forEachLayout("rows", (layout, { blockSize, nEmbd, nHead, vocabSize }) => {
    assert(layout.rows >= blockSize && layout.rows >= 256);
    const { attention, size, embedded, logits } = layout;
    assert(attention.weightsStride >= blockSize * attention.heads);
    assert(attention.heads >= nHead * size && attention.heads % 16 === 0);
    assert(attention.headDim >= nEmbd / nHead);
    assert(attention.section >= attention.headDim * attention.heads);
    assert(attention.qkvStride >= 3 * attention.section);
    assertEquals(attention.scale, 1 / Math.sqrt(nEmbd / nHead), "without padding");
    assert(embedded.width >= nEmbd * size && embedded.width < nEmbd * size + 64);
    assert(logits.width >= vocabSize * size && logits.width < vocabSize * size + 64);
  });
});

Deno.test("forEachParameter() visits each parameter once, and puts each in a place of its own", () => {
  forEachLayout("parameters", (layout, config) => {
    const { paramsLength, size, wte, wpe, lmHead, layers } = layout;
    const all = [wte, wpe, lmHead, ...layers.flatMap(({ weights }) => Object.values(weights))];
    const originals = new Uint8Array(numParams(config));
    const places = new Uint8Array(paramsLength / size);
    let matrix: typeof wte | undefined;
    forEachParameter(layout, (original, ours) => {
      originals[original]!++; // counted below if it is in there, here and below
      places[ours]!++;
      const isInside = ({ at, out, in: in_ }: typeof wte) =>
        ours * size >= at && ours * size < at + out / size * in_;
      const isOf = ({ parts }: typeof wte) =>
        parts.some(({ matrix: { offset, nout, nin } }) =>
          original >= offset && original < offset + nout * nin
        );
      if (matrix === undefined || !isOf(matrix)) matrix = all.find(isOf); // mostly the last one
      if (matrix === undefined || !isInside(matrix)) throw new Error(`${original} at ${ours}`);
    });
    assert(originals.every((count) => count === 1), "each parameter once");
    assert(places.every((count) => count <= 1), "no place twice");
  });
});

Deno.test("memoryLayout() throws on sizes of no model", () => {
  assertFails(
    () => memoryLayout({ vocabSize: 27, nLayer: 1, nEmbd: 16, nHead: 3, blockSize: 16 }, "f64"),
    RangeError,
    "Cannot create the model: nEmbd must be divisible by nHead: nEmbd is 16, nHead is 3",
  );
});
