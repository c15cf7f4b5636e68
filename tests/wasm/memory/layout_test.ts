import { assert, assertEquals } from "@std/assert";
import { DTYPES } from "../../../lib/engine.ts";
import { type GptConfig, numParams } from "../../../lib/config.ts";
import type { Random } from "../../../lib/random.ts";
import { type MemoryLayout, memoryLayout } from "../../../lib/wasm/memory/layout.ts";
import { forEachParameter, type Weights } from "../../../lib/wasm/memory/parameters.ts";
import type { Place, Rows } from "../../../lib/wasm/memory/place.ts";
import { assertFails } from "../../helpers/assert.ts";
import { newRandom } from "../../helpers/random.ts";

/** A piece of memory. */
interface Piece {
  readonly name: string;
  readonly ptr: number;
  readonly bytes: number;
}

/** All that a layout says is in memory. */
function pieces(memory: MemoryLayout, { nLayer, blockSize }: GptConfig): Piece[] {
  const { rowsWithGaps: rows, layer, parameters, logits, logitsBias, zeros, embedded, end, start } =
    memory;
  const found: Piece[] = [];
  const add = (name: string, ptr: number, bytes: number) => found.push({ name, ptr, bytes });
  const each = (name: string, { ptr, stride }: Place) => add(name, ptr, rows * stride);
  // Matmul takes rows in pairs: one more of them may be touched.
  const matrix = (name: string, { ptr, stride, width }: Rows) => {
    assert(stride >= width, `${name}: rows do not overlap`);
    add(name, ptr, rows * stride + width);
  };
  for (const region of ["params", "m", "v", "grads"] as const) {
    add(region, memory[region].ptr, parameters.length);
  }
  for (let l = 0; l < nLayer; l++) {
    const there = <P extends Place>(place: P) => ({
      ...place,
      ptr: place.ptr + l * place.layerStride,
    });
    for (const name of ["start", "qkv", "attnOut", "middle", "hidden"] as const) {
      matrix(`${l} ${name}`, there(layer[name]));
    }
    for (const name of ["attnNorm", "mlpNorm"] as const) {
      matrix(`${l} ${name}`, there(layer[name].y));
      each(`${l} ${name} scales`, there(layer[name].scales));
    }
    each(`${l} attnWeights`, there(layer.attnWeights));
  }
  matrix("end", end);
  each("start scales", start.scales);
  for (
    const name of [
      "tokens",
      "targets",
      "positions",
      "rowWeights",
      "lossParts",
      "scratch",
      "packed",
    ] as const
  ) {
    each(name, memory[name]);
  }
  assertEquals(memory.tokens.stride, 4);
  assert(memory.scratch.stride * rows >= blockSize * memory.attention.tile * 16);
  matrix("embedded", embedded);
  matrix("logits", logits);
  add("logitsBias", logitsBias.ptr, logits.width);
  add("zeros", zeros.ptr, embedded.width);
  const { end: dEnd, ...gradients } = memory.d, { layerStride } = dEnd;
  for (let l = 0; l < nLayer; l++) {
    for (const [name, rows] of Object.entries(gradients)) {
      if (l > 0 && rows.layerStride === 0) continue; // all layers share it
      matrix(`d ${l} ${name}`, { ...rows, ptr: rows.ptr + l * rows.layerStride });
    }
  }
  if (layerStride === 0) assertEquals(dEnd, gradients.start);
  else matrix("d end", { ...dEnd, ptr: dEnd.ptr + (nLayer - 1) * layerStride });
  return found;
}

/** The matrices of parameters, those of all layers. */
function allWeights({ parameters }: MemoryLayout, { nLayer }: GptConfig) {
  const { wte, wpe, lmHead, layer } = parameters;
  const ofLayers = Array.from(
    { length: nLayer },
    (_, l) =>
      Object.entries(layer).map(([name, weights]): [string, Weights] => [
        `${l} ${name}`,
        {
          ...weights,
          ptr: weights.ptr + l * weights.layerStride,
          parts: weights.parts.map((part) => ({
            ...part,
            matrices: part.matrices.slice(l, l + 1),
          })),
        },
      ]),
  );
  return {
    tables: Object.entries({ wte, wpe }),
    others: [...Object.entries({ lmHead }), ...ofLayers.flat()],
  };
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
function forEachLayout(
  what: string,
  body: (layout: MemoryLayout, config: GptConfig) => void,
  numRandom = 100,
): void {
  const random = newRandom(what);
  const configs = Array.from({ length: numRandom }, () => randomConfig(random));
  for (const config of [...EDGES, ...configs]) {
    for (const dtype of DTYPES) {
      const threads = random.randbelow(2) === 0 ? 1 : 2 + random.randbelow(63);
      try {
        body(memoryLayout(config, dtype, threads), config);
      } catch (error) {
        console.log(`${dtype} ${threads} threads ${JSON.stringify(config)}`);
        throw error;
      }
    }
  }
}

Deno.test("memoryLayout() gives each buffer lines of the cache of its own", () => {
  forEachLayout("buffers", (layout, config) => assertApart(pieces(layout, config), layout.bytes));
});

Deno.test("memoryLayout() has the gradients of all layers for several threads only", () => {
  forEachLayout("gradients", ({ rows, rowsWithGaps, d: { start, end, norm, ...each } }) => {
    const threads = 1 + rowsWithGaps - rows, { layerStride } = start;
    assertEquals(layerStride > 0, threads > 1);
    assertEquals(end.ptr, start.ptr + layerStride);
    for (const name of ["middle", "hidden", "qkv"] as const) {
      assertEquals(each[name].layerStride, layerStride, name);
    }
    for (const place of [norm, each.attnOut]) assertEquals(place.layerStride, 0);
  });
});

Deno.test("memoryLayout() begins a layer where the one before ends", () => {
  forEachLayout("layers", ({ layer, start, end }, { nLayer }) => {
    assertEquals(start.y, { ...layer.start, layerStride: 0 });
    const next = layer.start.ptr + layer.start.layerStride;
    assertEquals(layer.end, { ...layer.start, ptr: next });
    const last = layer.end.ptr + (nLayer - 1) * layer.end.layerStride;
    assertEquals(end, { ...layer.end, ptr: last, layerStride: 0 });
  });
});

Deno.test("memoryLayout() gives each matrix of parameters lines of the cache of its own", () => {
  forEachLayout("matrices", (memory, config) => {
    const { size, tablesLength, length } = memory.parameters;
    const { tables, others } = allWeights(memory, config);
    const piecesOf = (entries: typeof tables) =>
      entries.map(([name, { ptr, outBytes, inBytes }]) => ({
        name,
        ptr,
        bytes: outBytes / size * inBytes,
      }));
    assertApart([...piecesOf(tables), ...piecesOf(others)], length);
    // The tables come first: Adam goes over them alone.
    assertApart(piecesOf(tables), tablesLength);
    for (const { name, ptr } of piecesOf(others)) assert(ptr >= tablesLength, name);
  });
});

Deno.test("memoryLayout() pads all widths to panels, and keeps rows off powers of two", () => {
  forEachLayout("widths", (memory) => {
    const { parameters: { lmHead, layer: weights }, embedded, logits, d, attention } = memory;
    const { qkv, attnOut, middle, hidden, end } = memory.layer;
    for (const { width, stride } of [qkv, attnOut, middle, hidden, end]) {
      assertEquals(width % 64, 0);
      assert(stride % 512 !== 0, `${stride}`);
    }
    for (const { inBytes, outBytes } of Object.values(weights)) {
      assertEquals([inBytes % 64, outBytes % 64], [0, 0]);
    }
    assertEquals([qkv.stride, attnOut.stride], [attention.qkvStride, attention.outStride]);
    assertEquals([weights.qkv.inBytes, weights.qkv.outBytes], [embedded.width, qkv.width]);
    assertEquals([weights.out.inBytes, weights.out.outBytes], [attnOut.width, embedded.width]);
    assertEquals([weights.fc1.inBytes, weights.fc1.outBytes], [embedded.width, hidden.width]);
    assertEquals([weights.fc2.inBytes, weights.fc2.outBytes], [hidden.width, embedded.width]);
    assertEquals([lmHead.inBytes, lmHead.outBytes], [embedded.width, logits.width]);
    assertEquals([d.qkv.stride, d.attnOut.stride], [attention.qkvStride, attention.outStride]);
  });
});

Deno.test("memoryLayout() has room for the longest sequence, and for batches", () => {
  forEachLayout("rows", (layout, { blockSize, nEmbd, nHead, vocabSize }) => {
    assert(layout.rows >= blockSize && layout.rows >= 256);
    const { attention, size, embedded, logits } = layout;
    assert(attention.weightsStride >= blockSize * attention.heads);
    const { heads, headDim, split } = attention, lanes = 16 / size;
    assert(heads >= nHead * split * size && heads % 16 === 0);
    assert(headDim * split >= nEmbd / nHead);
    assert(lanes % split === 0);
    const isShared = nHead < lanes && lanes % nHead === 0;
    assertEquals(nHead * split, isShared ? lanes : nHead, "few heads fill a vector");
    assert(attention.section >= attention.headDim * attention.heads);
    assert(attention.qkvStride >= 3 * attention.section);
    assertEquals(attention.scale, 1 / Math.sqrt(nEmbd / nHead), "without padding");
    assert(embedded.width >= nEmbd * size && embedded.width < nEmbd * size + 64);
    assert(logits.width >= vocabSize * size && logits.width < vocabSize * size + 64);
  });
});

Deno.test("forEachParameter() visits each parameter once, and puts each in a place of its own", () => {
  forEachLayout("parameters", (memory, config) => {
    const { size, length } = memory.parameters;
    const { tables, others } = allWeights(memory, config);
    // Which of all weights a parameter is of, and which ones a place is for; 0 for neither.
    const weightsOf = new Uint8Array(numParams(config));
    const weightsAt = new Uint8Array(length / size);
    [...tables, ...others].forEach(([, { ptr, outBytes, inBytes, parts }], i) => {
      weightsAt.fill(i + 1, ptr / size, (ptr + outBytes / size * inBytes) / size);
      for (const { offset, nout, nin } of parts.flatMap(({ matrices }) => matrices)) {
        weightsOf.fill(i + 1, offset, offset + nout * nin);
      }
    });
    assert(weightsOf.every((i) => i > 0), "all parameters are of some weights");
    const originals = new Uint8Array(weightsOf.length), places = new Uint8Array(weightsAt.length);
    forEachParameter(memory.parameters, (original, ours) => {
      originals[original]!++; // counted below if it is in there, here and below
      places[ours]!++;
      const i = weightsOf[original];
      if (i === undefined || i !== weightsAt[ours]) throw new Error(`${original} at ${ours}`);
    });
    assert(originals.every((count) => count === 1), "each parameter once");
    assert(places.every((count) => count <= 1), "no place twice");
  }, 40); // of up to two million parameters each
});

Deno.test("memoryLayout() throws on sizes of no model", () => {
  assertFails(
    () => memoryLayout({ vocabSize: 27, nLayer: 1, nEmbd: 16, nHead: 3, blockSize: 16 }, "f64"),
    RangeError,
    "Cannot create the model: nEmbd must be divisible by nHead: nEmbd is 16, nHead is 3",
  );
});
