import { assert, assertEquals } from "@std/assert";
import { datasetFacts, modelFacts } from "../../../lib/cli/commands/info.ts";
import type { Checkpoint } from "../../../lib/checkpoint/checkpoint.ts";
import { Docs } from "../../../lib/docs.ts";
import { Random } from "../../../lib/random.ts";
import { escapeUnseen } from "../../../lib/text/quote.ts";
import { Tokenizer } from "../../../lib/tokenizer.ts";
import { packList } from "../../../lib/checkpoint/training_list.ts";
import { assertFailsLater } from "../../helpers/assert.ts";
import { saveTinyModel } from "../../helpers/checkpoints.ts";
import { ROOT, withTempDir } from "../../helpers/paths.ts";
import { newRandom } from "../../helpers/random.ts";
import { resultsOf } from "../../helpers/tool.ts";

/** The facts about a file with this content. */
async function factsOf(content: string): Promise<Record<string, unknown>> {
  let facts: Record<string, unknown> = {};
  await withTempDir(async (dir) => {
    await Deno.writeTextFile(`${dir}/a.txt`, content);
    facts = Object.fromEntries(await datasetFacts({ dataset: `${dir}/a.txt` }));
  });
  return facts;
}

Deno.test("datasetFacts() counts documents and characters", async () => {
  const { command: _, ...facts } = await factsOf("bob\nanna\n\n bob \n😀\n");
  assertEquals(facts, {
    "kind": "data set",
    "num docs": 4,
    "num duplicates": 1,
    "num characters": 11,
    "vocab size": 6,
    "characters": { b: 4, a: 2, n: 2, o: 2, "😀": 1 },
    "shortest": 1,
    "mean length": 2.75,
    "median length": 3,
    "longest": 4,
    "share cut by block size": 0,
    "advice": [
      "characters that occur once or twice cannot be learned: a n o 😀",
      "there are few distinct documents, 3: the model may memorize them",
    ],
  });
});

Deno.test("datasetFacts() counts what is there of many documents", async () => {
  const random = newRandom("datasetFacts");
  const letters = ["a", "b", "é", "가", "😀"];
  const docs = Array.from({ length: 20_000 }, () => {
    const length = 1 + random.randbelow(6);
    return Array.from({ length }, () => letters[random.randbelow(letters.length)]!).join("");
  });
  const facts = await factsOf(docs.join("\n"));
  const lengths = docs.map((doc) => [...doc].length);
  const all = [...docs.join("")];
  assertEquals(facts["num docs"], docs.length);
  assertEquals(facts["num duplicates"], docs.length - new Set(docs).size);
  assertEquals(facts["num characters"], all.length);
  assertEquals(facts["median length"], lengths.toSorted((a, b) => a - b)[docs.length / 2]);
  const count = (letter: string) => all.filter((other) => other === letter).length;
  const counts = Object.fromEntries(letters.map((letter) => [letter, count(letter)]));
  assertEquals(facts["characters"], counts);
});

Deno.test("datasetFacts() takes little memory for many documents", async () => {
  const content = Array.from({ length: 1_000_000 }, (_, i) => i.toString(36)).join("\n");
  const before = Deno.memoryUsage().rss;
  assertEquals((await factsOf(content))["num duplicates"], 0);
  const growth = Deno.memoryUsage().rss - before;
  assert(growth < 120e6, `resident memory grew by ${growth} bytes`);
});

Deno.test("datasetFacts() counts texts that differ in form only as duplicates", async () => {
  const texts = [
    "jos\u00e9",
    "jose\u0301",
    "JOS\u00c9",
    "jo\u200bs\u00e9",
    "anna",
    "an\u00adna",
    "bob",
  ];
  const facts = await factsOf(texts.join("\n"));
  assertEquals([facts["num docs"], facts["num duplicates"]], [7, 4]);
});

Deno.test("microgpt info shows what cannot be seen, and says how to get rid of it", async () => {
  await withTempDir(async (dir) => {
    const path = `${dir}/a.txt`;
    await Deno.writeTextFile(path, "an\u200bna\n\ufeffbob\nci\u00add\nd\u00a0\u00a0d\nn\u202ea\n");
    const lines = (await infoOf(path)).split("\n");
    for (const line of lines) assertEquals(line, escapeUnseen(line), "nothing hides");
    const [characters] = lines.filter((line) => line.startsWith("characters: "));
    for (const code of ["U+200B 1", "U+FEFF 1", "U+00AD 1", "U+00A0 2", "U+202E 1"]) {
      assert(characters?.includes(`, ${code}`), characters);
    }
    const advice = lines.filter((line) => line.startsWith("advice: "));
    const perl = (set: string, by: string) =>
      `perl -CSD -pe 's/[${set}]/${by}/g' < ${path} > NEW.txt`;
    assertEquals(advice.slice(0, 2), [
      "advice: invisible characters (U+00AD, U+200B, U+202E, U+FEFF) are learned, too: " +
      `take them out: ${perl("\\x{ad}\\x{200b}\\x{202e}\\x{feff}", "")}`,
      "advice: unusual spaces (U+00A0) are learned, too: " +
      `replace them with plain spaces: ${perl("\\x{a0}", " ")}`,
    ]);
    assert(advice.some((line) => line.includes("cannot be learned") && line.includes("\\u200b")));
    const json = JSON.parse(await jsonInfoOf(path));
    assertEquals(json.characters["\u200b"], 1, "JSON has the characters");
  });
});

Deno.test("datasetFacts() has the characters in the order of how often they occur", async () => {
  const { characters } = await factsOf("zzz\nay\nby\nb\n");
  assertEquals(Object.entries(characters as object), [["z", 3], ["b", 2], ["y", 2], ["a", 1]]);
});

Deno.test("datasetFacts() tells how many documents the usual block truncates", async () => {
  const long = "a".repeat(16), short = "a".repeat(15);
  const table: [string[], number, number, number][] = [
    [[long, short], 0.5, 16, 15.5],
    [[long, short, short], 0.3333, 16, 15.33],
    [[short], 0, 15, 15],
  ];
  for (const [docs, share, longest, mean] of table) {
    const facts = await factsOf(docs.join("\n"));
    const { "share cut by block size": found, "mean length": meanLength } = facts;
    assertEquals([found, facts["longest"], meanLength], [share, longest, mean]);
  }
});

/** So many documents that nothing is said about their number. */
const MANY = Array.from({ length: 300 }, (_, i) => `${i % 10}${i}${i}`).join("\n");

const tooLong = (longest: number) =>
  `the longest has ${longest} characters: expected one document per line, ` +
  "such as a name, a word or a short sentence";

Deno.test("datasetFacts() gives advice where there is reason to", async () => {
  const table: [string, string[]][] = [
    [MANY, []],
    [
      `${MANY}\n${"1".repeat(40)}`,
      ["--block-size 41 holds all documents whole, 8 for 99 % of them"],
    ],
    [
      MANY.replaceAll("\n", "12345678901\n"),
      ["--block-size 19 holds all documents whole"],
    ],
    [
      `${MANY}\ne\u0301e\u0301e\u0301`,
      ["--normalize nfc joins some letters with their marks"],
    ],
    [`${MANY}\nééé`, []],
    [`${MANY}\nकिकिकि`, []], // marks that have no other form
    [`${MANY}\n한한한`, [
      "--normalize nfd learns Hangul letter by letter, not by syllables",
    ]],
    [`${MANY}\naaaAAA`, ["--lowercase leaves 11 characters to learn instead of 12"]],
    [
      `${MANY}\nabcdefghijk\nlmnopqrstuv`,
      [
        "characters that occur once or twice cannot be learned: " +
        "a b c d e f g h i j k l m n o p q r s t and 2 more",
      ],
    ],
    [
      `${MANY}\n${"1".repeat(5000)}`,
      ["--block-size 8 holds 99 % of the documents whole", tooLong(5000)],
    ],
    [
      `${MANY}\n${"1".repeat(2_000_000)}`,
      ["--block-size 8 holds 99 % of the documents whole", tooLong(2_000_000)],
    ],
    [`${MANY}\n${"1".repeat(1023)}`, [
      "--block-size 1024 holds all documents whole, 8 for 99 % of them",
    ]],
    [`${MANY}\nxyyzzz`, ["characters that occur once or twice cannot be learned: y x"]],
    ["ababab\nababab", ["there are few distinct documents, 1: the model may memorize them"]],
  ];
  for (const [text, expected] of table) {
    assertEquals((await factsOf(text))["advice"], expected, text.slice(-20));
  }
});

Deno.test("microgpt info has the advised column in its command, with settings for that", async () => {
  const names = Array.from({ length: 40 }, (_, i) => `anna${i.toString(2).padStart(6, "a")}`);
  const rows = names.map((name, i) => `${i},${name},1990-01-${10 + i % 20},a remark that is long`);
  const alone = names.join("\n"), table = ["no,first name,date,remark", ...rows].join("\n");
  const commandOf = async (content: string, ...column: string[]) => {
    let command = "";
    await withTempDir(async (dir) => {
      await Deno.writeTextFile(`${dir}/a.txt`, content);
      command = `${
        Object.fromEntries(await datasetFacts({ dataset: `${dir}/a.txt` }, ...column))["command"]
      }`
        .replace(dir, "DIR");
    });
    return command;
  };
  const expected = (await commandOf(alone)).replace(" DIR", ' --column "first name" DIR');
  assert(expected.includes("--block-size 11 "), expected);
  assertEquals(await commandOf(table), expected);
  assertEquals(await commandOf(table, "first name"), expected);
  assertEquals(await commandOf(table, "2"), expected, "the header is left out");
  const quoted = names.map((name) => `"${name}"`).join("\n");
  assertEquals(await commandOf(quoted), expected.replace('"first name"', "1"));
});

Deno.test("datasetFacts() refuses what is not text, or not there", async () => {
  await withTempDir(async (dir) => {
    const path = `${dir}/a.txt`;
    const refuses = (message: string) =>
      assertFailsLater(() => datasetFacts({ dataset: path }), Error, message);
    await refuses(`Cannot read "${path}": there is no such file: check the path`);
    await Deno.writeTextFile(path, "");
    await refuses(`Cannot use "${path}": it is empty: expected one document per line`);
    await Deno.writeFile(path, Uint8Array.of(0x61, 0xff));
    await refuses(
      `Cannot read line 1 of "${path}" as text: it is not UTF-8, but perhaps Latin-1: ` +
        `convert it: iconv -f LATIN1 -t UTF-8 < ${path} > NEW.txt`, // info has no --tokenizer
    );
  });
});

/** Facts about the run that made a model. */
const RUN = (): NonNullable<Checkpoint["run"]> => {
  const none = new Float64Array(NUM_PARAMS);
  return {
    state: { steps: 7, m: none, v: none, mScale: 1, vScale: 1 },
    random: new Random(5).getstate(),
    dataset: { path: "names.txt", sha256: "ab".repeat(32) },
    settings: new Map([["seed", "5"], ["unique", ""]]),
  };
};

/** (2 vocabSize + blockSize) nEmbd + 12 nLayer nEmbd² */
const NUM_PARAMS = (2 * 3 + 6) * 4 + 12 * 2 * 4 ** 2;

Deno.test("modelFacts() tells what a model is", async () => {
  const bare = {
    "kind": "model",
    "saved by": "unknown",
    "num params": NUM_PARAMS,
    "n layer": 2,
    "n embd": 4,
    "n head": 2,
    "block size": 6,
    "vocab size": 3,
    "dtype": "f64",
    "tokenizer": "char",
    "vocabulary": "ab",
  };
  const trainingList = await packList(Docs.from(["ab", "a", "ab"]));
  const run = RUN();
  const table: [Partial<Checkpoint>, Record<string, unknown>][] = [
    [{}, {}],
    [{ dtype: "f32", program: "microgpt 1.2.3" }, { "dtype": "f32", "saved by": "microgpt 1.2.3" }],
    [{ trainingList }, { "training list": 2 }],
    [{ run }, {
      "steps": 7,
      "dataset": "names.txt",
      "dataset sha256": run.dataset.sha256,
      "settings": { seed: "5", unique: "" },
    }],
    [{ run: { ...run, from: "old.st" } }, {
      "steps": 7,
      "from": "old.st",
      "dataset": "names.txt",
      "dataset sha256": run.dataset.sha256,
      "settings": { seed: "5", unique: "" },
    }],
    [{ tokenizer: new Tokenizer("byte", [0x61, 0xc3]) }, {
      "tokenizer": "byte",
      "vocabulary": "a\\xC3",
    }],
  ];
  await withTempDir(async (dir) => {
    for (const [changed, expected] of table) {
      const path = await saveTinyModel(dir, changed);
      assertEquals(Object.fromEntries(await modelFacts(path)), { ...bare, ...expected });
    }
  });
});

Deno.test("modelFacts() reads no tensor", async () => {
  await withTempDir(async (dir) => {
    const path = await saveTinyModel(dir, { run: RUN() });
    const file = await Deno.readFile(path);
    const facts = await modelFacts(path);
    const length = new DataView(file.buffer).getUint32(0, true);
    await Deno.writeFile(path, file.fill(0xff, 8 + length)); // each number is NaN
    assertEquals(await modelFacts(path), facts);
  });
});

const infoOf = (file: string) => resultsOf(["info", file]);
const jsonInfoOf = (file: string) => resultsOf(["info", "--json", file]);

/** The lines that are not as in JSON. */
const IN_WORDS: Readonly<Record<string, string>> = {
  characters: "characters: a 2, b 2, n 2, o 1",
  shareCutByBlockSize: "share cut by the default --block-size 16: 0",
  trainingList: "training list: 3 texts",
};

Deno.test("microgpt info writes the same facts as lines and as JSON", async () => {
  await withTempDir(async (dir) => {
    const data = `${dir}/a.txt`;
    await Deno.writeTextFile(data, "anna\nbob\n");
    const trainingList = await packList(Docs.from(["ab", "a", "b"]));
    for (const path of [data, await saveTinyModel(dir, { run: RUN(), trainingList })]) {
      const lines = (await infoOf(path)).trimEnd().split("\n");
      const facts: Record<string, unknown> = JSON.parse(await jsonInfoOf(path));
      const expected = Object.entries(facts).flatMap(([name, value]) => {
        const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
        const texts = Array.isArray(value) ? value : [value]; // advice: a line each
        return texts.map((text) =>
          name in IN_WORDS
            ? IN_WORDS[name]
            : `${words}: ${typeof text === "object" ? JSON.stringify(text) : text}`
        );
      });
      assertEquals(lines, expected);
    }
  });
});

Deno.test("microgpt info does not let a file steer the terminal", async () => {
  await withTempDir(async (dir) => {
    const program = "\x1b[31mred\nnum params: 1\x9b\x7f";
    const output = await infoOf(await saveTinyModel(dir, { program }));
    const [, line] = output.split("\n");
    assertEquals(line, "saved by: \\u001b[31mred\\u000anum params: 1\\u009b\\u007f");
    const json = await jsonInfoOf(`${dir}/tiny.safetensors`);
    assertEquals(JSON.parse(json).savedBy, program);
  });
});

Deno.test("microgpt info lists the most frequent characters in words", async () => {
  const characters = async (text: string) => {
    let line = "";
    await withTempDir(async (dir) => {
      await Deno.writeTextFile(`${dir}/a.txt`, text);
      line = /^characters: (.*)$/m.exec(await infoOf(`${dir}/a.txt`))?.[1] ?? "";
    });
    return line;
  };
  const many = Array.from({ length: 53 }, (_, i) => String.fromCharCode(0x3b1 + i));
  const table: [text: string, line: string][] = [
    ["zzz\nay\nby\nb", "z 3, b 2, y 2, a 1"],
    ['7aa a,a"', 'a 4, "7" 1, ␣ 1, "\\"" 1, "," 1'],
    ["e\u0301e", "e 2, \u25cc\u0301 1"],
    [many.join(""), `${many.slice(0, 50).map((letter) => `${letter} 1`).join(", ")} and 3 more`],
  ];
  for (const [text, expected] of table) assertEquals(await characters(text), expected, text);
});

Deno.test("microgpt info --preset describes an included list, with its own settings", async () => {
  const infoOn = async (...words: string[]) =>
    JSON.parse(await resultsOf(["info", "--json", ...words]));
  const list = await infoOn("--preset", "korean");
  const file = await infoOn(`${ROOT}/datasets/korean_names.txt`);
  const { advice, command, ...facts } = list;
  const { advice: ofFile, command: _, ...others } = file;
  assertEquals(facts, others);
  assert(/ --preset korean --new --unique$/.test(command), command);
  const isNormal = (line: string) => line.startsWith("--normalize nfd");
  assertEquals([advice.some(isNormal), ofFile.some(isNormal)], [false, true], "the preset has it");
});
