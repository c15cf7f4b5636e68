/**
 * Sentences of the reference about options, beside those of `--help`, which has one line for each.
 *
 * @module
 */

import type { COMMAND_OPTIONS } from "../lib/cli/options/tables.ts";

/** The name of an option of any command. */
type OptionName = { [C in keyof typeof COMMAND_OPTIONS]: keyof (typeof COMMAND_OPTIONS)[C] }[
  keyof typeof COMMAND_OPTIONS
];

/** Sentences in Markdown. A name that no command has is an error of types. */
export const NOTES: Readonly<Partial<Record<OptionName, string>>> = {
  "preset": "Without a name, `--preset` lists them.",
  "column": "The name stands in the first row; numbers count from 1.",
  "normalize": "`nfc` composes letters and marks, `nfd` takes them apart.",
  "val-fraction":
    "Split by distinct document, so that no duplicate leaks. The model is validated " +
    "10 times per run; the best checkpoint is saved, and used for the samples.",
  "from": "Characters that the model does not know get new rows. " +
    "See [Another list](hyperparameters.md#another-list).",
  "n-head": "Costs no parameters.",
  "block-size": "Longer documents are truncated.",
  "auto": "Names its choice on stderr. See [Settings for your list](auto.md).",
  "tokenizer": "A character is a Unicode code point; bytes are those of UTF-8.",
  "batch-size": "The gradient is the mean over the batch.",
  "learning-rate": "The rate of the first step, or of the last one of `--warmup`.",
  "schedule": "Its course after the warm-up: `linear` and `cosine` fall to 0, `constant` does not.",
  "warmup": "In a straight line: the first step has 1 / N of it.",
  "weight-decay":
    "Decoupled from Adam: each weight is multiplied by 1 - X times the learning rate, before Adam moves it.",
  "loss-mean":
    "`document`, as in microgpt.py: the mean of each document's own mean. `token`: the " +
    "mean over all tokens of the batch, so that long documents count for more.",
  "reshuffle": "The first pass has the order of microgpt.py.",
  "ema":
    "The weights after a step t steps ago have a share that is proportional to X to the power t. " +
    "Training goes on with the weights themselves; validation, samples and later commands use the average.",
  "seed": "`--seed 42` is `random.seed(42)` in Python.",
  "threads": "The results are those of one thread, bit for bit. See [the engine](engine.md).",
  "dtype": "`f32` is faster; printed losses then differ from Python's.",
  "engine": "`wasm` is compiled to WebAssembly; `scalar` is for reading.",
  "patience": "Needs `--val-fraction`.",
  "log-every": "`--log-every 1` prints what microgpt.py prints.",
  "log": "See [The log](#the-log).",
  "plot": "With `--val-fraction` it has the [baselines](glossary.md#baseline), too.",
  "sample-every": "Only on a terminal; stdout never gets them.",
  "save": "The file is in the format of safetensors: see [Elsewhere](elsewhere.md).",
  "save-every": "Needs `--save`.",
  "resume": "`--save` chooses another file.",
  "prompt": "The prompt is part of the text.",
  "starts-with": "Enforced while the text is written.",
  "ends-with": "Enforced while the text is written.",
  "contains": "Enforced while the text is written.",
  "match":
    "Enforced while the text is written, with the flag `u`. Without `^` and `$` it matches a part of the text.",
  "unique": "Texts that differ only in case or Unicode form count as the same.",
  "new": "Texts that differ only in case or Unicode form count as the same.",
  "exclude": "`-` reads from stdin.",
  "per-line": "Nats per token, a tab, the line.",
  "json": "See [JSON lines](#json-lines).",
  "quiet": "Errors and warnings remain.",
  "color": "`auto`: on a terminal, unless `NO_COLOR` is set.",
  "export": "Not with `--port` or `--open`.",
};
