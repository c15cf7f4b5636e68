/**
 * The texts of `microgpt --help`, `microgpt sample --help` and so on.
 *
 * @module
 */

import { PRESETS } from "../../files/presets.ts";
import type { Options } from "./options.ts";
import {
  COMMAND_OPTIONS,
  type CommandName,
  COMMON_OPTIONS,
  DATA_OPTIONS,
  GENERATION_OPTIONS,
  MODEL_OPTIONS,
  SAVING_OPTIONS,
  TRAINING_OPTIONS,
  WATCHING_OPTIONS,
} from "./tables.ts";

/** A page of the help. */
export interface HelpPage {
  /** The usage and the operands. */
  readonly head: string;
  /** The options, in groups. */
  readonly groups: readonly (readonly [title: string, options: Options])[];
  /** Command lines, and their effects. */
  readonly examples: readonly (readonly [line: string, what: string])[];
}

/** The pages of the help, by command. */
export const HELP_PAGES: Readonly<Record<CommandName, HelpPage>> = {
  train: {
    head: `microgpt: trains a GPT on a list of words and invents new ones.

Usage: microgpt [options] [dataset]           train, then generate
       microgpt sample [options] MODEL        generate with a saved model
       microgpt eval [options] MODEL [FILE]   measure how good a saved model is
       microgpt explain [options] MODEL TEXT  show how it reads a text
       microgpt info [options] FILE           describe a model or a data set
       microgpt serve [options]               open the playground, a web page
       microgpt help [COMMAND]                print the options of a command

  dataset  a UTF-8 text file with one document (a name, a word) per line;
           - reads stdin; the default is datasets/names.txt, downloaded once.
           A leading "train" is ignored: a file of that name is ./train
`,
    groups: [
      ["Data", DATA_OPTIONS],
      ["Model (defaults in parentheses, as in microgpt.py)", MODEL_OPTIONS],
      ["Training", TRAINING_OPTIONS],
      ["Progress", WATCHING_OPTIONS],
      ["Saving", SAVING_OPTIONS],
      ["Generated texts", GENERATION_OPTIONS],
      ["Output", COMMON_OPTIONS],
    ],
    examples: [
      ["microgpt", "learn 32,033 names, invent 20"],
      ["microgpt --preset minerals", "an included list"],
      ["microgpt --auto towns.txt", "your list, settings for it"],
      ["microgpt --new --unique towns.txt", "no line of the list, none twice"],
      ["microgpt --save towns.safetensors towns.txt", "keep the model"],
      ["microgpt --resume towns.safetensors", "continue after Ctrl-C"],
      ["microgpt --from towns.safetensors rivers.txt", "fine-tune on another list"],
    ],
  },
  sample: {
    head: `microgpt sample: generates texts with a saved model, one per line.

Usage: microgpt sample [options] MODEL

  MODEL  a file written by microgpt --save

--temperature, --top-k and --top-p default to those used in training.
`,
    groups: [["Options (defaults in parentheses)", COMMAND_OPTIONS.sample]],
    examples: [
      ["microgpt sample names.safetensors", "20 names"],
      [
        "microgpt sample --new --unique --num-samples 1000 M",
        "1,000 new names",
      ],
      ["microgpt sample --starts-with ma --ends-with a M", "a beginning and an end"],
      ["echo jo | microgpt sample --prompt - --json M", "with their probabilities"],
    ],
  },
  eval: {
    head: `microgpt eval: compares a saved model with letter-counting baselines.

Usage: microgpt eval [options] MODEL [dataset]

  MODEL    a file written by microgpt --save
  dataset  documents to test it on, without those that it was trained on; the
           default is the part that --val-fraction held out of its training

The loss, in nats per token, is the mean over all tokens, including the end of
each document. Bits per character compare models with different tokens. The
baselines, 1- to 5-grams, count what follows 0 to 4 tokens in the training data.
`,
    groups: [["Options (defaults in parentheses)", COMMAND_OPTIONS.eval]],
    examples: [
      ["microgpt eval names.safetensors", "on the held-out documents"],
      ["microgpt eval --per-line M candidates.txt", "the loss of each line"],
    ],
  },
  explain: {
    head: `microgpt explain: shows how a saved model reads a text, token by token.

Usage: microgpt explain [options] MODEL TEXT

  MODEL  a file written by microgpt --save
  TEXT   any text in the characters of its vocabulary

Each row is a token; the last one, BOS, is the end of the text. The columns are
its probability (at temperature 1), its rank among all tokens, its surprise in
bits, and the likeliest others. For each attention head follows the attention to
each earlier token, in tenths: ^ is the start, . less than a twentieth.
"head 2.1" is the first head of the second layer.
`,
    groups: [["Options (defaults in parentheses)", COMMAND_OPTIONS.explain]],
    examples: [
      ["microgpt explain names.safetensors anna", "why not hanna?"],
      ["microgpt explain --json M anna", "all the numbers, for programs"],
    ],
  },
  info: {
    head: `microgpt info: describes a model or a data set.

Usage: microgpt info [options] FILE

  FILE  a file written by microgpt --save, or a data set; - reads a data set
        from stdin
`,
    groups: [["Options (defaults in parentheses)", COMMAND_OPTIONS.info]],
    examples: [
      ["microgpt info names.safetensors", "sizes, vocabulary, training so far"],
      ["microgpt info --json towns.txt", "a data set, as JSON"],
      ["microgpt info --preset birds", "an included list"],
    ],
  },
  serve: {
    head: `microgpt serve: serves the playground, a web page to watch a GPT learn.

Usage: microgpt serve [options]

Only this machine can open the page, until Ctrl-C. All computing happens in the
browser: --export writes the page as one file that works from disk and from any
web server. A served page offers datasets/names.txt as a list, if it is there.
`,
    groups: [["Options (defaults in parentheses)", COMMAND_OPTIONS.serve]],
    examples: [
      ["microgpt serve --open", "in your browser"],
      ["microgpt serve --export page.html", "a file, to open or to publish"],
    ],
  },
};

const TAIL = `Results go to stdout, everything else to stderr. Exit code: 0 if all went well,
1 if something failed, 2 if the command line was wrong, 130 after Ctrl-C.
`;

/**
 * Returns the help of a command.
 *
 * @param program The words that start the program.
 */
export function helpText(topic: CommandName, program = "microgpt"): string {
  const { head, groups, examples } = HELP_PAGES[topic];
  const rows = groups.map(([title, options]) => [title, rowsOf(options)] as const);
  const width = Math.max(...rows.flatMap(([, rows]) => rows.map(([left]) => left.length)));
  const exampleWidth = Math.max(...examples.map(([line]) => line.length));
  return [
    head,
    ...(program === "microgpt" ? [] : [`Here, start microgpt with: ${program}\n`]),
    ...rows.map(([title, rows]) => `${title}:\n${table(rows, width)}`),
    ...(topic === "train" ? [presetsText()] : []),
    `Examples:\n${table(examples, exampleWidth)}`,
    TAIL,
  ].join("\n");
}

/** Lists the included lists. */
export function presetsText(): string {
  const rows = Object.entries(PRESETS).map(([name, { title }]) => [name, title] as const);
  const width = Math.max(...rows.map(([name]) => name.length));
  return `Included lists (--preset NAME):\n${table(rows, width)}`;
}

function rowsOf(options: Options): [left: string, right: string][] {
  return Object.entries(options).map(([name, { takes, help, default: byDefault }]) => [
    (name === "help" ? "-h, --help" : `--${name}`) + (takes ? ` ${takes.placeholder}` : ""),
    help + (byDefault === undefined ? "" : ` (${byDefault})`),
  ]);
}

function table(rows: readonly (readonly [string, string])[], width: number): string {
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}\n`).join("");
}
