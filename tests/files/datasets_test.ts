import { assert, assertEquals, assertMatch } from "@std/assert";
import { entries, ROOT } from "../helpers/paths.ts";

const DATASETS = `${ROOT}/datasets`;
const README = await Deno.readTextFile(`${DATASETS}/README.md`);

/** The bundled lists, and what an entry of each looks like. */
const TABLE: Record<string, RegExp> = {
  // The letters alone: the script has vowel marks, digits and presentation forms too.
  "arabic_names.txt": /^(?:(?=\p{Script=Arabic})\p{L})+$/u,
  "birds.txt": /^[a-z]+(?:[ -][a-z]+)*$/,
  "dinosaurs.txt": /^[a-z]+$/,
  "english_names.txt": /^[a-z]+$/,
  "german_towns.txt": /^[a-zäöüß]+$/,
  // The final sigma at the end of a name and nowhere else.
  "greek_names.txt": /^(?:(?=\p{Script=Greek})[^ς\P{Ll}])*(?:(?=\p{Script=Greek})[^σ\P{Ll}])$/u,
  "japanese_names.txt": /^\p{Script=Hiragana}+$/u,
  "korean_names.txt": /^\p{Script=Hangul}{1,2}$/u,
  "minerals.txt": /^[a-z]+$/,
  "plants.txt": /^[a-z]+$/,
  "russian_names.txt": /^(?:(?=\p{Script=Cyrillic})\p{Ll})+$/u,
};

/** The line of a list in the README's table: its entries and its longest entry. */
function readmeRow(file: string): { entries: number; longest: number } {
  const cells = README.split("\n").find((line) => line.startsWith(`| \`${file}\` `))?.split("|");
  const [, , entries = "", , , longest = ""] = cells ?? [];
  return {
    entries: Number(entries.replaceAll(",", "").trim() || NaN),
    longest: parseInt(longest),
  };
}

/** The entries of a list, in whatever state they are. */
async function read(file: string): Promise<{ text: string; lines: string[] }> {
  const bytes = await Deno.readFile(`${DATASETS}/${file}`);
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  return { text, lines: text.split("\n").slice(0, -1) };
}

/** Compares as UTF-32 would, where `<` compares as UTF-16. */
function compareCodePoints(a: string, b: string): number {
  const as = [...a], bs = [...b];
  for (let i = 0; i < Math.min(as.length, bs.length); i++) {
    const difference = as[i]!.codePointAt(0)! - bs[i]!.codePointAt(0)!; // i < both lengths
    if (difference !== 0) return difference;
  }
  return as.length - bs.length;
}

Deno.test("datasets/ holds the lists that this test knows, and no others", () => {
  const files = entries(DATASETS).filter((name) => name.endsWith(".txt") && name !== "names.txt");
  assertEquals(files, Object.keys(TABLE).sort());
});

for (const [file, alphabet] of Object.entries(TABLE)) {
  Deno.test(`${file} has 300 entries and more, sorted by code point, each once`, async () => {
    const { lines } = await read(file);
    assert(lines.length >= 300, `${lines.length} entries`);
    assertEquals(lines, [...new Set(lines)].sort(compareCodePoints));
  });

  Deno.test(`${file} has one composed entry a line, and a final line feed`, async () => {
    const { text, lines } = await read(file);
    assertEquals(text, text.normalize("NFC"));
    assert(text.endsWith("\n"), "there is no final line feed");
    for (const line of lines) {
      assert(line !== "", "there is a blank line");
      assertEquals(line, line.trim());
    }
  });

  Deno.test(`${file} keeps to its alphabet`, async () => {
    for (const line of (await read(file)).lines) assertMatch(line, alphabet);
  });

  Deno.test(`${file} stands in the README with its entries and its longest entry`, async () => {
    const { lines } = await read(file);
    const longest = Math.max(...lines.map((line) => [...line].length));
    assertEquals(readmeRow(file), { entries: lines.length, longest });
    assert(README.includes(`- \`${file}\`: `), "there is no paragraph about it");
  });
}
