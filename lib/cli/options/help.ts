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
interface Page {
  readonly head: string;
  /** The options, in groups. */
  readonly groups: readonly (readonly [title: string, options: Options])[];
  /** Command lines, and their effects. */
  readonly examples: readonly (readonly [line: string, what: string])[];
}

const PAGES: Readonly<Record<CommandName, Page>> = {
  train: {
    head: `microgpt: trains a GPT on a list of words, then lets it invent new ones.

Usage: microgpt [options] [dataset]           train, then write
       microgpt sample [options] MODEL        write with a saved model
       microgpt eval [options] MODEL [FILE]   tell how good a saved model is
       microgpt explain [options] MODEL TEXT  show how it reads a text
       microgpt info [options] FILE           tell what a model or a data set is
       microgpt serve [options]               show all that in a page
       microgpt help [COMMAND]                tell the options of a command

  dataset  a text file in UTF-8, one document (a name, a word) a line; - is
           stdin; without it datasets/names.txt, which is fetched once; "train"
           may stand before it, so that a file of that name is ./train
`,
    groups: [
      ["The data", DATA_OPTIONS],
      ["The model (defaults, those of microgpt.py, in parentheses)", MODEL_OPTIONS],
      ["Training", TRAINING_OPTIONS],
      ["Watching it", WATCHING_OPTIONS],
      ["Keeping it", SAVING_OPTIONS],
      ["What to write afterwards", GENERATION_OPTIONS],
      ["Output", COMMON_OPTIONS],
    ],
    examples: [
      ["microgpt", "32,033 names, 20 new ones"],
      ["microgpt --preset minerals", "a list that is included"],
      ["microgpt --auto towns.txt", "your list, with settings that suit it"],
      ["microgpt --new --unique towns.txt", "none of the list, none twice"],
      ["microgpt --save towns.safetensors towns.txt", "keep the model"],
      ["microgpt --resume towns.safetensors", "go on after Ctrl-C"],
      ["microgpt --from towns.safetensors rivers.txt", "go on with another list"],
    ],
  },
  sample: {
    head: `microgpt sample: lets a saved model write, one text a line.

Usage: microgpt sample [options] MODEL

  MODEL  a file that microgpt --save made; what training was told of
         --temperature, --top-k and --top-p holds here, too, unless it is given
`,
    groups: [["Options (defaults in parentheses)", COMMAND_OPTIONS.sample]],
    examples: [
      ["microgpt sample names.safetensors", "20 names"],
      [
        "microgpt sample --new --unique --num-samples 1000 M",
        "1,000 new names",
      ],
      ["microgpt sample --starts-with ma --ends-with a M", "names of a form"],
      ["echo jo | microgpt sample --prompt - --json M", "how likely they are"],
    ],
  },
  eval: {
    head: `microgpt eval: tells how good a saved model is, beside counting letters.

Usage: microgpt eval [options] MODEL [dataset]

  MODEL    a file that microgpt --save made
  dataset  documents to judge it by, of which those are left out that it was
           trained on; without it, what --val-fraction held out of its training

Nats a token are the loss: the mean over all tokens, the end of a document being
one. Bits a character compare models whose tokens differ. The other rows count
what follows 0 to 4 tokens in what the model was trained on.
`,
    groups: [["Options (defaults in parentheses)", COMMAND_OPTIONS.eval]],
    examples: [
      ["microgpt eval names.safetensors", "by what was held out"],
      ["microgpt eval --per-line M candidates.txt", "the loss of each line"],
    ],
  },
  explain: {
    head: `microgpt explain: shows how a saved model reads a text, token by token.

Usage: microgpt explain [options] MODEL TEXT

  MODEL  a file that microgpt --save made
  TEXT   any text in the characters of its vocabulary

A row per token, and in the end one for BOS, the end of the text: its
probability (at temperature 1), its rank among all tokens, its surprise in bits,
and the likeliest others. Then for each head of attention, in tenths, how much
it takes from each token so far to predict this one; ^ is the start, . less than
a twentieth. "head 2.1" is the first head of the second layer.
`,
    groups: [["Options (defaults in parentheses)", COMMAND_OPTIONS.explain]],
    examples: [
      ["microgpt explain names.safetensors anna", "why not hanna?"],
      ["microgpt explain --json M anna", "all the numbers, for programs"],
    ],
  },
  info: {
    head: `microgpt info: tells what a model or a data set is.

Usage: microgpt info [options] FILE

  FILE  a file that microgpt --save made, or a data set; - is stdin, a data set
`,
    groups: [["Options (defaults in parentheses)", COMMAND_OPTIONS.info]],
    examples: [
      ["microgpt info names.safetensors", "sizes, vocabulary, training so far"],
      ["microgpt info --json towns.txt", "the same about a data set, for programs"],
    ],
  },
  serve: {
    head: `microgpt serve: a page in which one sees a GPT learn, in the browser.

Usage: microgpt serve [options]

It is served to this machine only, until Ctrl-C. The page computes by itself:
with --export it is one file that works from disk, or from any web server. A
served page offers datasets/names.txt as a list, if there is one.
`,
    groups: [["Options (defaults in parentheses)", COMMAND_OPTIONS.serve]],
    examples: [
      ["microgpt serve --open", "in your browser"],
      ["microgpt serve --export page.html", "as a file, to open or to publish"],
    ],
  },
};

const TAIL = `Results go to stdout, everything else to stderr. Exit code: 0 if all went well,
1 if something failed, 2 if the command line was wrong, 130 after Ctrl-C.
`;

/**
 * The help of a command.
 *
 * @param program The words that start the program.
 */
export function helpText(topic: CommandName, program = "microgpt"): string {
  const { head, groups, examples } = PAGES[topic];
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

/** The lists that are included. */
export function presetsText(): string {
  const rows = Object.entries(PRESETS).map(([name, { title }]) => [name, title] as const);
  const width = Math.max(...rows.map(([name]) => name.length));
  return `Lists that are included (--preset NAME):\n${table(rows, width)}`;
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
