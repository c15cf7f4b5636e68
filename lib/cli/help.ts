/**
 * The text of `microgpt --help`.
 *
 * @module
 */

import { FLAGS, type Option, OPTIONS } from "./args.ts";

const HEAD = `microgpt: trains a GPT on a list of words, then lets it invent new ones.

Usage: microgpt [options] [dataset]

  dataset  a text file in UTF-8, one document (a name, a word) a line;
           without it datasets/names.txt, which is fetched once
`;

const TAIL = `Examples:
  microgpt                              32,033 names, 1,000 steps, 20 samples
  microgpt --num-steps 5000 towns.txt   a list of your own, trained for longer
  microgpt --temperature 1 --seed 7     bolder samples, other random numbers

Results go to stdout, everything else to stderr. Exit code: 0 if all went well,
1 if something failed, 2 if the command line was wrong.
`;

/** Everything the command line understands, as text. */
export function helpText(): string {
  const options = Object.entries<Option>(OPTIONS).map(([name, option]) => ({
    left: `--${name} ${option.value}`,
    right: option.help + (option.default === undefined ? "" : ` (${option.default})`),
  }));
  const flags = Object.entries(FLAGS).map(([name, help]) => ({
    left: name === "help" ? "-h, --help" : `--${name}`,
    right: help,
  }));
  const rows = [...options, ...flags];
  const width = Math.max(...rows.map(({ left }) => left.length));
  const lines = rows.map(({ left, right }) => `  ${left.padEnd(width)}  ${right}\n`);
  return `${HEAD}\nOptions (defaults, those of microgpt.py, in parentheses):\n${
    lines.join("")
  }\n${TAIL}`;
}
