/**
 * Fills the tables of options and commands in `docs/reference.md` from those of the program:
 * `deno task reference`. With `--check` it writes nothing, and fails if the page is not current.
 *
 * A table stands between `<!-- made: NAME -->` and `<!-- end -->`; the rest of the page is written
 * by hand.
 *
 * @module
 */

import { PRESETS } from "../lib/files/presets.ts";
import { HELP_PAGES } from "../lib/cli/options/help.ts";
import type { Option, Options } from "../lib/cli/options/options.ts";
import { presetOptions } from "../lib/cli/options/preset.ts";
import { COMMAND_NAMES, COMMON_OPTIONS } from "../lib/cli/options/tables.ts";
import { NOTES } from "./reference_notes.ts";
import { ROOT } from "./scope.ts";

const PAGE = `${ROOT}/docs/reference.md`;

/** The places that are filled, and their contents. */
const TABLES: Readonly<Record<string, () => string>> = {
  "commands": commandsTable,
  "lists": listsTable,
  "common": () => optionsTable(COMMON_OPTIONS, false),
  ...Object.fromEntries(COMMAND_NAMES.map((name) => [name, () => commandTables(name)])),
};

/** The meanings of {@linkcode Option.saved}. */
const SAVED = { fixed: "kept", changeable: "may change", inherited: "may change" } as const;

type Row = readonly string[];

function table(head: Row, rows: readonly Row[]): string {
  const line = (cells: Row) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** The lines of `Usage:` in the help: command lines, and what they do. */
function commandsTable(): string {
  const usage = HELP_PAGES.train.head.matchAll(/^(?:Usage:|) +(microgpt.*?) {2,}(.+)$/gm);
  return table(
    ["command", "what it does"],
    Array.from(usage, ([, line = "", what = ""]) => {
      return [`\`${line}\``, what];
    }),
  );
}

function listsTable(): string {
  const rows = Object.entries(PRESETS).map(([name, { title }]) => {
    const options = presetOptions(name).map(([option, value]) => `--${option} ${value}`);
    return [`\`${name}\``, title, `\`${options.join(" ")}\``];
  });
  return table(["name", "list", "settings"], rows);
}

/** The options of a command in their groups, those of all commands apart; and its examples. */
function commandTables(name: (typeof COMMAND_NAMES)[number]): string {
  const { groups, examples } = HELP_PAGES[name];
  const parts = groups.flatMap(([title, options]) => {
    const own = Object.entries(options).filter(([option]) => !(option in COMMON_OPTIONS));
    if (own.length === 0) return [];
    const heading = groups.length > 1 ? `### ${title.replace(/ \(.*/, "")}\n\n` : "";
    return [heading + optionsTable(Object.fromEntries(own), name === "train")];
  });
  const rows = examples.map(([line, what]) => [`\`${line}\``, what]);
  const heading = groups.length > 1 ? "### Examples\n\n" : "";
  return [...parts, heading + table(["example", "what it does"], rows)].join("\n\n");
}

/**
 * A table of options, without the columns that have nothing in them.
 *
 * @param isTraining Whether to say what `--resume` does with each.
 */
function optionsTable(options: Options, isTraining: boolean): string {
  const head = ["option", "default", "values", "meaning", "with `--resume`"];
  const rows = Object.entries(options).map(([name, option]) => [
    `\`--${name}${option.takes === undefined ? "" : ` ${option.takes.placeholder}`}\``,
    option.default === undefined ? "" : `\`${option.default}\``,
    rangeOf(option),
    meaning(name, option),
    option.saved === undefined || !isTraining ? "" : SAVED[option.saved],
  ]);
  const isUsed = (_: string, column: number) => rows.some((row) => row[column] !== "");
  return table(head.filter(isUsed), rows.map((row) => row.filter(isUsed)));
}

/** The limits of a number; a maximum that only keeps out mistakes is left out. */
function rangeOf({ takes }: Option): string {
  const range = takes?.range ?? "";
  return range.replace(/^from (\d+) to 1000000000$/, "$1 or more").replace(/^from /, "")
    .replaceAll(/\d(?=(\d{3})+\b)/g, "$&,");
}

function meaning(name: string, { help }: Option): string {
  const notes: Readonly<Record<string, string>> = NOTES;
  return `${help.replace(/^./, (letter) => letter.toUpperCase())}. ${notes[name] ?? ""}`.trim();
}

/** Fills the places of a page. */
export function filled(page: string): string {
  return page.replaceAll(/(<!-- made: (\S+) -->\n)[^]*?(<!-- end -->)/g, (_, begin, name, end) => {
    const make = TABLES[name];
    if (make === undefined) throw new Error(`Cannot fill the reference: there is no table ${name}`);
    return `${begin}\n${make()}\n\n${end}`;
  });
}

/** Formats a page as `deno fmt` does. */
async function formatted(page: string): Promise<string> {
  const args = ["fmt", "--quiet", "--ext", "md", "-"];
  const options = { args, cwd: ROOT, stdin: "piped", stdout: "piped" } as const;
  const child = new Deno.Command(Deno.execPath(), options).spawn();
  const [{ success, stdout }] = await Promise.all([
    child.output(),
    new Blob([page]).stream().pipeTo(child.stdin),
  ]);
  if (!success) throw new Error("Cannot format the reference");
  return new TextDecoder().decode(stdout);
}

async function main(args: readonly string[]): Promise<number> {
  const page = await Deno.readTextFile(PAGE);
  const current = await formatted(filled(page));
  if (current === page) return 0;
  if (!args.includes("--check")) {
    await Deno.writeTextFile(PAGE, current);
    return 0;
  }
  console.error("error: docs/reference.md is not what the options say: run `deno task reference`");
  return 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
