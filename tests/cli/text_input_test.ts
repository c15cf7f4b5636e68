/** Every list that a command line names: what is refused, what is noted, columns. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { nameOf } from "../../lib/cli/text_input.ts";
import { saveTinyModel } from "../helpers/checkpoints.ts";
import { encodeUtf16, gzip, zip } from "../helpers/foreign_files.ts";
import { withTempDir } from "../helpers/paths.ts";
import { NAMES, TINY, withNames } from "../helpers/tiny.ts";
import { type Outcome, resultsOf, runMain, runProcess } from "../helpers/tool.ts";

Deno.test("nameOf() quotes a path, and calls stdin by its name", () => {
  assertEquals([nameOf("a b"), nameOf("-"), nameOf("a\nb")], ['"a b"', "stdin", '"a\\nb"']);
});

const utf8 = (text: string) => new TextEncoder().encode(text);
const latin1 = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** Command lines that read a list; the model knows a and b. */
const READERS: readonly (readonly [
  name: string,
  argv: (list: string, model: string, names: string) => string[],
])[] = [
  ["the data set", (list) => [...TINY, list]],
  ["--exclude in training", (list, _, names) => [...TINY, "--exclude", list, names]],
  ["--exclude", (list, model) => ["sample", "--num-samples", "1", "--exclude", list, model]],
  ["eval", (list, model) => ["eval", model, list]],
  ["eval --per-line", (list, model) => ["eval", "--per-line", model, list]],
  ["info", (list) => ["info", list]],
];

/** Calls `body` with a trained model that knows a and b. */
async function withModel(
  body: (dir: string, model: string, names: string) => Promise<void>,
): Promise<void> {
  const list = ["a", "b", "ab", "ba", "aab", "abb", "bab", "aba", "bba", "baa", "aa", "bb"];
  await withNames(async (dir, names) => {
    const model = `${dir}/m.st`;
    await resultsOf([...TINY, "--val-fraction", "0.2", "--save", model, names]);
    await body(dir, model, names);
  }, list.join("\n"));
}

Deno.test("microgpt refuses a file that is no list wherever it is given, in the same words", async () => {
  await withModel(async (dir, model, names) => {
    const list = `${dir}/list.txt`;
    const table: [Uint8Array<ArrayBuffer>, string][] = [
      [
        latin1("ab\nb\xe9\n"),
        `Cannot read line 2 of "${list}" as text: it is not UTF-8, but perhaps Latin-1: ` +
        `convert it: iconv -f LATIN1 -t UTF-8 < ${list} > NEW.txt`,
      ],
      [
        encodeUtf16("\ufeffab\nb\n", "LE"),
        `Cannot read "${list}" as text: it is UTF-16: ` +
        `convert it: iconv -f UTF-16 -t UTF-8 < ${list} > NEW.txt`,
      ],
      [
        encodeUtf16("ab\nb\n", "BE"),
        `Cannot read "${list}" as text: it is UTF-16: ` +
        `convert it: iconv -f UTF-16BE -t UTF-8 < ${list} > NEW.txt`,
      ],
      [
        utf8("ab\na\0b\n"),
        `Cannot read line 2 of "${list}" as text: it has a NUL, which no text has: ` +
        `leave it out: tr -d '\\0' < ${list} > NEW.txt`,
      ],
      [
        await gzip("ab\nb\n"),
        `Cannot read "${list}" as text: it is compressed with gzip: ` +
        `unpack it: gzip -dc < ${list} > NEW.txt`,
      ],
      [
        zip("archive/data.pkl", "\x80\x02."),
        `Cannot read "${list}" as text: it is a model of PyTorch: ` +
        "name a text file with one document per line",
      ],
    ];
    for (const [bytes, message] of table) {
      await Deno.writeFile(list, bytes);
      for (const [name, argv] of READERS) {
        const { code, stdout, stderr } = await runMain(argv(list, model, names));
        const isData = name === "the data set" && /NUL|Latin/.test(message);
        const byte = isData ? ", or take bytes as tokens: --tokenizer byte" : "";
        const expected = [1, "", `microgpt: ${message}${byte}\n`];
        assertEquals([code, stdout, stderr], expected, name);
      }
    }
    await Deno.copyFile(model, list);
    const message = `Cannot read "${list}" as text: it is a model: ` +
      `microgpt sample ${list} generates texts with it, --resume and --from train it further`;
    for (const [name, argv] of READERS) {
      if (name === "info") continue; // which tells about models
      const { code, stderr } = await runMain(argv(list, model, names));
      assertEquals([code, stderr], [1, `microgpt: ${message}\n`], name);
    }
  });
});

Deno.test("microgpt refuses prompts on stdin that are no list", async () => {
  await withTempDir(async (dir) => {
    const model = await saveTinyModel(dir);
    const prompts: [string, string][] = [
      [
        "a\0b\n",
        "Cannot read line 1 of stdin as text: it has a NUL, which no text has: " +
        "leave it out, with tr -d '\\0'",
      ],
      ["\n \n", "Cannot read the prompts: stdin has none: expected one per line"],
    ];
    for (const [stdin, message] of prompts) {
      const run = await runProcess(["sample", "--prompt", "-", model], { stdin });
      assertEquals(run, { code: 1, stdout: "", stderr: `microgpt: ${message}\n` });
    }
    const { code, stdout } = await runProcess(
      ["sample", "--num-samples", "1", "--prompt", "-", model],
      { stdin: "\ufeffa\r\nb\r\n" },
    );
    assertEquals(code, 0);
    assertMatch(stdout, /^a.*\nb.*\n$/);
  });
});

/** The notes. */
const notes = ({ stderr }: Outcome) => stderr.split("\n").filter((line) => line !== "");

Deno.test("microgpt notes what is odd about a list, wherever it is given, but not with --quiet", async () => {
  await withModel(async (dir, model, names) => {
    const list = `${dir}/list.txt`;
    const lost =
      `"${list}" has U+FFFD on line 1, where a character was lost in conversion: recreate the file, ` +
      `or remove such lines: grep -v '\ufffd' < ${list} > NEW.txt`;
    const numbered = `"${list}" has a number before each text: take them off: ` +
      `sed -E 's/^[[:space:]]*\\(?[0-9]+[.):]?[[:space:]]*//' < ${list} > NEW.txt`;
    const table: [string, string][] = [
      ["b\ufffda\naab\nabab\n", lost],
      ["1. abab\n2. baba\n3. abba\n", numbered],
    ];
    for (const [content, note] of table) {
      await Deno.writeTextFile(list, content);
      for (const [name, argv] of READERS) {
        const run = await runMain(argv(list, model, names));
        if (name === "info") assert(run.stdout.includes(`advice: ${note}\n`), run.stdout);
        else assert(notes(run).includes(note), `${name}: ${run.stderr}`);
        const quiet = await runMain([...argv(list, model, names), "--quiet"]);
        assert(!quiet.stderr.includes(note), name);
      }
    }
  });
});

Deno.test("microgpt notes an --exclude list with nothing in it", async () => {
  await withTempDir(async (dir) => {
    const model = await saveTinyModel(dir);
    const list = `${dir}/list.txt`;
    for (const content of ["", " \n\n", "\ufeff"]) {
      await Deno.writeTextFile(list, content);
      const argv = ["sample", "--num-samples", "1", "--exclude", list, model];
      const { code, stderr } = await runMain(argv);
      assertEquals([code, stderr], [
        0,
        `--exclude "${list}" has no texts: it leaves nothing out\n`,
      ]);
      await resultsOf(argv); // which is quiet
    }
  });
});

const TABLE = `name,year\n${NAMES.map((name, i) => `"${name}",${1990 + i}`).join("\n")}\n`;
const NOTE = (path: string) =>
  `"${path}" is a table of 2 columns ("name", "year"), with commas between them: ` +
  "--column name takes the texts alone";

Deno.test("microgpt --column learns a column as if it were the list", async () => {
  await withNames(async (dir, names) => {
    const expected = await runMain([...TINY, names]);
    assertEquals([expected.code, expected.stderr], [0, ""]);
    const table = `${dir}/names.csv`;
    await Deno.writeTextFile(table, TABLE);
    assertEquals(await runMain([...TINY, "--column", "name", table]), expected);
    await Deno.writeTextFile(table, TABLE.replace("name,year\n", ""));
    assertEquals(await runMain([...TINY, "--column", "1", table]), expected);
    await Deno.writeTextFile(table, NAMES.map((name, i) => `${i}\t${name}`).join("\r\n"));
    assertEquals(await runMain([...TINY, "--column=2", table]), expected);
  });
});

Deno.test("microgpt notes a table once, and what it leaves out of one", async () => {
  await withNames(async (_, table) => {
    assertEquals(notes(await runMain([...TINY, table])), [NOTE(table)]);
    const first = await runMain([...TINY, "--column", "1", table]);
    assertEquals(notes(first), [`"${table}" may begin with a header: --column name leaves it out`]);
    await Deno.writeTextFile(table, `${TABLE}zoe\n`);
    const note = `1 of 13 rows of "${table}" have no column year: they are left out`;
    assertEquals(notes(await runMain([...TINY, "--column", "year", table])), [note]);
  }, TABLE);
});

Deno.test("microgpt says why it cannot take a column", async () => {
  await withNames(async (_, table) => {
    const usage = "Run microgpt eval --help for all the options\n";
    const cannot = `Cannot take a column of "${table}"`;
    const cases: [string[], number, string][] = [
      [
        [...TINY, "--column", "nmae", table],
        1,
        `${cannot}: it has no column "nmae": its first row has "name", "year"\n`,
      ],
      [
        ["info", "--column", "3", table],
        1,
        `${cannot}: it has no column 3: its columns are 1 to 2\n`,
      ],
      [["eval", "--column", "name", "m"], 2, `--column needs a data set that has it\n${usage}`],
      [
        [...TINY, "--column", "2", "--preset", "birds"],
        1,
        "Cannot take a column of the preset birds: " +
        "it has no column 2: its columns are 1\n",
      ],
    ];
    for (const [argv, code, message] of cases) {
      const expected = { code, stdout: "", stderr: `microgpt: ${message}` };
      assertEquals(await runMain(argv), expected, argv.join(" "));
    }
    await Deno.writeTextFile(table, `${TABLE}"zoe\n`);
    const { code, stderr } = await runMain([...TINY, "--column", "name", table]);
    assertEquals([code, stderr], [
      1,
      `microgpt: ${cannot}: line 14 opens a quote that nothing closes\n`,
    ]);
  }, TABLE);
});

Deno.test("microgpt info --column tells about a column", async () => {
  await withNames(async (dir, names) => {
    const table = `${dir}/names.csv`;
    await Deno.writeTextFile(table, TABLE);
    const ofList = await resultsOf(["info", names]); // it ends with a command on the file
    assertEquals(
      await resultsOf(["info", "--column", "name", table]),
      ofList.replace(` ${names}\n`, ` --column name ${table}\n`),
    );
    assertMatch(
      await resultsOf(["info", table]),
      new RegExp(`^advice: ${RegExp.escape(NOTE(table))}$`, "m"),
    );
  });
});

Deno.test("microgpt keeps the column of a run: for --resume, for eval, but not for other lists", async () => {
  await withNames(async (dir, table) => {
    const model = `${dir}/m.st`, list = `${dir}/list.txt`;
    const argv = [...TINY, "--val-fraction", "0.25", "--column", "name"];
    const run = await runMain([...argv, "--save", model, table]);
    assertEquals([run.code, run.stderr], [
      0,
      "The best validation loss is " + run.stderr.slice(28),
    ]);
    assertMatch(await resultsOf(["info", model]), /^settings: .*"column":"name"/m);
    const resumed = await runMain(["--resume", model, "--num-steps", "6"]);
    assertEquals(resumed.code, 0, resumed.stderr);
    const other = await runMain(["--resume", model, "--num-steps", "7", "--column", "year"]);
    assertEquals(other.code, 2);
    assertMatch(
      other.stderr,
      /--column cannot be changed in the middle of a run: .* has name, given is year/,
    );

    const held = await runMain(["eval", model]);
    assertMatch(held.stdout, /^not trained on: 3 documents/);
    assertEquals(await runMain(["eval", model, table]), held, "the same file");
    await Deno.writeTextFile(list, "anna\nnina\n");
    const seen = await runMain(["eval", "--json", model, list]);
    assertMatch(seen.stdout, /"numDocs":[12],/, "a list is no table");
    await Deno.writeTextFile(list, "who;n\nnina;1\nnana;2\n");
    const taken = await runMain(["eval", "--json", "--column", "who", model, list]);
    assertMatch(taken.stdout, /"numDocs":2,/);
    const scored = await runMain(["eval", "--per-line", "--column", "1", "--quiet", model, list]);
    assertMatch(scored.stdout, /\twho\n.*\tnina\n.*\tnana\n$/);
    await Deno.writeTextFile(list, "anna\n");
    const excluded = await runMain(["sample", "--num-samples", "1", "--exclude", list, model]);
    assertEquals([excluded.code, excluded.stderr], [0, ""], "a list to leave out is no table");
  }, TABLE);
});

Deno.test("microgpt suggests nothing for a run that goes on", async () => {
  await withNames(async (dir, table) => {
    const model = `${dir}/m.st`;
    const long = await runMain([...TINY, "--block-size", "3", "--save", model, table]);
    assert(long.stderr.includes("--column name"), long.stderr);
    const { code, stderr } = await runMain(["--resume", model, "--num-steps", "5"]);
    assertEquals([code, stderr], [0, ""], "neither --column nor --block-size can change");
  }, TABLE);
});

Deno.test("microgpt --from suggests and notes nothing that is about the model, not the list", async () => {
  await withNames(async (dir, names) => {
    const model = `${dir}/m.st`, list = `${dir}/list.txt`;
    await Deno.writeTextFile(names, "an\u200bna\nbob\n");
    await resultsOf([...TINY, "--save", model, names]);
    const argv = ["--from", model, "--num-steps", "1", "--num-samples", "0", list];
    await Deno.writeTextFile(list, "anna\nbob\nnan\nban\n");
    const plain = notes(await runMain(argv));
    assert(!plain.some((note) => note.includes("U+200B")), plain.join("\n"));
    await Deno.writeFile(list, latin1("jos\xe9\n"));
    const [, refused = ""] = notes(await runMain(argv)); // the first line has the settings
    assertMatch(refused, /^microgpt: Cannot read line 1 .* NEW\.txt$/, "its tokens cannot change");
  });
});

Deno.test("microgpt learns bytes of any encoding, but no archive", async () => {
  await withNames(async (_, path) => {
    const argv = [...TINY, "--tokenizer", "byte", path];
    await Deno.writeFile(path, latin1("jos\xe9\nb\xe9a\n\0\n"));
    assertEquals(notes(await runMain(argv)), []);
    await Deno.writeFile(path, await gzip("anna\n"));
    assertMatch((await runMain(argv)).stderr, /it is compressed with gzip/);
    await Deno.writeFile(path, encodeUtf16("anna\nbob\n", "LE"));
    assertMatch((await runMain(argv)).stderr, /it is UTF-16/);
    const formed = await runMain([...argv, "--lowercase"]);
    assertMatch(formed.stderr, /it is UTF-16/);
    await Deno.writeFile(path, latin1("jos\xe9\n"));
    const refused = await runMain([...argv, "--normalize", "nfc"]);
    assertMatch(
      refused.stderr,
      /^microgpt: Cannot read line 1 .* perhaps Latin-1: [^,]*NEW\.txt\n$/,
    );
  });
});
