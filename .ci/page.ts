/**
 * Builds the playground's page, one file with everything in it: `deno task page`. With `--check` it
 * writes nothing, and fails if the file in the repository is not what its sources give.
 *
 * @module
 */

import config from "../deno.json" with { type: "json" };
import { PRESETS } from "../lib/files/presets.ts";
import { frontCoded, frontDecoded } from "../lib/playground/shared/front_coding.ts";
import { HTML, packed } from "../lib/text/packing.ts";
import { ROOT } from "./scope.ts";

const SOURCE = "lib/playground";
const PAGE = `${SOURCE}/page.html`;

/** The style sheets, in their order. */
const STYLES = [
  "tokens",
  "base",
  "controls",
  "charts",
  "tables",
  "frame",
  "list",
  "train",
  "runs",
  "write",
  "next_letter",
  "inside",
  "tour",
];

const ROOMS = ["list", "train", "write", "inside"];

/** The list that a first visitor finds. */
const FIRST_LIST = "english";

const read = (path: string) => Deno.readTextFile(`${ROOT}/${path}`);

/** Bundles a module and its imports into a script that adds no global names. */
async function bundle(entry: string): Promise<string> {
  const output = await Deno.makeTempFile({ suffix: ".js" });
  try {
    const args = ["bundle", "--quiet", "--platform", "browser", "--minify", "-o", output, entry];
    const command = new Deno.Command(Deno.execPath(), { args, cwd: ROOT, stderr: "piped" });
    const { success, stderr } = await command.output();
    if (!success) throw new Error(`Cannot bundle ${entry}: ${new TextDecoder().decode(stderr)}`);
    return `"use strict";(()=>{${(await Deno.readTextFile(output)).trim()}})();`;
  } finally {
    await Deno.remove(output);
  }
}

/** A script as it may stand between `<script>` and `</script>`. */
function inScript(code: string): string {
  const end = /<\/script|<!--/i.exec(code);
  if (end === null) return code;
  throw new Error(`Cannot put a script into the page: it has ${end[0]} in it`);
}

/** A script that is packed; the page finds it by its id. */
async function packedScript(id: string, code: string): Promise<string> {
  return `<script type="text/plain" id="${id}">${await inHtmlPacked(code)}</script>`;
}

function inHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

/** A style sheet without its comments, and without the spaces that it can do without. */
function shortened(css: string): string {
  const code = css.replace(/\/\*[\s\S]*?\*\//g, "").replace(/\s+/g, " ");
  return code.replace(/ ?([{};,>]) ?/g, "$1").replace(/: /g, ":").replaceAll(";}", "}").trim();
}

/** A list, coded so that it takes less room. */
function coded(list: string): string {
  const coded = frontCoded(list);
  if (frontDecoded(coded) === list) return coded;
  throw new Error("Cannot code a list: it has control characters");
}

/** A text as the page unpacks it. */
function inHtmlPacked(text: string): Promise<string> {
  return packed(new TextEncoder().encode(text), HTML);
}

/** The source expression of a policy that allows just this text. */
async function hashOf(text: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `'sha256-${new Uint8Array(hash).toBase64()}'`;
}

/** The rights of the page: its own scripts, style and worker, and nothing that needs a network. */
async function policyOf(scripts: readonly string[], style: string): Promise<string> {
  const hashes = await Promise.all(scripts.map(hashOf));
  return [
    "default-src 'none'",
    `script-src ${hashes.join(" ")} 'wasm-unsafe-eval'`,
    `style-src ${await hashOf(style)}`,
    "worker-src blob:",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

/** All lists of the package as the page has them: see `includedLists`. */
async function lists(): Promise<string> {
  const names = Object.keys(PRESETS);
  const ordered = [FIRST_LIST, ...names.filter((name) => name !== FIRST_LIST)];
  const elements = await Promise.all(ordered.map(async (name) => {
    const preset = PRESETS[name];
    if (preset === undefined) throw new Error(`There is no preset ${name}`);
    const title = preset.title.replace(/^./, (letter) => letter.toUpperCase());
    return `<template data-list="${name}" data-title="${title}" data-settings="${
      inHtml(JSON.stringify(preset.settings))
    }" data-coding="front">${await inHtmlPacked(coded(await preset.load()))}</template>`;
  }));
  return elements.join("\n");
}

/** Finds the only line that holds a text, from an index on. */
function lineWith(lines: readonly string[], text: string, file: string, from = 0): number {
  const found = lines.findIndex((line, i) => i >= from && line.includes(text));
  if (found >= 0) return found;
  throw new Error(`Cannot take lines from ${file}: "${text}" is not in it`);
}

/**
 * Fills each `<details class="code" data-file data-from data-to>` of a room with the lines of that
 * file from the one that holds a text to the one that holds another.
 */
async function withExcerpts(html: string): Promise<string> {
  const places = html.matchAll(
    /<details\s+class="code"\s+data-file="([^"]+)"\s+data-from="([^"]+)"\s+data-to="([^"]+)"\s*><\/details>/g,
  );
  let filled = html;
  for (const [place, file = "", from = "", to = ""] of places) {
    const lines = (await read(file)).split("\n");
    const first = lineWith(lines, from, file);
    const last = lineWith(lines, to, file, first);
    const indent = /^ */.exec(lines[first] ?? "")?.[0] ?? "";
    const end = lines[last + 1]?.trim() === "}" && lines[last + 1]?.startsWith(`${indent}}`)
      ? 1
      : 0;
    const code = lines.slice(first, last + 1 + end).map((line) => line.slice(indent.length));
    const title = `The lines that compute this: ${file}, ${first + 1}–${last + 1 + end}`;
    filled = filled.replace(place, () =>
      `<details class="code"><summary>${title}</summary>` +
      `<pre tabindex="0">${inHtml(code.join("\n"))}</pre></details>`);
  }
  if (/data-from/.test(filled)) throw new Error("Cannot fill a place for lines of the source");
  return filled;
}

/** Replaces a text that must be there, once. */
function put(html: string, place: string, text: string): string {
  if (html.split(place).length !== 2) throw new Error(`${place} is not once in frame.html`);
  return html.replace(place, () => text);
}

/** Builds the page. */
export async function buildPage(): Promise<string> {
  const [boot, program, worker] = await Promise.all([
    bundle(`${SOURCE}/boot.ts`),
    bundle(`${SOURCE}/main.ts`),
    bundle(`${SOURCE}/worker.ts`),
  ]);
  const sheets = await Promise.all(STYLES.map((name) => read(`${SOURCE}/style/${name}.css`)));
  const style = shortened(sheets.join("\n"));
  let html = await read(`${SOURCE}/frame.html`);
  for (const room of ROOMS) {
    const content = await withExcerpts(await read(`${SOURCE}/rooms/${room}.html`));
    const tag = new RegExp(`(<section[^>]* id="${room}"[^>]*>)(</section>)`);
    if (!tag.test(html)) throw new Error(`There is no section ${room} in frame.html`);
    html = html.replace(tag, (_, open: string, close: string) => open + content + close);
  }
  html = put(
    html,
    `Policy" content=""`,
    `Policy" content="${await policyOf([boot, program], style)}"`,
  );
  html = put(html, `name="version" content=""`, `name="version" content="${config.version}"`);
  html = put(html, "<style></style>", `<style>${style}</style>`);
  return put(
    html.replace(/\n\s+/g, "\n"),
    "</body>",
    [
      await lists(),
      await packedScript("worker", worker),
      await packedScript("program", program),
      `<script>${inScript(boot)}</script>`,
      "</body>",
    ].join("\n"),
  );
}

async function main(args: readonly string[]): Promise<number> {
  const page = await buildPage();
  if (!args.includes("--check")) {
    await Deno.writeTextFile(`${ROOT}/${PAGE}`, page);
    console.log(`${PAGE}: ${(new TextEncoder().encode(page).length / 1000).toFixed(0)} kB`);
    return 0;
  }
  if (page === await read(PAGE)) return 0;
  console.error(`error: ${PAGE} is not what its sources give: run \`deno task page\``);
  return 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
