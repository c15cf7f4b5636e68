import { assertEquals } from "@std/assert";
import { DTYPES } from "../../../lib/engine.ts";
import { panelIndex } from "../../../lib/wasm/memory/panel.ts";
import { Views } from "../../../lib/wasm/memory/views.ts";

for (const dtype of DTYPES) {
  const size = dtype === "f64" ? 8 : 4, P = 64 / size;
  /** A memory whose numbers are their own indices. */
  const newViews = () => {
    const views = new Views(new ArrayBuffer(4096), dtype);
    views.reals.forEach((_, i) => views.reals[i] = i);
    return views;
  };

  Deno.test(`Views of ${dtype} are of the memory, not copies`, () => {
    const views = newViews();
    const [row] = views.rows({ ptr: 128, stride: 192 }, 1, 64);
    row!.fill(-1); // there is one
    views.reals.forEach((x, i) => assertEquals(x, i >= 128 / size && i < 192 / size ? -1 : i));
  });

  Deno.test(`Views.rows() of ${dtype} are a stride apart; 0 repeats one`, () => {
    const rows = newViews().rows({ ptr: 128, stride: 192 }, 3, 64);
    assertEquals(
      rows.map((row) => [row.length, row[0]]),
      [128, 320, 512].map((at) => [P, at / size]),
    );
    const same = newViews().rows({ ptr: 128, stride: 0 }, 2, 64);
    assertEquals(same.map((row) => row[0]), [128 / size, 128 / size]);
  });

  Deno.test(`Views.columns() of ${dtype} cut rows into panels`, () => {
    const views = newViews(), place = { ptr: 64, stride: 320 };
    const rows = views.rows(place, 3, 192), columns = views.columns(place, 3, 192);
    rows.forEach((row, t) =>
      row.forEach((x, i) => assertEquals(columns[Math.floor(i / P)]?.[t]?.[i % P], x))
    );
  });

  Deno.test(`Views.panels() of ${dtype} finds each weight at its panelIndex()`, () => {
    const panels = newViews().panels(256, 5 * size, 192);
    assertEquals([panels.length, panels[0]?.length], [3, 5]);
    for (let o = 0; o < 5; o++) {
      for (let i = 0; i < 192 / size; i++) {
        const expected = 256 / size + panelIndex(o, i, 5, P);
        assertEquals(panels[Math.floor(i / P)]?.[o]?.[i % P], expected);
      }
    }
  });

  Deno.test(`Views.integers() of ${dtype} are of 32 bits`, () => {
    const views = newViews();
    views.integers(100, 3).set([7, -1, 9]);
    assertEquals([...new Int32Array(views.reals.buffer, 100, 3)], [7, -1, 9]);
  });
}
