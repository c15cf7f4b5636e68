import { assertEquals } from "@std/assert";
import { tableLines, widthOf } from "../../../lib/cli/terminal/table.ts";

const KEYS = [{ head: "", cells: ["1", "10"], align: "right" as const }];
const NAMES = { head: "name", cells: ["민수", "Zoe\u0301"] };
const SIZES = { head: "size", cells: ["1.5", "22.25"], align: "right" as const };
const NOTES = { title: "head 1", head: "^ab", cells: ["9", "36"] };

Deno.test("tableLines() lines columns up, whatever the width of characters", () => {
  assertEquals(tableLines(KEYS, [NAMES, SIZES], Infinity), [
    "    name   size",
    " 1  민수    1.5",
    "10  Zoe\u0301   22.25",
  ]);
});

Deno.test("tableLines() has a line of titles where a column has one", () => {
  assertEquals(tableLines(KEYS, [SIZES, NOTES], Infinity), [
    "           head 1",
    "     size  ^ab",
    " 1    1.5  9",
    "10  22.25  36",
  ]);
});

Deno.test("tableLines() puts columns for which there is no room below", () => {
  const columns = [NAMES, SIZES, NOTES];
  const width = widthOf([...KEYS, NAMES, SIZES]);
  assertEquals(width, 2 + 2 + 4 + 2 + 5);
  const [first, second] = [tableLines(KEYS, [NAMES, SIZES], 80), tableLines(KEYS, [NOTES], 80)];
  assertEquals(tableLines(KEYS, columns, width), [...first, "", ...second]);
  const each = columns.map((column) => tableLines(KEYS, [column], 80));
  for (const narrow of [width - 1 - 8, 1, 0]) { // one column at least, even if it is too wide
    assertEquals(tableLines(KEYS, columns, narrow), each.flatMap((t, i) => i > 0 ? ["", ...t] : t));
  }
  assertEquals(tableLines(KEYS, [], 80), []);
});
