import { assert, assertEquals } from "@std/assert";
import { assertList, findForeign, foreignMessage } from "../../lib/text/foreign.ts";
import { assertFails } from "../helpers/assert.ts";
import { newRandom } from "../helpers/random.ts";
import { encodeUtf16, encodeUtf32, gzip, zip } from "../helpers/foreign_files.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const latin1 = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** The words about bytes, and the command that mends them. */
function said(bytes: Uint8Array, kind?: "char" | "byte"): string | undefined {
  const foreign = findForeign(bytes, kind);
  if (foreign === undefined) return undefined;
  const { line, why, mend } = foreign;
  const where = line === undefined ? "" : `${line}: `;
  return `${where}${why} > ${mend.filters?.join(" | ") ?? mend.say}`;
}

const NAME = "name a text file with one document per line";
const AS_CSV = "save a sheet of it as CSV, and name a column of that with --column";

Deno.test("findForeign() knows formats by their first bytes", async () => {
  const table: [Uint8Array, string][] = [
    [await gzip("anna\nbob\n"), "it is compressed with gzip > gzip -dc"],
    [latin1("\x1f\x9d\x90\x61"), "it is compressed with compress > gzip -dc"],
    [latin1("BZh91AY&SY\x80\0"), "it is compressed with bzip2 > bzip2 -dc"],
    [latin1("\xfd7zXZ\0\0"), "it is compressed with xz > xz -dc"],
    [latin1("\x28\xb5\x2f\xfd\0"), "it is compressed with zstd > zstd -dc"],
    [latin1("\x04\x22\x4d\x18\x64\xff"), "it is compressed with lz4 > lz4 -dc"],
    [latin1("7z\xbc\xaf\x27\x1c\0"), "it is a 7-Zip archive > 7z e -so FILE"],
    [latin1("Rar!\x1a\x07\0"), "it is a RAR archive > unrar p -inul FILE"],
    [latin1(`${"a".repeat(257)}ustar\0`), "it is a tar archive > tar -xOf FILE"],
    [zip("names.txt", "anna\nbob\n"), "it is a zip archive > unzip -p FILE"],
    [zip("xl/workbook.xml", "<x/>"), `it is an Excel workbook > ${AS_CSV}`],
    [zip("word/document.xml", "<x/>"), "it is a Word document > save it as plain text"],
    [
      zip("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
      `it is an OpenDocument spreadsheet > ${AS_CSV}`,
    ],
    [zip("archive/data.pkl", "\x80\x02."), `it is a model of PyTorch > ${NAME}`],
    [latin1("\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80"), `it is a model of PyTorch > ${NAME}`],
    [latin1("\x80\x04\x95\x05\0\0."), `it is a pickle of Python > ${NAME}`],
    [latin1("GGUF\x03\0\0\0"), `it is a model in GGUF > ${NAME}`],
    [latin1("\x89HDF\r\n\x1a\n\0"), `it is in HDF5, as models of Keras are > ${NAME}`],
    [latin1("\x93NUMPY\x01\0"), `it is an array of NumPy > ${NAME}`],
    [latin1("@\0\0\0\0\0\0\0{}"), "it is a model > name a list, and load this as a model"],
    [latin1("%PDF-1.7\n%\xe2\xe3"), "it is PDF > pdftotext FILE -"],
    [
      latin1("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0"),
      `it is an old Office document, such as xls > ${AS_CSV}`,
    ],
    [latin1("SQLite format 3\0"), "it is an SQLite database > sqlite3 FILE 'SELECT ...'"],
    [latin1("\x89PNG\r\n\x1a\n"), `it is an image > ${NAME}`],
  ];
  for (const [bytes, expected] of table) {
    assertEquals(said(bytes), expected);
    assertEquals(said(bytes, "byte"), expected, "and as bytes");
  }
});

Deno.test("findForeign() knows UTF-16 and UTF-32, with and without a mark", () => {
  const texts = {
    names: "anna\nbob\nzoé\n",
    "names with CRLF": "anna\r\nbob\r\n",
    Russian: "Анна\nБорис\nОльга\n",
    Japanese: "さくら\n花子\n一郎\n",
    Gujarati: "\u0a85\u0aa8\n\u0a8a\u0a95\n\u0a97\u0a8a\n",
    "one word": "anna",
  };
  for (const [name, text] of Object.entries(texts)) {
    for (const endian of ["LE", "BE"] as const) {
      const bare = `it is UTF-16 > iconv -f UTF-16${endian} -t UTF-8`;
      assertEquals(said(encodeUtf16(text, endian)), bare, `${name}, ${endian}`);
      assertEquals(said(encodeUtf16(text, endian), "byte"), bare, `${name}, ${endian}, as bytes`);
      const marked = "it is UTF-16 > iconv -f UTF-16 -t UTF-8";
      assertEquals(said(encodeUtf16(`\ufeff${text}`, endian)), marked, `${name}, ${endian}, mark`);
      const wide = `it is UTF-32 > iconv -f UTF-32${endian} -t UTF-8`;
      assertEquals(said(encodeUtf32(text, endian)), wide, `${name}, ${endian}`);
      const markedWide = "it is UTF-32 > iconv -f UTF-32 -t UTF-8";
      assertEquals(said(encodeUtf32(`\ufeff${text}`, endian)), markedWide, `${name}, ${endian}`);
    }
  }
});

Deno.test("findForeign() knows UTF-16 by any part of a large list", () => {
  const random = newRandom("UTF-16");
  const cjk = () => String.fromCodePoint(0x4e00 + random.randbelow(0x5200));
  const line = () => Array.from({ length: 2 + random.randbelow(3) }, cjk).join("");
  const text = Array.from({ length: 20_000 }, line).join("\n");
  for (const endian of ["LE", "BE"] as const) {
    assertEquals(
      said(encodeUtf16(text, endian)),
      `it is UTF-16 > iconv -f UTF-16${endian} -t UTF-8`,
    );
  }
});

Deno.test("findForeign() finds a NUL in the whole of a list", () => {
  const late = utf8(`${"anna\n".repeat(300_000)}b\0b\n`);
  assertEquals(said(late), "300001: it has a NUL, which no text has > tr -d '\\0'");
  assertEquals(said(late, "byte"), undefined, "bytes are bytes");
  const appended = Uint8Array.of(...utf8("anna\nbob\n"), ...encodeUtf16("zoe\r\n", "LE"));
  assertEquals(said(appended), "3: it has a NUL, which no text has > tr -d '\\0'");
  const ended = "it has a NUL, which no text has > tr '\\0' '\\n'";
  assertEquals(said(utf8("anna\0bob\0cid\0")), ended);
});

Deno.test("findForeign() says where a list is not UTF-8, and what it may be", () => {
  const latin = "it is not UTF-8, but perhaps Latin-1 > iconv -f LATIN1 -t UTF-8";
  const windows = "it is not UTF-8, but perhaps Windows-1252 > iconv -f CP1252 -t UTF-8";
  const unknown = "it is not UTF-8 > iconv -f ENCODING -t UTF-8";
  const table: [Uint8Array, string][] = [
    [latin1("anna\njos\xe9\n"), `2: ${latin}`],
    [latin1(`${"anna\n".repeat(300_000)}jos\xe9`), `300001: ${latin}`],
    [latin1("M\xfcller\rGro\xdf\r"), `1: ${latin}`],
    [latin1("anna\n\x93jos\xe9\x94\n\x8eana\n"), `2: ${windows}`],
    [latin1("\x83A\x83C\x83E\n\x82\xb3\x82\xad\n"), `1: ${unknown}`], // Shift JIS
    [latin1("\xc0\xed\xed\xe0\n\xc1\xee\xf0\xe8\xf1\n"), `1: ${unknown}`], // Windows-1251
    [latin1("a\n\xed\xa0\x80\n"), `2: ${unknown}`], // a surrogate
    [latin1("anna\nb\x01\xff\n"), "2: it has the byte 01, which no text has > " + NAME],
  ];
  for (const [bytes, expected] of table) {
    assertEquals(said(bytes), expected);
    assertEquals(said(bytes, "byte"), undefined, "bytes are bytes");
  }
});

Deno.test("findForeign() takes every text in UTF-8", () => {
  for (
    const text of ["", "\ufeffanna", "GGUF\nPAR1\nBZh\nPK\n", "{", "é한😀\u0a0a", "a\x01\x1b\x7f"]
  ) {
    assertEquals(findForeign(utf8(text)), undefined, text);
  }
});

Deno.test("foreignMessage() names the file, the line and the command", () => {
  const bytes = latin1("anna\njos\xe9");
  const foreign = findForeign(bytes);
  assert(foreign !== undefined);
  assertEquals(
    foreignMessage(foreign, '"a b.txt"', "a b.txt"),
    'Cannot read line 2 of "a b.txt" as text: it is not UTF-8, but perhaps Latin-1: ' +
      "convert it: iconv -f LATIN1 -t UTF-8 < 'a b.txt' > NEW.txt",
  );
  assertFails(
    () => assertList(bytes),
    TypeError,
    "Cannot read line 2 of the texts as text: it is not UTF-8, but perhaps Latin-1: " +
      "convert it, with iconv -f LATIN1 -t UTF-8",
  );
  assertList(utf8("anna"));
  assertList(bytes, "byte");
});
