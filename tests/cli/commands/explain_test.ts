import { assert, assertEquals, assertMatch } from "@std/assert";
import { score } from "../../../lib/evaluate/score.ts";
import { createEngine } from "../../../lib/create_engine.ts";
import { loadCheckpoint } from "../../../lib/files/checkpoint_file.ts";
import { columnsOf } from "../../../lib/text/columns.ts";
import { shownSymbol } from "../../../lib/text/symbol.ts";
import { assertClose } from "../../helpers/assert.ts";
import { saveTinyModel } from "../../helpers/checkpoints.ts";
import { withTempDir } from "../../helpers/paths.ts";
import { withNames } from "../../helpers/tiny.ts";
import { jsonOf, runMain } from "../../helpers/tool.ts";

const TRAINING = ["--n-embd", "8", "--num-steps", "40", "--num-samples", "0", "--quiet"];

/** Calls `body` with a model that was trained on some texts, as the options say. */
async function withModel(
  texts: string,
  options: readonly string[],
  body: (model: string) => Promise<void>,
): Promise<void> {
  await withNames(async (dir, names) => {
    const model = `${dir}/m.st`;
    const { code, stderr } = await runMain([...TRAINING, ...options, "--save", model, names]);
    assertEquals([code, stderr], [0, ""]);
    await body(model);
  }, texts);
}

const LATIN = "anna\nhanna\njoe\n";
const HANGUL = "한국\n안녕\n하나\n";
const EMOJI = "👩‍💻🐱\n❤️🐱\n🐱👍🏽\n";

/** A run on a terminal of some width. */
const runOn = (columns: number, argv: readonly string[]) =>
  runMain(argv, {
    prepare: (terminal) => {
      terminal.isStdoutTerminal = true;
      terminal.columns = columns;
    },
  });

/** The last line, which fits 60 columns. */
const LEGEND = "Attention in tenths; ^ is the start, . less than a twentieth";

/** The lines of a run that went well. */
function linesOf({ code, stdout, stderr }: Awaited<ReturnType<typeof runMain>>): string[] {
  assertEquals([code, stderr], [0, ""]);
  const lines = stdout.trimEnd().split("\n");
  assertEquals(lines.pop(), LEGEND);
  return lines;
}

Deno.test("microgpt explain --json has all probabilities, attention weights and norms", async () => {
  await withModel(LATIN, ["--n-layer", "2"], async (model) => {
    const [text, ...tokens] = jsonOf(await runMain(["explain", "--json", model, "hanna"]));
    const { tokenizer, config, weights } = await loadCheckpoint(model);
    const engine = createEngine("wasm", config, weights);
    const { logProb, perplexity, numTokens } = score(engine, tokenizer, "hanna");
    const { bits, logProb: found, perplexity: foundPerplexity, ...rest } = text!; // the first line
    assertClose(Number(found), logProb, 1e-12, "logProb");
    assertClose(Number(bits), -logProb / Math.LN2, 1e-12, "bits");
    assertClose(Number(foundPerplexity), perplexity, 1e-12, "perplexity");
    const vocabulary = [..."aehjno", null];
    assertEquals(rest, { type: "text", text: "hanna", numTokens, numCut: 0, vocabulary });

    const { probs, ranks, attention, norms } = traceOf(engine, [..."\0hanna"].map(idOf));
    tokens.forEach((token, t) => {
      const id = t < 5 ? idOf("hanna"[t]!) : 6; // five letters
      assertEquals([token["type"], token["token"], token["id"]], ["token", vocabulary[id], id]);
      assertClose(Number(token["probability"]), probs[t]![id]!, 1e-12, "probability"); // as many
      assertClose(Number(token["bits"]), -Math.log2(probs[t]![id]!), 1e-9, "bits");
      assertEquals(token["rank"], ranks(t, id));
      assertEquals(
        token["attention"],
        attention.map((heads) => heads.map((rows) => [...rows[t]!])),
      );
      assertEquals(token["norms"], norms.map((stage) => stage[t]));
      const all = token["probabilities"] as number[];
      all.forEach((p, id) => assertClose(p, probs[t]![id]!, 1e-12, "probabilities"));
      assertEquals(all.length, 7);
    });
    assertEquals(tokens.length, 6);
  });
});

const idOf = (character: string) => character === "\0" ? 6 : "aehjno".indexOf(character);

/** The numbers of a reading, from the engine's. */
function traceOf(engine: ReturnType<typeof createEngine>, tokens: readonly number[]) {
  const { logits, attention, stream } = engine.trace(tokens);
  const probs = logits.map((row) => {
    const sum = row.reduce((sum, logit) => sum + Math.exp(logit), 0);
    return row.map((logit) => Math.exp(logit) / sum);
  });
  return {
    probs,
    ranks: (t: number, id: number) => 1 + probs[t]!.filter((p) => p > probs[t]![id]!).length,
    attention,
    norms: stream.map((rows) =>
      rows.map((x) => Math.sqrt(x.reduce((sum, xi) => sum + xi * xi, 0)))
    ),
  };
}

Deno.test("microgpt explain prints a row per token with the numbers of --json", async () => {
  await withModel(LATIN, [], async (model) => {
    const [summary, empty, titles, heads, ...rows] = linesOf(
      await runMain(["explain", model, "joe"]),
    );
    const [text, ...tokens] = jsonOf(await runMain(["explain", "--json", model, "joe"]));
    const { bits, perplexity, vocabulary } = text as Record<string, number> & {
      vocabulary: (string | null)[];
    };
    assertEquals(
      summary,
      `"joe": ${bits!.toFixed(2)} bits, ${(bits! / 4).toFixed(2)} per token, ` +
        `perplexity ${perplexity!.toFixed(2)}`, // both are there
    );
    assertEquals(empty, "");
    assertMatch(titles!, /^ +head 1 {2}head 2 {2}head 3 {2}head 4$/); // a line, as below
    assertMatch(
      heads!,
      /^ {3}token +prob +rank +bits +others, % +\^joe {4}\^joe {4}\^joe {4}\^joe$/,
    );
    const names = ["j", "o", "e", "BOS"];
    tokens.forEach((token, t) => {
      const { probability, rank, bits, probabilities, attention } = token as {
        readonly [name: string]: number;
      } & { readonly probabilities: number[]; readonly attention: number[][][] };
      const words = rows[t]!.trim().split(/ +/); // as many rows
      const percent = (p: number) => p < 0.0005 ? "<0.1" : (100 * p).toFixed(1);
      const others = probabilities.map((p, id) => [vocabulary[id] ?? "BOS", p] as const)
        .filter(([symbol]) => symbol !== names[t])
        .sort(([, a], [, b]) => b - a).slice(0, 3)
        .flatMap(([symbol, p]) => [symbol, percent(p)]);
      const digits = attention[0]!.map((weights) =>
        weights.map((w) => w < 0.05 ? "." : `${Math.min(9, Math.round(10 * w))}`).join("")
      );
      assertEquals(words, [
        `${t + 1}`,
        names[t]!, // four
        `${percent(probability!)}%`,
        `${rank}`,
        bits!.toFixed(2),
        ...others,
        ...digits,
      ]);
    });
    assertEquals(rows.length, 4);
  });
});

Deno.test("microgpt explain gives the same with both engines", async () => {
  await withModel(HANGUL, ["--normalize", "nfd", "--n-layer", "2"], async (model) => {
    const expected = linesOf(await runMain(["explain", model, "한녕"]));
    assertEquals(
      linesOf(await runMain(["explain", "--engine", "scalar", model, "한녕"])),
      expected,
    );
    const decomposed = "한녕".normalize("NFD");
    assertEquals(linesOf(await runMain(["explain", model, decomposed])), expected);
  });
});

/** The columns `token` and `text`. */
const partsOf = (lines: readonly string[]) =>
  lines.slice(4).map((line) => line.trim().split(/ +/).slice(1, 3));

Deno.test("microgpt explain shows parts of characters, and beside them the characters", async () => {
  await withModel(HANGUL, ["--normalize", "nfd"], async (model) => {
    const lines = linesOf(await runMain(["explain", model, "한국"]));
    assert(lines[0]!.startsWith('"한국": ')); // a line
    const letters = [["ㅎ", "ㅎ"], ["ㅏ", "하"], ["ㄴ", "한"], ["ㄱ", "ㄱ"], ["ㅜ", "구"], [
      "ㄱ",
      "국",
    ]];
    assertEquals(partsOf(lines).slice(0, -1), letters);
    assertEquals(partsOf(lines).at(-1)![0], "BOS"); // there are rows
    // The others are the characters that they would make: after 하, and after ㄱ.
    const [text, ...tokens] = jsonOf(await runMain(["explain", "--json", model, "한국"]));
    const vocabulary = text!["vocabulary"] as (string | null)[]; // the first line
    for (const [t, before] of [[2, "하"], [4, "ㄱ"]] as const) {
      const { id, probabilities } = tokens[t] as { id: number; probabilities: number[] };
      const ids = probabilities.map((_, id) => id).filter((other) => other !== id)
        .sort((a, b) => probabilities[b]! - probabilities[a]!).slice(0, 3); // ids of it
      const start = before === "ㄱ" ? "\u1100" : before;
      const expected = ids.map((id) => {
        const letter = vocabulary[id];
        if (typeof letter !== "string") return "BOS";
        const composed = (start + letter).normalize("NFC");
        return composed.length === 1 ? composed : shownSymbol(letter);
      });
      assertEquals(
        lines[4 + t]!.split(/ +/).filter((_, i) => i >= 6 && i < 12 && i % 2 === 0),
        expected,
      );
    }
  });
  await withModel(HANGUL, ["--tokenizer", "byte"], async (model) => {
    const rows = partsOf(linesOf(await runMain(["explain", model, "하"])));
    assertEquals(rows.map(([token]) => token), ["\\xED", "\\x95", "\\x98", "BOS"]);
    assertEquals(rows.map(([, text]) => text === "하"), [false, false, true, false]);
  });
  await withModel(EMOJI, [], async (model) => {
    const rows = partsOf(linesOf(await runMain(["explain", model, "👩‍💻❤️"])));
    const tokens = ["👩", "U+200D", "💻", "❤", "U+FE0F", "BOS"];
    assertEquals(rows.map(([token]) => token), tokens);
    const isShown = ([, text]: readonly string[]) => !text!.endsWith("%"); // or it is empty
    const texts = rows.map((row) => isShown(row) ? row[1] : "");
    assertEquals(texts, ["👩", "", "👩‍💻", "❤", "❤️", ""]);
  });
  await withModel(LATIN, [], async (model) => {
    assert(!linesOf(await runMain(["explain", model, "anna"]))[3]!.includes("text")); // the heading
  });
});

Deno.test("microgpt explain fits a terminal, whatever the characters: 60 to 140 columns", async () => {
  const table: [string, string[], string][] = [
    [LATIN, ["--n-layer", "2"], "hannahanna"],
    [HANGUL, [], "한국하나안녕"],
    [HANGUL, ["--normalize", "nfd"], "한국하나"],
    [HANGUL, ["--tokenizer", "byte"], "한국하나"],
    [EMOJI, [], "👩‍💻🐱❤️🐱👍🏽"],
    [
      "a cat\nthe other cat\n",
      ["--block-size", "90", "--n-head", "2"],
      "the cat ".repeat(10) + "a",
    ],
  ];
  for (const [texts, options, text] of table) {
    await withModel(texts, options, async (model) => {
      const whole = linesOf(await runMain(["explain", model, text]));
      for (let width = 60; width <= 140; width += 20) {
        const lines = linesOf(await runOn(width, ["explain", model, text]));
        const wide = lines.slice(1).filter((line) => columnsOf(line) > width);
        assertEquals(wide, [], `${width} columns: ${text}`);
        const key = (line: string) => line.trim().split(/ +/).slice(0, 2).join(" ");
        const numTables = lines.filter((line) => line === "").length;
        const keys = whole.slice(4).map(key);
        assertEquals(
          lines.map(key).filter((words) => keys.includes(words)).length,
          numTables * keys.length,
        );
      }
      assertEquals(linesOf(await runOn(2000, ["explain", model, text])), whole, "as on a pipe");
    });
  }
});

Deno.test("microgpt explain takes the empty text, and says what is left out of a long one", async () => {
  await withTempDir(async (dir) => {
    const model = await saveTinyModel(dir); // a, b, and a block of 6
    assertMatch(
      linesOf(await runMain(["explain", model, ""])).join("\n"),
      /^"": [^]*\n1 {2}BOS .*$/,
    );
    const { code, stdout, stderr } = await runMain(["explain", model, "abababab"]);
    assertEquals([code, stderr], [
      0,
      "The text has 8 tokens, the model reads 6: the rest is truncated\n",
    ]);
    assertEquals(stdout.trimEnd().split("\n").slice(4, -1).map((line) => line.split(/ +/)[1]), [
      ..."ababab",
    ]);
    const quiet = await runMain(["explain", "--quiet", "--json", model, "abababab"]);
    assertEquals([quiet.stderr, jsonOf({ ...quiet, stderr: "" })[0]!["numCut"]], [stderr, 2]); // a warning
  });
});

Deno.test("microgpt explain refuses what it cannot explain", async () => {
  await withTempDir(async (dir) => {
    const model = await saveTinyModel(dir);
    const list = `${dir}/list.txt`;
    await Deno.writeTextFile(list, "anna\n");
    const notVocabulary = (where: string) => `Cannot explain ${where}, is not in the vocabulary\n`;
    const table: [string[], number, string][] = [
      [[model, "abc"], 1, notVocabulary('"abc": character 3, "c"')],
      [[model, "a\x1b[2J"], 1, notVocabulary('"a\\u001b[2J": character 2, "\\u001b"')],
      [[model, "ab😀"], 1, notVocabulary('"ab😀": character 3, "😀"')],
      [[list, "a"], 1, `Cannot load "${list}": it is not a model: name a file written by --save\n`],
      [[`${dir}/no`, "a"], 1, `Cannot read "${dir}/no": there is no such file: check the path\n`],
      [[], 2, "The command explain needs a model, a file written by --save: there is none\n"],
      [[model], 2, "The command explain needs a text: there is none\n"],
      [["-", "a"], 2, "The command explain needs a file: it cannot read a model from stdin\n"],
      [
        [model, "mary", "ann"],
        2,
        'The command explain takes one text: there are 2: put it in quotes: "mary ann"\n',
      ],
      [[model, "a", "--seed", "1"], 2, "There is no option --seed\n"],
    ];
    for (const [argv, expectedCode, message] of table) {
      const { code, stdout, stderr } = await runMain(["explain", ...argv]);
      const hint = code === 2 ? "Run microgpt explain --help for all the options\n" : "";
      assertEquals([code, stdout, stderr], [expectedCode, "", `microgpt: ${message}${hint}`]);
    }
    assertEquals((await runMain(["explain", "--", model, "ab"])).code, 0);
  });
});
