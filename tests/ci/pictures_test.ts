/** The pictures of the guide: that they are current, and how pages show them. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { expandGlob } from "@std/fs/expand-glob";
import { dirname } from "@std/path/dirname";
import { resolve } from "@std/path/resolve";
import { svg } from "../../.ci/pictures/drawing.ts";
import { pathOf, PICTURES, trace } from "../../.ci/pictures/main.ts";
import { Screen } from "../../.ci/pictures/screen.ts";
import { NAMES_NEED, needing } from "../helpers/needs.ts";
import { pages } from "../helpers/pages.ts";
import { exists, ROOT } from "../helpers/paths.ts";
import { resultsOf } from "../helpers/tool.ts";
import { parseXml } from "../helpers/xml.ts";

const THEMES = ["light", "dark"] as const;

/** The largest size of a picture, in bytes. */
const MAX_SIZE = 60_000;

Deno.test({
  ...needing(NAMES_NEED, "the pictures are those that their scripts draw"),
  fn: async () => {
    const emma = await trace();
    for (const [name, draw] of Object.entries(PICTURES)) {
      const drawn = await draw(emma);
      for (const theme of THEMES) {
        const found = await Deno.readTextFile(pathOf(name, theme));
        assert(found === drawn(theme), `${name}-${theme}.svg is old: run \`deno task pictures\``);
      }
    }
  },
});

Deno.test("the recorded terminal shows the names that the program invents", async () => {
  const argv = "--preset dinosaurs --new --num-samples 8".split(" ");
  const samples = (await resultsOf(argv)).match(/^sample .*$/gm) ?? [];
  assertEquals(samples.length, 8);
  const shown = await Deno.readTextFile(pathOf("terminal", "light"));
  for (const sample of samples) assertStringIncludes(shown, `>${sample}<`);
});

Deno.test("each picture is small, has a title and a description, and no script or link", async () => {
  let count = 0;
  for await (const { path, name } of expandGlob("docs/pictures/*.svg", { root: ROOT })) {
    const text = await Deno.readTextFile(path);
    assert(new TextEncoder().encode(text).length < MAX_SIZE, `${name} is large`);
    assert(!/<script|<image|https?:(?!\/\/www\.w3\.org\/2000\/svg")/.test(text), name);
    const { name: element, children } = parseXml(text);
    assertEquals(element, "svg");
    for (const wanted of ["title", "desc"]) {
      assert(children.some((child) => child.name === wanted && child.text !== ""), `${name}`);
    }
    assert(!text.includes("prefers-color-scheme"), `${name} has both themes`);
    count++;
  }
  assertEquals(count, 2 * (Object.keys(PICTURES).length + 1));
});

Deno.test("pages show a picture in both themes, and describe it", async () => {
  let count = 0;
  for (const [path, page] of await pages()) {
    for (const [element] of page.matchAll(/<picture>[^]*?<\/picture>/g)) {
      count++;
      const [, image = ""] = /src="([^"]*)-light\.(?:svg|png)"/.exec(element) ?? [];
      assert(element.includes(`${image}-dark.`), `${path}: ${element}`);
      assert(/alt="[^"]{20,}"/.test(element), `${path}: ${element}`);
      for (const [, file] of element.matchAll(/(?:src|srcset)="([^"]*)"/g)) {
        assert(exists(resolve(dirname(path), file!)), `${path}: ${file}`); // it has matched
      }
    }
  }
  assert(count >= 5, `${count} pictures`);
});

Deno.test("Screen shows what a terminal shows", () => {
  const screen = new Screen(5);
  screen.write("abc\r\n\x1b[?7l\r12345678\x1b[J\x1b[?7h\r");
  assertEquals(screen.rows.map((row) => row.map(({ text }) => text).join("")), ["abc", "12345"]);
  screen.write("\r\x1b[J\x1b[2mx\x1b[myz \r\nabcdefg");
  assertEquals(screen.rows, [
    [{ text: "abc", look: "plain" }],
    [{ text: "x", look: "faint" }, { text: "yz", look: "plain" }],
    [{ text: "abcde", look: "plain" }],
    [{ text: "fg", look: "plain" }],
  ]);
});

Deno.test("svg() escapes text, and has the colors of one theme", () => {
  const picture = { width: 9, height: 9, title: "a < b", description: "c & d", body: [] };
  const dark = svg(picture, "dark");
  assertStringIncludes(dark, "a &lt; b");
  assertStringIncludes(dark, "c &amp; d");
  assert(dark !== svg(picture, "light"));
});
