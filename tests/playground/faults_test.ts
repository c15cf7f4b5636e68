import { assertEquals } from "@std/assert";
import { type Fault, findFault, mended } from "../../lib/playground/shared/faults.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** A text in UTF-16, with its byte order mark. */
function utf16(text: string, isLittle: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(2 * text.length + 2));
  for (const [i, unit] of Array.from(`\ufeff${text}`, (c) => c.charCodeAt(0)).entries()) {
    view.setUint16(2 * i, unit, isLittle);
  }
  return new Uint8Array(view.buffer);
}

Deno.test("findFault() finds what can be mended, and mended() mends it", () => {
  const cases: readonly [list: Uint8Array, fault: Fault, mended: string][] = [
    [utf16("Zoë\nÅsa", true), { kind: "encoding", encoding: "utf-16le" }, "Zoë\nÅsa"],
    [utf16("Zoë\nÅsa", false), { kind: "encoding", encoding: "utf-16be" }, "Zoë\nÅsa"],
    [
      new Uint8Array([0x5a, 0x6f, 0xeb, 0x0a, 0x80]),
      { kind: "encoding", encoding: "windows-1252" },
      "Zoë\n€",
    ],
    [
      bytes("anna,12,f\nbob,3,m\ncid,4,m\n"),
      { kind: "table", what: "is a table of 3 columns, with commas between them", column: "1" },
      "anna\nbob\ncid",
    ],
    [
      bytes(`Nr;Name;Place\n1;anna;"Köln; Mitte"\n2;"bob; jr.";Bonn\n3;cid;Ulm\n`),
      {
        kind: "table",
        what: 'is a table of 3 columns ("Nr", "Name", "Place"), with semicolons between them',
        column: "Name",
      },
      "anna\nbob; jr.\ncid",
    ],
    [
      bytes(`"anna, b."\t1\r\nbob\t2\r\ncid\t3`),
      { kind: "table", what: "is a table of 2 columns, with tabs between them", column: "1" },
      "anna, b.\nbob\ncid",
    ],
    [
      bytes("anna, bob, cid, dan, eve, ".repeat(3)),
      { kind: "line", separator: "," },
      "anna\nbob\ncid\ndan\neve\n".repeat(3).trim(),
    ],
    [
      bytes("anna bob cid dan eve ".repeat(4)),
      { kind: "line", separator: " " },
      "anna\nbob\ncid\ndan\neve\n".repeat(4).trim(),
    ],
  ];
  for (const [list, fault, text] of cases) {
    assertEquals(findFault(list), fault);
    assertEquals(mended(list, fault), text);
    assertEquals(findFault(bytes(text)), undefined);
  }
});

Deno.test("findFault() has nothing against lists", () => {
  const lists = [
    "",
    "anna",
    "anna\nbob",
    "Smith, John\nanna\nbob\ncid",
    "a".repeat(1000),
    "새\n한글\n이름",
    `${"anna maria luisa\n".repeat(9000)}anna; and more`,
  ];
  for (const list of lists) assertEquals(findFault(bytes(list)), undefined, list.slice(0, 40));
});
