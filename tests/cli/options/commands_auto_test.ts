import { assert, assertEquals, assertThrows } from "@std/assert";
import { parseCommand } from "../../../lib/cli/options/commands.ts";
import { UsageError } from "../../../lib/cli/options/parsers.ts";
import { asWord } from "../../../lib/text/quote.ts";
import { assertRefused } from "../../helpers/command_line.ts";

/** The time and the data set of a command line with `--auto`. */
function autoOf(argv: readonly string[]): [time: number | undefined, dataset: string | undefined] {
  const command = parseCommand(argv);
  if (command.kind !== "train") throw new Error(command.kind);
  return [command.settings.auto, command.dataset];
}

Deno.test("parseCommand() tells the time of --auto from a data set", () => {
  const table: [argv: string, time: number | undefined, dataset: string | undefined][] = [
    ["", undefined, undefined],
    ["--auto", Infinity, undefined],
    ["--auto=", Infinity, undefined],
    ["--auto beers.txt", Infinity, "beers.txt"],
    ["beers.txt --auto", Infinity, "beers.txt"],
    ["--auto --quiet beers.txt", Infinity, "beers.txt"],
    ["--auto -", Infinity, "-"],
    ["--auto -- 10s", Infinity, "10s"],
    ["--auto ./10s", Infinity, "./10s"],
    ["--auto 2024names", Infinity, "2024names"],
    ["--auto 10s.txt", Infinity, "10s.txt"],
    ["--auto 10s beers.txt", 10_000, "beers.txt"],
    ["--auto=10s beers.txt", 10_000, "beers.txt"],
    ["beers.txt --auto 10s", 10_000, "beers.txt"],
    ["--auto 500ms", 500, undefined],
    ["--auto 2m", 120_000, undefined],
    ["--auto 1.5s", 1500, undefined],
    ["--auto .5h", 1_800_000, undefined],
  ];
  for (const [line, ...expected] of table) {
    assertEquals(autoOf(line.split(" ").filter((word) => word !== "")), expected, line);
  }
});

Deno.test("parseCommand() refuses a time of --auto that is none", () => {
  const wanted = "--auto must be a time above 0, such as 500ms, 10s or 2m: it is ";
  const words: readonly [word: string, meant?: string][] = [
    ["10", "10s"],
    ["10sec", "10s"],
    ["10S", "10s"],
    ["1.5min", "1.5m"],
    ["20MSECS", "20ms"],
    ["0s"],
    ["-5s"],
    ["2hours"],
    ["1,5s"],
    ["1.2.3s"],
  ];
  for (const [word, meant] of words) {
    const write = meant === undefined ? ":" : `: write ${meant};`;
    const message = `${wanted}"${word}"${write} a file of that name is ${asWord(`./${word}`)}`;
    assertRefused(["--auto", word], message);
    assertRefused([`--auto=${word}`], message);
    assertRefused(["--auto", word, "beers.txt"], message);
  }
  for (const word of ["10x", "2min30", "10_000"]) {
    assertRefused(["--auto", word, "beers.txt"], `${wanted}"${word}"`);
    assertRefused(["beers.txt", "--auto", word], `${wanted}"${word}"`);
    assertRefused(
      [word, "beers.txt"],
      "Only one data set can be given: there are 2, the second is beers.txt",
    );
  }
  for (const word of ["x", "s", "10 s", "--5", "1e3s", " "]) {
    assertRefused([`--auto=${word}`], `${wanted}"${word}"`);
  }
});

Deno.test("parseCommand() tells a time from a data set quickly, however long the word is", () => {
  const start = performance.now();
  for (const part of ["1", ",1", "."]) {
    const word = `${part.repeat(100_000)}x`;
    assertEquals(autoOf(["--auto", `./${word}`]), [Infinity, `./${word}`]);
    assertThrows(() => parseCommand(["--auto", word, "beers.txt"]), UsageError);
    assertThrows(() => parseCommand([`--auto=${part.repeat(100_000)}`]), UsageError);
  }
  assert(performance.now() - start < 3000);
});

Deno.test("parseCommand() refuses --auto where the settings come from a model", () => {
  assertRefused(
    ["--auto", "--resume", "a.st"],
    "--auto chooses the settings of a new run: --resume goes on with those of the saved one",
  );
  assertRefused(
    ["--auto", "10s", "--from", "a.st", "b.txt"],
    "--auto chooses the sizes of a new model, --from has those of a saved one: " +
      "give --num-steps and --learning-rate instead",
  );
});

Deno.test("parseCommand() leaves to --auto what it chooses, of a preset's settings, too", () => {
  const command = parseCommand([
    "--auto",
    "--preset",
    "korean",
    "--n-embd",
    "10",
    "--patience",
    "2",
  ]);
  if (command.kind !== "train") throw new Error(command.kind);
  assertEquals(
    [...command.given.keys()].sort(),
    ["auto", "n-embd", "normalize", "patience", "preset", "temperature"],
  );
});
