import { assert, assertEquals, assertThrows } from "@std/assert";
import { columnName, headerOf, regularity, rowsOf, takeColumn } from "../../lib/text/csv.ts";
import { assertFails, type ErrorClass } from "../helpers/assert.ts";
import { newRandom } from "../helpers/random.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
const rows = (text: string, delimiter = ",") =>
  Array.from(rowsOf(encode(text), delimiter), (row) => row.map(decode));

Deno.test("rowsOf() reads what RFC 4180 describes", () => {
  const table: [string, string[][]][] = [
    ["aaa,bbb,ccc\r\nzzz,yyy,xxx\r\n", [["aaa", "bbb", "ccc"], ["zzz", "yyy", "xxx"]]], // 2.1
    ["aaa,bbb\r\nzzz,yyy", [["aaa", "bbb"], ["zzz", "yyy"]]], // 2.2: no line break at the end
    [" aaa , b b", [[" aaa ", " b b"]]], // 2.4: spaces are part of a field
    ['"aaa","bbb"\r\nzzz,yyy', [["aaa", "bbb"], ["zzz", "yyy"]]], // 2.5
    ['"aaa","b\r\nbb",ccc\r\nzzz', [["aaa", "b\r\nbb", "ccc"], ["zzz"]]], // 2.6
    ['"a,a","b\nb"\n', [["a,a", "b\nb"]]], // 2.6
    ['"aaa","b""bb",ccc', [["aaa", 'b"bb', "ccc"]]], // 2.7
    ['"""a""","""",""', [['"a"', '"', ""]]],
    ["a,,\n,\n\n", [["a", "", ""], ["", ""], [""]]],
    ["a\rb\n\rc", [["a"], ["b"], [""], ["c"]]],
    ["", []],
    ["\ufeffa,b", [["a", "b"]]],
    ['5" pipe,a"b', [['5" pipe', 'a"b']]], // beside the RFC
    ['"a"b,c', [["ab", "c"]]],
  ];
  for (const [text, expected] of table) assertEquals(rows(text), expected, JSON.stringify(text));
  assertEquals(rows("a;b\tc\n", ";"), [["a", "b\tc"]]);
  assertEquals(rows("a;b\tc\n", "\t"), [["a;b", "c"]]);
});

Deno.test("rowsOf() reads what has been written", () => {
  const random = newRandom("CSV");
  const pieces = ["a", "é", '"', '""', ",", ";", "\t", "\n", "\r\n", " ", "한", ""];
  for (let n = 0; n < 500; n++) {
    const delimiter = [",", ";", "\t", "|"][random.randbelow(4)]!; // below 4
    const table = Array.from(
      { length: 1 + random.randbelow(4) },
      () =>
        Array.from(
          { length: 2 + random.randbelow(3) },
          () =>
            Array.from(
              { length: random.randbelow(5) },
              () => pieces[random.randbelow(pieces.length)],
            )
              .join(""),
        ),
    );
    const mustQuote = (field: string) => /["\r\n]/.test(field) || field.includes(delimiter);
    const written = table.map((row) =>
      row.map((field) =>
        mustQuote(field) || random.randbelow(2) === 0 ? `"${field.replaceAll('"', '""')}"` : field
      ).join(delimiter)
    ).join(random.randbelow(2) === 0 ? "\n" : "\r\n");
    assertEquals(rows(written, delimiter), table, JSON.stringify(written));
  }
});

Deno.test("rowsOf() throws where a quote is not closed", () => {
  const message = "line 2 opens a quote that nothing closes";
  for (const text of ['a,b\nc,"d\ne', 'a\n"', 'a\n"b""']) {
    assertFails(() => rows(text), SyntaxError, message);
  }
});

const PEOPLE = 'name,year,city\n"Ann, B.",1990,Ulm\nBob,1991,"New\nYork"\nCid\n\n';

Deno.test("takeColumn() takes a column by its name or number", () => {
  const table: [string, string, string, number, string | undefined][] = [
    [PEOPLE, "name", "Ann, B.\nBob\nCid\n", 0, undefined],
    [PEOPLE, " NAME ", "Ann, B.\nBob\nCid\n", 0, undefined],
    [PEOPLE, "city", "Ulm\nNew York\n", 1, undefined],
    [PEOPLE, "1", "name\nAnn, B.\nBob\nCid\n", 0, "name"],
    [PEOPLE.replace("name", "who"), "1", "who\nAnn, B.\nBob\nCid\n", 0, "who"], // years are numbers
    ["anna\t3\nbob\t4\n", "1", "anna\nbob\n", 0, undefined],
    ["3;anna\n4;bob", "2", "anna\nbob\n", 0, undefined],
    ["anna;1,5\nbob;2,5", "2", "1,5\n2,5\n", 0, undefined],
    ['"a, b"\n"c"\n', "1", "a, b\nc\n", 0, undefined],
    ["anna\nbob\n", "1", "anna\nbob\n", 0, undefined],
    ["Name\nanna\n", "name", "anna\n", 0, undefined],
    ["anna,\nbob,\n", "1", "anna\nbob\n", 0, undefined],
    ["", "1", "", 0, undefined],
  ];
  for (const [text, column, list, numMissing, header] of table) {
    const taken = takeColumn(encode(text), column);
    const expected = { list, numMissing, header };
    const found = { list: decode(taken.bytes), numMissing: taken.numMissing, header: taken.header };
    assertEquals(found, expected, `${column} of ${text}`);
  }
  assertEquals(takeColumn(encode(PEOPLE), "city").numRows, 3);
});

Deno.test("takeColumn() leaves bytes in any encoding as they are", () => {
  const { bytes } = takeColumn(Uint8Array.of(0x61, 0x2c, 0xe9, 0xff, 0x0a, 0x62, 0x2c, 0x80), "2");
  assertEquals([...bytes], [0xe9, 0xff, 0x0a, 0x80, 0x0a]);
});

Deno.test("takeColumn() says why there is no such column", () => {
  const wide = Array.from({ length: 10 }, (_, i) => `c${i}`).join();
  const table: [string, string, ErrorClass, string][] = [
    [
      PEOPLE,
      "nmae",
      RangeError,
      'it has no column "nmae": its first row has "name", "year", "city"',
    ],
    [PEOPLE, "4", RangeError, "it has no column 4: its columns are 1 to 3"],
    [PEOPLE, "0", RangeError, "it has no column 0: its columns are 1 to 3"],
    ["anna\nbob", "2", RangeError, "it has no column 2: its columns are 1"],
    ["", "name", RangeError, 'it has no column "name": its first row has none'],
    [
      `${wide}\n${wide}`,
      "x",
      RangeError,
      'it has no column "x": its first row has "c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7" and 2 more',
    ],
    ['a,"b', "1", SyntaxError, "line 1 opens a quote that nothing closes"],
  ];
  for (const [text, column, Class, message] of table) {
    assertFails(() => takeColumn(encode(text), column), Class, message);
  }
  const long = assertThrows(() => takeColumn(encode(PEOPLE), "9".repeat(100_000)), RangeError);
  assert(long.message.length < 250, "a long number is cut");
});

Deno.test("takeColumn() needs no more memory for a large field than the table has", () => {
  const field = "x".repeat(300_000);
  const { bytes } = takeColumn(encode(`1,"${field}""y"z\n2,b`), "2");
  assertEquals(decode(bytes), `${field}"yz\nb\n`);
});

Deno.test("headerOf() tells names of columns from a row", () => {
  const table: [string[][], string[] | undefined][] = [
    [[["name", "year"], ["ann", "1990"], ["bob", "1991"]], ["name", "year"]],
    [[["who", "year"], ["ann", "1990"], ["bob", "1,991.5"]], ["who", "year"]],
    [[["First Name", "x"], ["ann", "b"], ["cid", "d"]], ["First Name", "x"]],
    [[["ann", "b"], ["bob", "d"]], undefined],
    [[["ann", "1990"], ["bob", "1991"]], undefined],
    [[["name", ""], ["ann", "b"]], undefined],
    [[["name", "Name"], ["ann", "b"]], undefined],
    [[["name"]], undefined],
    [[], undefined],
  ];
  for (const [rows, expected] of table) assertEquals(headerOf(rows), expected, `${rows}`);
});

Deno.test("columnName() is a name that can be typed, or the number", () => {
  const names = ["name", "", "x".repeat(41), "a\nb", "7", "-x", "a b"];
  const expected = ["name", "2", "3", "4", "5", "6", "a b"];
  assertEquals(names.map((_, i) => columnName(names, i)), expected);
  assertEquals(columnName(undefined, 0), "1");
});

Deno.test("regularity() is the share of the rows that are as wide as most", () => {
  assertEquals(regularity([["a", "b"], ["c", "d"], ["e"], ["f", "g"]]), { width: 2, share: 0.75 });
  assertEquals(regularity([["a"], ["b"]]), { width: 1, share: 0 });
  assertEquals(regularity([]), { width: 1, share: 0 });
});
