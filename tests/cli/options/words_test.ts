import { assert, assertEquals } from "@std/assert";
import { parseCommand } from "../../../lib/cli/options/commands.ts";
import { COMMAND_NAMES, COMMAND_OPTIONS } from "../../../lib/cli/options/tables.ts";
import {
  commandMeant,
  datasetMeant,
  optionHint,
  pathMeant,
} from "../../../lib/cli/options/words.ts";
import { PRESETS } from "../../../lib/files/presets.ts";

Deno.test("optionHint() knows what other programs call an option, if the command has it", () => {
  const { train, sample } = COMMAND_OPTIONS;
  const table: [option: string, train: string, sample: string][] = [
    ["--epochs", "num-steps", ""],
    ["--max-iters", "num-steps", ""],
    ["--lr", "learning-rate", ""],
    ["--LR", "learning-rate", ""],
    ["--dim", "n-embd", ""],
    ["--context-length", "block-size", ""],
    ["--out", "save", ""],
    ["--verbose", "log-every", ""],
    ["--presets", "preset", ""],
    ["--max-tokens", "max-length", "max-length"],
    ["--max-chars", "max-length", "max-length"],
    ["--min-len", "min-length", "min-length"],
    ["--length", "max-length", "max-length"],
    ["--lenght", "max-length", "max-length"],
    ["-n", "num-samples", "num-samples"],
    ["--itertions", "num-steps", ""],
    ["--scheduller", "schedule", ""],
    ["--prefix", "starts-with", "starts-with"],
    ["--regex", "match", "match"],
    ["--no-color", "color", "color"],
    ["--silent", "quiet", "quiet"],
    ["-?", "help", "help"],
    ["-v", "version", "version"],
  ];
  const hint = (name: string) => name === "" ? "" : `: did you mean --${name}?`;
  for (const [option, forTrain, forSample] of table) {
    assertEquals(optionHint(option, Object.keys(train)), hint(forTrain), option);
    assertEquals(optionHint(option, Object.keys(sample)), hint(forSample), option);
  }
  for (const option of ["--data", "--dataset", "--file", "--input", "--model", "-i", "-m"]) {
    assertEquals(optionHint(option, Object.keys(train)), ": a file is named without an option");
  }
});

Deno.test("commandMeant() knows what other programs call a command", () => {
  const table: [string, string | undefined][] = [
    ["generate", "sample"],
    ["predict", "sample"],
    ["samples", "sample"],
    ["evaluate", "eval"],
    ["TEST", "eval"],
    ["explian", "explain"],
    ["attention", "explain"],
    ["describe", "info"],
    ["fit", "train"],
    ["usage", "help"],
    ["resume", "--resume"],
    ["presets", "--preset"],
    ["names.txt", undefined],
    ["./generate", undefined],
    ["a", undefined],
    ["", undefined],
    ["constructor", undefined],
    ["toString", undefined],
  ];
  for (const [word, command] of table) assertEquals(commandMeant(word), command, word);
  for (const name of COMMAND_NAMES) assertEquals(commandMeant(name), name);
});

/** Words that a shell should have replaced, and the beginning of what is said about them. */
const UNREPLACED: readonly (readonly [string, string])[] = [
  ["https://example.com/names.txt", "it is an address: "],
  ["HTTP://x", "it is an address: "],
  ["file:///tmp/names.txt", "it is an address: "],
  ["~/names.txt", "the shell has not replaced ~: "],
  ["~", "the shell has not replaced ~: "],
  ["~anna/names.txt", "the shell has not replaced ~: "],
  ["$HOME/names.txt", "the shell has not replaced the variable: "],
  ["data/${LIST}.txt", "the shell has not replaced the variable: "],
  ["%USERPROFILE%\\names.txt", "the shell has not replaced the variable: "],
  ["“names.txt”", "the quotes are typographic: "],
  ["‘names.txt’", "the quotes are typographic: "],
  ["„names.txt“", "the quotes are typographic: "],
  ["«names.txt»", "the quotes are typographic: "],
  ["*.txt", "the shell has not replaced * or ?: "],
  ["names?.txt", "the shell has not replaced * or ?: "],
  [" names.txt", "there is white space around the name"],
  ["names.txt\u00a0", "there is white space around the name"],
];

Deno.test("pathMeant() and datasetMeant() know what a shell should have replaced", () => {
  for (const [word, beginning] of UNREPLACED) {
    for (const meaning of [pathMeant(word), datasetMeant(word)]) {
      assert(meaning !== undefined && meaning.why.startsWith(beginning), word);
      assertEquals(meaning.correct, undefined);
    }
  }
  for (const path of ["names", "a.txt", "/a b/l’été", "C:\\names.txt", "100%.txt", "a~", "$"]) {
    assertEquals(pathMeant(path), undefined, path);
  }
});

Deno.test("pathMeant() knows presets and the word help", () => {
  assertEquals(pathMeant("help"), { why: "--help prints the help" });
  for (const name of Object.keys(PRESETS)) {
    assertEquals(pathMeant(name), { why: `--preset ${name} trains on the included list` });
  }
});

Deno.test("datasetMeant() knows presets, commands and names.txt", () => {
  const rest = ["--num-steps", "5"];
  const included = (name: string) => `${name} is a list that is included`;
  const table: [string, string, string[]][] = [
    ["Dinosaurs", included("dinosaurs"), ["--preset", "dinosaurs", ...rest]],
    ["dinosaur", included("dinosaurs"), ["--preset", "dinosaurs", ...rest]],
    ["datasets/birds.txt", included("birds"), ["--preset", "birds", ...rest]],
    ["..\\birds.txt", included("birds"), ["--preset", "birds", ...rest]],
    ["names", "without a data set it takes names.txt", rest],
    ["datasets/names.txt", "without a data set it takes names.txt", rest],
    ["generate", "check the path", ["sample", "MODEL", ...rest]],
    ["smaple", "check the path", ["sample", "MODEL", ...rest]],
    ["show", "check the path", ["info", "FILE", ...rest]],
    ["continue", "check the path", ["--resume", "MODEL", ...rest]],
    ["presets", "check the path", ["--preset", ...rest]],
    ["Help", "check the path", ["help", ...rest]],
  ];
  for (const name of Object.keys(PRESETS)) {
    table.push([name, included(name), ["--preset", name, ...rest]]);
  }
  for (const [word, why, expected] of table) {
    const meaning = datasetMeant(word);
    assertEquals([meaning?.why, meaning?.correct?.([word, ...rest])], [why, expected], word);
    const isWhole = !expected.some((word) => word === "FILE" || word === "MODEL");
    if (isWhole && word !== "presets") parseCommand(expected); // throws if it is wrong
  }
  for (
    const word of ["my list.txt", "x", "x.txt", "places.txt", "a/generate", "nope", "generate.txt"]
  ) {
    assertEquals(datasetMeant(word), undefined, word);
  }
});

Deno.test("datasetMeant() leaves the value of an option that is the same word", () => {
  const argv = ["--prompt", "birds", "birds"];
  assertEquals(datasetMeant("birds")?.correct?.(argv), ["--prompt", "birds", "--preset", "birds"]);
});
