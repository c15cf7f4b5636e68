import { assert, assertEquals } from "@std/assert";
import { Docs } from "../../lib/docs.ts";
import { PRESETS } from "../../lib/files/presets.ts";
import { takeColumn } from "../../lib/text/csv.ts";
import { findDamage, hasSigns } from "../../lib/text/oddities.ts";
import { findStructure } from "../../lib/text/structure.ts";
import { needing, POSIX } from "../helpers/needs.ts";
import { NAMES } from "../helpers/tiny.ts";
import { withTempDir } from "../helpers/paths.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const lines = (of: (name: string, i: number) => string) => NAMES.map(of).join("\n") + "\n";
const count = (i: number) => 100 - i;

/** A list with a structure. */
interface Case {
  readonly list: string;
  readonly what: string;
  /** The column that has the texts. */
  readonly column?: string;
  /** The commands that take the structure off, where they are only in POSIX. */
  readonly filters?: readonly string[];
}

const CASES: Readonly<Record<string, Case>> = {
  "CSV": {
    list: `name,sex,count\n${lines((name, i) => `${name},F,${count(i)}`)}`,
    what: 'is a table of 3 columns ("name", "sex", "count"), with commas between them',
    column: "name",
    filters: ["sed 1d", "cut -d ',' -f 1"],
  },
  "CSV without a header": {
    list: lines((name, i) => `${i},${name},F`),
    what: "is a table of 3 columns, with commas between them",
    column: "2",
    filters: ["cut -d ',' -f 2"],
  },
  "CSV with quotes": {
    list: lines((name, i) => `"${i},50","${name}"`),
    what: "is a table of 2 columns, with commas between them",
    column: "2",
  },
  "CSV with semicolons": {
    list: `year;who\r\n${lines((name, i) => `${1900 + i},5;${name}\r`)}`,
    what: 'is a table of 2 columns ("year", "who"), with semicolons between them',
    column: "who",
    filters: ["sed 1d", "cut -d ';' -f 2"],
  },
  "TSV": {
    list: lines((name, i) => `${name}\t${count(i)}`),
    what: "is a table of 2 columns, with tabs between them",
    column: "1",
    filters: ["cut -f 1"],
  },
  "what cat -n prints": {
    list: lines((name, i) => `${String(i + 1).padStart(6)}\t${name}`),
    what: "is a table of 2 columns, with tabs between them",
    column: "2",
    filters: ["cut -f 2"],
  },
  "numbers": {
    list: lines((name, i) => `${i + 1}. ${name}`),
    what: "has a number before each text",
    filters: ["sed -E 's/^[[:space:]]*\\(?[0-9]+[.):]?[[:space:]]*//'"],
  },
  "numbers in parentheses": {
    list: lines((name, i) => `(${i + 1}) ${name}`),
    what: "has a number before each text",
    filters: ["sed -E 's/^[[:space:]]*\\(?[0-9]+[.):]?[[:space:]]*//'"],
  },
  "what uniq -c prints": {
    list: lines((name, i) => `${String(count(i)).padStart(7)} ${name}`),
    what: "has a number before each text",
    filters: ["sed -E 's/^[[:space:]]*\\(?[0-9]+[.):]?[[:space:]]*//'"],
  },
  "frequencies": {
    list: lines((name, i) => `${name} ${count(i)}`),
    what: "has a number after each text",
    filters: ["sed -E 's/([[:space:]]+[0-9.,%]+)+[[:space:]]*$//'"],
  },
  "columns of numbers": {
    list: lines((name, i) => `${name.padEnd(14)} ${i % 5}.318  ${i % 3}.318%  ${i + 1}`),
    what: "has numbers after each text",
    filters: ["sed -E 's/([[:space:]]+[0-9.,%]+)+[[:space:]]*$//'"],
  },
  "quotes": {
    list: lines((name) => `"${name}"`),
    what: "has quotes around its texts",
    column: "1",
    filters: [`sed -E 's/^ *"//; s/" *$//'`],
  },
  "single quotes": {
    list: lines((name) => `'${name}'`),
    what: "has quotes around its texts",
    filters: [`sed -E "s/^ *'//; s/' *$//"`],
  },
  "typographic quotes": {
    list: lines((name) => `“${name}”`),
    what: "has quotes around its texts",
    filters: ["sed -E 's/^ *(“|„)//; s/(”|“) *$//'"],
  },
  "commas behind": {
    list: lines((name) => `${name},`),
    what: "has a comma after each text",
    column: "1",
    filters: ["sed -E 's/[,;][[:space:]]*$//'"],
  },
  "bullets": {
    list: lines((name) => `- ${name}`),
    what: "has a bullet before each text",
    filters: ["sed -E 's/^[[:space:]]*([-*+]|•|·|–|—)[[:space:]]+//'"],
  },
  "a header": {
    list: `First Name\n${lines((name) => name)}`,
    what: 'begins with a header, "First Name"',
    column: "First Name",
    filters: ["sed 1d"],
  },
  "comments": {
    list: `# from somewhere\n${lines((name) => name)}`,
    what: "has comments",
    filters: ["grep -v '^#'"],
  },
  "Hunspell": {
    list: `12\n${lines((name, i) => i % 3 === 0 ? name : `${name}/DGS`)}`,
    what: "has the count and the flags of a spelling dictionary",
    filters: ["sed '1d; s:/.*::'"],
  },
  "a count": {
    list: `12\n${lines((name) => name)}`,
    what: "begins with a count",
    filters: ["sed 1d"],
  },
  "one line with commas": {
    list: NAMES.join(", "),
    what: "has many texts on a line, with commas between them",
    filters: ["tr ',' '\\n'"],
  },
  "one line with quotes and commas": {
    list: NAMES.map((name) => `"${name}"`).join(","),
    what: "has many texts on a line, with commas between them",
    filters: [`tr -d '"'`, "tr ',' '\\n'"],
  },
  "one line with spaces": {
    list: `${NAMES.join(" ")}\n`,
    what: "has many texts on a line, with spaces between them",
    filters: ["tr -s ' ' '\\n'"],
  },
};

for (const [name, { list, what, column, filters }] of Object.entries(CASES)) {
  Deno.test(`findStructure() knows ${name}`, () => {
    const found = findStructure(encode(list));
    assertEquals([found?.what, found?.column], [what, column]);
    if (filters !== undefined) assertEquals(found?.mend.filters, filters);
    const docs = Docs.parse(encode(list));
    assert(hasSigns(docs.at(0), docs.length, docs.distinctCodes("char")), "it is looked for");
    if (column !== undefined) {
      const { bytes } = takeColumn(encode(list), column);
      assertEquals([...Docs.parse(bytes)], NAMES, "the column has the texts");
    }
  });
}

Deno.test(needing(POSIX, "the commands of findStructure() take it off"), async () => {
  await withTempDir(async (dir) => {
    for (const [name, { list, filters }] of Object.entries(CASES)) {
      if (filters === undefined) continue;
      await Deno.writeTextFile(`${dir}/list.txt`, list);
      const line = filters.join(" | ").replace(/ \||$/, (end) => ` < ${dir}/list.txt${end}`);
      const { stdout, stderr } = await new Deno.Command("sh", { args: ["-c", line] }).output();
      assertEquals(new TextDecoder().decode(stderr), "", line);
      assertEquals([...Docs.parse(stdout)], NAMES, name);
    }
  });
});

Deno.test("findStructure() names documents and encodings that are no lists", () => {
  const table: [string, string, string][] = [
    ["<!DOCTYPE html>\n<html>404", "is a page of HTML", ""],
    ["<html lang=en>", "is a page of HTML", ""],
    ["<?xml version='1.0'?>\n<a/>", "is XML", ""],
    ["{\\rtf1\\ansi anna}", "is RTF", ""],
    ["%PDF-1.4\n", "is PDF", "pdftotext FILE -"],
    ["%!PS-Adobe\n", "is PostScript", "ps2ascii"],
    [
      "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n",
      "is only a Git LFS pointer",
      "",
    ],
    ['[\n  "anna",\n  "bob"\n]\n', "is JSON", "jq -r '.[]'"],
    ['["anna", "bob"]', "is JSON", "jq -r '.[]'"],
    ['[{"id": 1, "name": "anna"}]', "is JSON", "jq -r '.[].name'"],
    ['{"id": 1, "first name": "a"}\n{"id": 2}\n', "is JSON", `jq -r '."first name"'`],
    ["anna\n\x1b$B$5$/$i\x1b(B\n", "is ISO-2022-JP, not UTF-8", "iconv -f ISO-2022-JP -t UTF-8"],
  ];
  for (const [list, what, filters] of table) {
    const found = findStructure(encode(list));
    assertEquals([found?.what, found?.mend.filters?.join(" | ") ?? ""], [what, filters], list);
    const docs = Docs.parse(encode(list));
    assert(hasSigns(docs.at(0), docs.length, docs.distinctCodes("char")), list);
  }
});

Deno.test("findStructure() finds none in plain lists", async () => {
  const table: string[] = [
    lines((name) => name),
    "anna\n",
    lines((name) => `${name} ${name}`),
    lines((name) => `O'${name}-${name}`),
    lines((name, i) => i % 2 === 0 ? `${name}, the first` : name),
    lines((name) => `Smith, ${name}`), // each is one name
    lines((name, i) => i === 3 ? `7 ${name}` : name),
    lines((_, i) => `${i * 7919}`), // numbers are texts, too
    lines((name, i) => `${name} Street ${(i * 7) % 5}`),
    "Boeing 707\nBoeing 717\nBoeing 727\n",
    lines((name) => `${name}: he said "no"; "yes" said she.`),
    "name it\nword by word\nanna\nbob\n",
    `${"x".repeat(50)} name\nanna\nbob\ncid\n`, // nobody types that
    "a, b,\nc, d,\ne, f, g,\n",
    "",
  ];
  for (const list of table) assertEquals(findStructure(encode(list)), undefined, list.slice(0, 40));
  for (const [name, preset] of Object.entries(PRESETS)) {
    assertEquals(findStructure(encode(await preset.load())), undefined, name);
  }
});

Deno.test("findStructure() looks at the beginning of a large list", () => {
  const table = encode(`1,anna\n2,bob\n3,cid\n`.repeat(500_000));
  assertEquals(findStructure(table)?.column, "2");
  assertEquals(findStructure(encode("anna, bob\n".repeat(500_000))), undefined);
  const huge = findStructure(encode("lorem ipsum, dolor sit. ".repeat(100_000)));
  assertEquals(huge, undefined, "not all of the line is seen");
});

Deno.test("findStructure() looks at no line for long", () => {
  for (
    const piece of [
      "1 ",
      "1",
      "a,",
      '"',
      '{"a":',
      "a/",
      "- ",
      ", ",
      "|",
      "\t",
      "1.",
      "[",
      "é ",
      "\\",
    ]
  ) {
    for (const end of ["", "x", "}", "\n1\n2\n3\n4\n"]) {
      const list = piece.repeat(100_000 / piece.length) + end; // two of them are looked at
      findStructure(encode(`${list}\n${list}\na\nb`)); // a minute, if it took quadratic time
    }
  }
});

Deno.test("hasSigns() finds none in most lists of names", () => {
  const codes = (text: string) => Docs.from([text]).distinctCodes("char");
  assertEquals(hasSigns("anna", 4, codes("annabob zoé")), false);
  assertEquals(hasSigns("anna", 3, codes("anna")), true);
  assertEquals(hasSigns("Names", 4, codes("anna")), true);
  for (const sign of "\t\x1b,;|\"'*#1/[{<-") {
    assertEquals(hasSigns("a", 4, codes(`a${sign}b`)), true, sign);
  }
});

Deno.test("findDamage() finds where characters were lost, or encoded twice", () => {
  const table: [string, string | undefined][] = [
    [
      "anna\nb\ufffdb\n",
      "has U+FFFD on line 2, where a character was lost in conversion: recreate the file, or " +
      "remove such lines: grep -v '\ufffd' < a.txt > NEW.txt",
    ],
    [
      "anna\njosÃ©\n",
      "may be UTF-8 that was read as Latin-1 and encoded again, on line 2: " +
      "undo it: iconv -f UTF-8 -t CP1252 < a.txt > NEW.txt",
    ],
    [
      "Ã\x81vila\n",
      "may be UTF-8 that was read as Latin-1 and encoded again, on line 1: " +
      "undo it: iconv -f UTF-8 -t LATIN1 < a.txt > NEW.txt",
    ],
    ["jos\u00e9\nｱﾝﾅ\nSÃO\n\ufffc", undefined],
  ];
  for (const [list, expected] of table) assertEquals(findDamage(encode(list), "a.txt"), expected);
});
