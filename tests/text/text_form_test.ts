import { assert, assertEquals, assertMatch, assertStrictEquals } from "@std/assert";
import { readInputs } from "../../lib/cli/samples/generation_inputs.ts";
import { Docs } from "../../lib/docs.ts";
import { PRESETS } from "../../lib/files/presets.ts";
import {
  AS_IT_IS,
  bytesToForm,
  fold,
  FoldedSet,
  isAsItIs,
  NORMALIZATIONS,
  shownText,
  type TextForm,
  toForm,
} from "../../lib/text/text_form.ts";
import { Tokenizer } from "../../lib/tokenizer.ts";
import { assertFails } from "../helpers/assert.ts";
import { GENERATION } from "../helpers/command_line.ts";
import { TINY, withNames } from "../helpers/tiny.ts";
import { runMain } from "../helpers/tool.ts";

function fail(message: string): never {
  throw new Error(`Nothing is to be said: ${message}`);
}

const NFC: TextForm = { normalize: "nfc", lowercase: false };
const NFD: TextForm = { normalize: "nfd", lowercase: false };
const SMALL: TextForm = { normalize: "none", lowercase: true };

Deno.test("toForm() normalizes, and makes letters small", () => {
  const table: [string, TextForm, string][] = [
    ["e\u0301", AS_IT_IS, "e\u0301"],
    ["ÉA", AS_IT_IS, "ÉA"],
    ["e\u0301", NFC, "\u00e9"],
    ["\u00e9", NFD, "e\u0301"],
    ["a\u0307\u0323", NFD, "a\u0323\u0307"], // marks have an order
    ["한", NFD, "\u1112\u1161\u11ab"],
    ["\u1112\u1161\u11ab", NFC, "한"],
    ["ﬁ", NFD, "ﬁ"], // what only looks alike stays as it is
    ["ÉmiLE", SMALL, "émile"],
    ["ΟΔΟΣ", SMALL, "οδος"], // with the sigma of the end
    ["İ", { normalize: "none", lowercase: true }, "i\u0307"],
    ["E\u0301", { normalize: "nfc", lowercase: true }, "\u00e9"],
    ["\u00c9", { normalize: "nfd", lowercase: true }, "e\u0301"],
    ["", { normalize: "nfd", lowercase: true }, ""],
  ];
  for (const [text, form, expected] of table) {
    assertEquals(toForm(text, form), expected, `${text} ${JSON.stringify(form)}`);
  }
});

Deno.test("toForm() changes nothing the second time, and shownText() gives the text back", async () => {
  for (const [name, { load }] of Object.entries(PRESETS)) {
    const text = await load();
    for (const normalize of NORMALIZATIONS) {
      for (const lowercase of [false, true]) {
        const form = { normalize, lowercase };
        const once = toForm(text, form);
        assertEquals(toForm(once, form), once, `${name} ${JSON.stringify(form)}`);
        if (!lowercase) assertEquals(shownText(once, form), text.normalize("NFC"), name);
      }
    }
  }
});

Deno.test("shownText() puts together only what the form has taken apart", () => {
  const table: [TextForm, string][] = [
    [AS_IT_IS, "e\u0301"],
    [SMALL, "e\u0301"],
    [NFC, "e\u0301"],
    [NFD, "\u00e9"],
  ];
  for (const [form, expected] of table) assertEquals(shownText("e\u0301", form), expected);
});

Deno.test("isAsItIs() tells whether a form changes anything", () => {
  for (const [form, expected] of [[AS_IT_IS, true], [NFC, false], [SMALL, false]] as const) {
    assertEquals(isAsItIs(form), expected);
  }
});

Deno.test("bytesToForm() brings a file into a form, and copies it only if it must", () => {
  const bytes = new TextEncoder().encode("\u00c9a\r\n한\n");
  const text = (form: TextForm) => new TextDecoder().decode(bytesToForm(bytes, form));
  assertStrictEquals(bytesToForm(bytes, AS_IT_IS), bytes);
  assertEquals(text(NFD), "E\u0301a\r\n\u1112\u1161\u11ab\n");
  assertEquals(text(SMALL), "éa\r\n한\n");
});

Deno.test("bytesToForm() throws on what is not UTF-8, if it must read it", () => {
  const bytes = Uint8Array.of(0x61, 0xff);
  assertStrictEquals(bytesToForm(bytes, AS_IT_IS), bytes);
  for (const form of [NFC, SMALL]) {
    assertFails(
      () => bytesToForm(bytes, form),
      TypeError,
      "Cannot change the form of the text: it is not UTF-8: save it as UTF-8",
    );
  }
});

Deno.test("fold() maps texts that count as the same to one", () => {
  const same: string[][] = [
    ["jos\u00e9", "jose\u0301", "JOSE\u0301", "Jos\u00c9", " jos\u00e9\t"],
    [
      "anna",
      "Anna",
      "an\u200bna",
      "\ufeffanna",
      "an\u00adna",
      "anna\u2060",
      "a\u200dnna",
      "ＡＮＮＡ",
    ],
    ["한", "\u1112\u1161\u11ab"],
    ["STRASSE", "straße", "Straẞe"],
    ["❤", "❤\ufe0f"],
    ["ΟΔΟΣ", "οδος", "οδοσ"],
    ["", " ", "\u200b", "\u00a0"],
  ];
  const keys = same.map((texts) => {
    const [first, ...others] = texts.map(fold);
    for (const other of others) assertEquals(other, first, JSON.stringify(texts));
    return first;
  });
  keys.push(...["ann", "jose", "anna bea", "annabea", "하"].map(fold));
  assertEquals(new Set(keys).size, keys.length, "and others to others");
  for (const key of keys) assertEquals(fold(key!), key, "which stays as it is"); // each has one
});

Deno.test("FoldedSet has a text, however it is written", () => {
  const set = new FoldedSet(["Jos\u00e9", "bea"]);
  assertEquals([set.size, set.has("JOSE\u0301"), set.has("be\u200ba"), set.has("be")], [
    2,
    true,
    true,
    false,
  ]);
  set.add("BEA");
  assertEquals(set.size, 2);
  assertEquals(new FoldedSet().has(""), false);
});

Deno.test("FoldedSet.ofLines() has the lines of a text, whatever is in them", () => {
  const lists = [
    [],
    ["anna", "Bea", "bea", "x-y z!"], // the usual
    ["anna", " bea"],
    ["bea ", "anna"],
    ["anna", "be\tb", "\tc"],
    ["anna", "jos\u00e9", "stra\u00dfe", "\u0130"],
    ["anna\r", "~", "\u007f"],
    ["a", "", "b"],
    [" "],
  ];
  const asked = [
    ...lists.flat(),
    "STRASSE",
    "ANNA",
    "c",
    "BEB",
    "i\u0307",
    "an",
    "ann",
    "z!",
    "a\nb",
  ];
  for (const list of lists) {
    const expected = new FoldedSet(list), set = FoldedSet.ofLines(list.join("\n"));
    assertEquals(set.size, expected.size, JSON.stringify(list));
    for (const text of asked) {
      const what = `${JSON.stringify(text)} in ${JSON.stringify(list)}`;
      assertEquals(set.has(text), expected.has(text), what);
      assertEquals(set.hasFolded(fold(text)), expected.has(text), what);
    }
  }
});

Deno.test("readInputs() brings all texts of the command line into the form of the model", async () => {
  await withNames(async (_, names) => {
    await Deno.writeTextFile(names, "Jos\u00e9\nJOSE\u0301\nBea\n");
    const tokenizer = Tokenizer.fromDocs(Docs.from(["jose\u0301"]));
    const given = {
      ...GENERATION,
      prompt: "J",
      startsWith: "Jos",
      contains: "S",
      endsWith: "\u00c9",
      exclude: names,
    };
    const form: TextForm = { normalize: "nfd", lowercase: true };
    const { prompts, excluded, generation } = await readInputs(given, form, tokenizer, 8, fail);
    const { startsWith, contains, endsWith } = generation;
    assertEquals([prompts, startsWith, contains, endsWith], [["j"], "jos", "s", "e\u0301"]);
    assertEquals(excluded.size, 2);
    for (const text of ["jos\u00e9", "bea"]) assert(excluded.has(text), text);
  });
});

/** The output of `--log-every` and the like, and the samples. */
async function run(names: string, ...argv: string[]) {
  const { code, stdout, stderr } = await runMain([...TINY, "--quiet", ...argv, names]);
  assertEquals([code, stderr], [0, ""], argv.join(" "));
  return stdout;
}

const samplesOf = (stdout: string) =>
  stdout.matchAll(/^sample +\d+: (.*)$/gm).map(([, text]) => text!).toArray(); // the group matches

Deno.test("microgpt --normalize learns the same from all ways to write a list", async () => {
  await withNames(async (_, names) => {
    const korean = "한별\n가을\n바다\n하늘\n";
    for (const normalize of ["nfc", "nfd"]) {
      await Deno.writeTextFile(names, korean);
      const composed = await run(names, "--normalize", normalize);
      await Deno.writeTextFile(names, korean.normalize("NFD"));
      assertEquals(await run(names, "--normalize", normalize), composed);
      assertEquals(composed, composed.normalize("NFC"), "what is printed is composed");
      const vocabSize = new Set(korean.normalize(normalize.toUpperCase())).size; // \n for BOS
      assertMatch(composed, new RegExp(`^vocab size: ${vocabSize}$`, "m"));
    }
  });
});

Deno.test("microgpt --normalize nfd takes prompts and steering however they are written", async () => {
  await withNames(async (dir, names) => {
    await Deno.writeTextFile(names, "한별\n가을\n바다\n하늘\n");
    for (const option of ["prompt", "starts-with"]) {
      const lines = async (text: string) =>
        samplesOf(await run(names, "--normalize", "nfd", `--${option}`, text));
      const texts = await lines("하");
      assertEquals(await lines("하".normalize("NFD")), texts);
      // The next letter may close the syllable.
      for (const text of texts) assert(text.normalize("NFD").startsWith("하".normalize("NFD")));
    }
    const model = `${dir}/m.safetensors`;
    await run(names, "--normalize", "nfd", "--save", model);
    const { stdout } = await runMain(["sample", "--json", "--prompt", "하", model]);
    for (const line of stdout.trimEnd().split("\n")) {
      const { text, length } = JSON.parse(line);
      assertEquals([text, length], [text.normalize("NFC"), [...text].length]);
    }
  });
});

Deno.test("microgpt --lowercase takes capital letters on the command line for small ones", async () => {
  await withNames(async (_, names) => {
    await Deno.writeTextFile(names, "Mara\nMAX\nOma\nAmos\n");
    const stdout = await run(names, "--lowercase", "--starts-with", "Ma", "--num-samples", "5");
    assertMatch(stdout, /^vocab size: 7$/m); // a m o r s x, BOS
    const texts = samplesOf(stdout);
    assertEquals(texts.length, 5);
    for (const text of texts) assertMatch(text, /^ma[amorsx]*$/);
  });
});

Deno.test("microgpt --new and --exclude know a text in whatever form", async () => {
  await withNames(async (dir, names) => {
    await Deno.writeTextFile(names, "가\n");
    const others = `${dir}/others.txt`;
    const texts = ["가", "가가"];
    for (const form of ["NFC", "NFD"]) {
      await Deno.writeTextFile(others, texts.map((text) => text.normalize(form)).join("\n"));
      const exclude = ["--normalize", "nfd", "--new", "--exclude", others, "--num-samples", "30"];
      for (const text of samplesOf(await run(names, ...exclude))) {
        assert(!texts.includes(text), text);
      }
    }
  });
});
