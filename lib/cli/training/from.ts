/**
 * `--from`: a saved model that goes on with another list. Its sizes, its kind of tokens and the
 * form of its texts come from the file, everything else from the command line.
 *
 * @module
 */

import {
  extendWeights,
  inheritSettings,
  mergeTokenizers,
  type ModelSettings,
  type TrainedModel,
} from "../../fine_tuning.ts";
import { usedWeights } from "../../checkpoint/checkpoint.ts";
import type { Random } from "../../random.ts";
import { asWord } from "../../text/quote.ts";
import { shownSymbol } from "../../text/symbol.ts";
import { AS_IT_IS } from "../../text/text_form.ts";
import type { Tokenizer } from "../../tokenizer.ts";
import { type Plan, type TrainCommand, trainCommand } from "../options/commands.ts";
import { kebabCase } from "../options/options.ts";
import { UsageError } from "../options/parsers.ts";
import { loadModel } from "../saved_model.ts";
import type { Say, Talk } from "../terminal/output.ts";

/** A saved model to go on from. */
export interface Start {
  /** The plan of the command line, with the settings that the model decides. */
  readonly plan: Plan;
  /** Makes the tokenizer of the model and of a list, whose own one is given. */
  readonly tokenizerFor: (own: Tokenizer) => Tokenizer;
  /** Makes the weights for that tokenizer and a block of this length. */
  readonly weightsFor: (tokenizer: Tokenizer, blockSize: number, random: Random) => Float64Array;
}

/** The settings that the model decides. */
const INHERITED = [
  "nLayer",
  "nEmbd",
  "nHead",
  "blockSize",
  "tokenizer",
  "normalize",
  "lowercase",
] as const satisfies readonly (keyof ModelSettings)[];

/** The maximum number of characters that are listed. */
const MANY = 20;

/**
 * Opens a saved model to go on from.
 *
 * @param path The file.
 * @param command The command line, which has `--from`.
 * @throws {UsageError} If a setting is given that the model has otherwise.
 * @throws {Error} If the file cannot be read, or is not a model.
 */
export async function openStart(path: string, command: TrainCommand, talk: Talk): Promise<Start> {
  const { checkpoint, plan: saved } = await loadModel(path);
  const { config, tokenizer } = checkpoint;
  const model = {
    config,
    tokenizer,
    weights: usedWeights(checkpoint),
    form: saved?.settings ?? AS_IT_IS,
  };
  const settings = optionsOf(inherited(path, model, command));
  const words = Array.from(settings, ([name, value]) => `--${name} ${value}`.trim());
  talk.note(`--from ${asWord(path)}: ${words.join(" ")}`);
  const given = new Map([...command.given, ...settings]);
  const operands = command.dataset === undefined ? [] : [command.dataset];
  return {
    plan: trainCommand({ given, operands }, "saved"),
    tokenizerFor: (own) => {
      const merged = mergeTokenizers(tokenizer, own);
      noteNew(tokenizer, merged, talk.note);
      return merged;
    },
    weightsFor: (merged, blockSize, random) => extendWeights(model, merged, blockSize, random),
  };
}

/** Writes settings as options. */
function optionsOf(settings: ModelSettings): Map<string, string> {
  const options = INHERITED.map((name) => [kebabCase(name), settings[name]] as const)
    .filter(([, value]) => value !== false);
  return new Map(options.map(([name, value]) => [name, value === true ? "" : `${value}`]));
}

/** Notes the characters that a model has not met. */
function noteNew(old: Tokenizer, merged: Tokenizer, note: Say): void {
  const known = new Set(old.symbols);
  const symbols = merged.symbols.filter((symbol) => !known.has(symbol));
  if (symbols.length === 0) return;
  const what = old.kind === "char" ? "character" : "byte";
  const count = `${symbols.length} ${what}${symbols.length === 1 ? " is" : "s are"}`;
  const more = symbols.length > MANY ? ` and ${symbols.length - MANY} more` : "";
  note(`${count} new to the model: ${symbols.slice(0, MANY).map(shownSymbol).join(" ")}${more}`);
}

function inherited(
  path: string,
  model: TrainedModel,
  { settings, given }: TrainCommand,
): ModelSettings {
  const names = INHERITED.filter((name) => given.has(kebabCase(name)));
  const asked = Object.fromEntries(names.map((name) => [name, settings[name]]));
  try {
    return inheritSettings(model, asked, {
      model: asWord(path),
      setting: (name) => `--${kebabCase(name)}`,
    });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(error.message);
  }
}
