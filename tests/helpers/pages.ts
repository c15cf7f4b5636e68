/** The pages of the repository. */

import { expandGlob } from "@std/fs/expand-glob";
import { ROOT } from "./paths.ts";

const GLOBS = ["*.md", "docs/*.md", "datasets/*.md", "tests/testdata/*.md"];

/** All pages in Markdown, by their paths. */
export async function pages(): Promise<Map<string, string>> {
  const pages = new Map<string, string>();
  for (const glob of GLOBS) {
    for await (const { path } of expandGlob(glob, { root: ROOT })) {
      pages.set(path, await Deno.readTextFile(path));
    }
  }
  return pages;
}
