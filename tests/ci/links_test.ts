/** Links between the pages of the repository. */

import { assert, assertEquals } from "@std/assert";
import { dirname } from "@std/path/dirname";
import { resolve } from "@std/path/resolve";
import { exists } from "../helpers/paths.ts";
import { pages } from "../helpers/pages.ts";

const CODE = /^```[^]*?^```$|`[^`\n]*`/gm;

/** The anchors that GitHub gives the headings of a page. */
function anchorsOf(page: string): Set<string> {
  const text = page.replaceAll(/^```[^]*?^```$/gm, "");
  return new Set(Array.from(text.matchAll(/^#+ (.*)$/gm), ([, heading = ""]) => {
    const words = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1").trim().toLowerCase();
    return words.replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, "").replaceAll(" ", "-");
  }));
}

Deno.test("pages link to files and headings that exist", async () => {
  const wrong: string[] = [];
  let count = 0;
  for (const [path, page] of await pages()) {
    for (const [, link = ""] of page.replaceAll(CODE, "").matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(link)) continue;
      count++;
      const [file = "", anchor] = link.split("#");
      const to = file === "" ? path : resolve(dirname(path), file);
      if (!exists(to)) wrong.push(`${path}: there is no ${file}`);
      else if (anchor !== undefined && !anchorsOf(await Deno.readTextFile(to)).has(anchor)) {
        wrong.push(`${path}: there is no heading ${link}`);
      }
    }
  }
  assertEquals(wrong, []);
  assert(count > 50, `${count} links`);
});
