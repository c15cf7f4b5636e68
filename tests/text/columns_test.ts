import { assert, assertEquals } from "@std/assert";
import { columnsOf, cutToColumns } from "../../lib/text/columns.ts";

/** Each was measured in a terminal (tmux), but for emoji, where terminals differ. */
const WIDTHS: readonly (readonly [string, number])[] = [
  ["", 0],
  ["anna", 4],
  ["Zoë", 3],
  ["Zoe\u0308", 3],
  ["민수", 4],
  ["\u1112\u1161\u11ab", 2], // 한 in three letters
  ["天地", 4],
  ["かな", 4],
  ["か\u3099", 2], // が in two characters
  ["ガ", 2],
  ["ｶﾞ", 2], // halfwidth
  ["Ａ１", 4], // fullwidth
  ["、。", 4],
  ["नमस्ते", 4],
  ["שלום", 4],
  ["ไทย", 3],
  ["a\u00adb", 3], // a soft hyphen is shown
  ["a\u200bb", 2], // a zero width space is not
  ["│█░▁…", 5],
  ["𠀀", 2],
  ["👍", 2],
  ["👍🏽", 2],
  ["👩‍💻", 2],
  ["🇰🇷", 2],
  ["❤", 1],
  ["❤️", 2],
  ["1️⃣", 2],
  ["☝🏽", 2],
  ["❤\u200d🔥", 2],
  ["m🏽", 3], // a tone of skin on a letter stands beside it
  ["m\ufe0f", 1],
  ["␛[31m", 5],
];

Deno.test("columnsOf() counts the columns of a terminal", () => {
  for (const [text, columns] of WIDTHS) {
    assertEquals(columnsOf(text), columns, JSON.stringify(text));
    assertEquals(columnsOf(`a${text}b`), columns + 2, JSON.stringify(text));
  }
});

Deno.test("cutToColumns() leaves a text as it is if it fits", () => {
  for (const [text, columns] of WIDTHS) {
    for (const width of [columns, columns + 1, 100, Infinity]) {
      assertEquals(cutToColumns(text, width), text);
    }
  }
});

Deno.test("cutToColumns() shows by … that something is left out", () => {
  const table: [string, number, string][] = [
    ["anna", 3, "an…"],
    ["anna", 1, "…"],
    ["anna", 0, ""],
    ["anna", -1, ""],
    ["민수민", 5, "민수…"],
    ["민수민", 4, "민…"], // 수 would be half of it too wide
    ["민수민", 3, "민…"],
    ["민수민", 2, "…"],
    ["a👩‍💻🇰🇷b", 5, "a👩‍💻…"],
    ["a👩‍💻🇰🇷b", 4, "a👩‍💻…"],
    ["a👩‍💻🇰🇷b", 3, "a…"],
    ["e\u0301e\u0301e\u0301", 2, "e\u0301…"],
  ];
  for (const [text, width, expected] of table) {
    assertEquals(cutToColumns(text, width), expected, `${text} in ${width}`);
  }
});

Deno.test("cutToColumns() never gives more columns than there are", () => {
  const text = WIDTHS.map(([text]) => text).join("");
  for (let width = 0; width <= columnsOf(text); width++) {
    const cut = cutToColumns(text, width);
    assert(columnsOf(cut) <= width, `${cut} in ${width}`);
    assert(columnsOf(cut) >= width - 2, `${cut} in ${width}: there is room for more`);
  }
});
