import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parseCommand } from "../../../lib/cli/options/commands.ts";
import { helpText } from "../../../lib/cli/options/help.ts";
import type { Option } from "../../../lib/cli/options/options.ts";
import {
  COMMAND_NAMES,
  COMMAND_OPTIONS,
  type CommandName,
} from "../../../lib/cli/options/tables.ts";
import { ROOT } from "../../helpers/paths.ts";

const USAGE: Readonly<Record<CommandName, string>> = {
  train: "Usage: microgpt [options] [dataset] ",
  sample: "Usage: microgpt sample [options] MODEL\n",
  info: "Usage: microgpt info [options] FILE\n",
  eval: "Usage: microgpt eval [options] MODEL [dataset]\n",
  explain: "Usage: microgpt explain [options] MODEL TEXT\n",
  serve: "Usage: microgpt serve [options]\n",
};

/** The words of a page about an option: those behind it, in a line of its own. */
function helpLine(page: string, start: string): string {
  const lines = page.split("\n").filter((line) => line.startsWith(`  ${start} `));
  assertEquals(lines.length, 1, `lines that begin with ${start}`);
  return lines[0]!.trimStart().slice(start.length).trimStart(); // there is one
}

for (const command of COMMAND_NAMES) {
  const page = helpText(command);

  Deno.test(`helpText() has every option of a command, with its default: ${command}`, () => {
    for (const [name, option] of Object.entries<Option>(COMMAND_OPTIONS[command])) {
      const start = (name === "help" ? "-h, --help" : `--${name}`) +
        (option.takes === undefined ? "" : ` ${option.takes.placeholder}`);
      const expected = option.help + (option.default === undefined ? "" : ` (${option.default})`);
      assertEquals(helpLine(page, start), expected);
    }
  });

  Deno.test(`helpText() has no option that the command has not: ${command}`, () => {
    const named = new Set(
      Array.from(page.matchAll(/(?<=^ {2}(?:-h, )?)--[\w-]+/gm), ([name]) => name),
    );
    assertEquals(
      [...named].sort(),
      Object.keys(COMMAND_OPTIONS[command]).map((name) => `--${name}`).sort(),
    );
  });

  Deno.test(`helpText() fits a terminal of 80 columns, and ends with one line break: ${command}`, () => {
    assertEquals(page.split("\n").filter((line) => line.length > 80 || /\s$/.test(line)), []);
    assert(page.endsWith("\n") && !page.endsWith("\n\n"));
  });

  Deno.test(`helpText() shows usage, and examples that are understood: ${command}`, () => {
    assertStringIncludes(page, USAGE[command]);
    const examples = page.slice(page.indexOf("Examples:\n")).split("\n").slice(1)
      .filter((line) => line.startsWith("  ")).map((line) => line.trim().split(/ {2,}/)[0] ?? "");
    assert(examples.length > 1);
    for (const example of examples) {
      const [before, argv] = example.split(/\bmicrogpt\b ?/);
      assert(before === "" || before?.endsWith(" | "), example);
      assertEquals(parseCommand(argv!.split(" ").filter((word) => word !== "")).kind, command); // split in two
    }
  });
}

Deno.test("helpText() of training names the other commands", () => {
  for (const command of COMMAND_NAMES.slice(1)) {
    assertStringIncludes(helpText("train"), `microgpt ${command} [options] `);
  }
});

Deno.test("README.md has only command lines that are understood", async () => {
  const readme = (await Deno.readTextFile(`${ROOT}/README.md`)).replaceAll("\\\n", " ");
  const start = /^deno (?:task (?:start|demo|demo:korean)|run \S+ (?:main\.ts|jsr:@x\/microgpt))\b/;
  const lines = readme.split("\n").filter((line) => start.test(line));
  assert(lines.length > 5, "they have been found");
  for (const line of lines) {
    const words = line.replace(start, "").match(/'[^']*'|\S+/g) ?? [];
    parseCommand(words.map((word) => word.replace(/^'(.*)'$/, "$1"))); // throws if it is wrong
  }
});
