/**
 * Lets a model write what the options ask for.
 *
 * @module
 */

import { documentLength, type Engine } from "../../engine.ts";
import { generate, type GeneratedText, type GenerateSummary } from "../../generate/generate.ts";
import type { DocumentIndex } from "../../generate/nearest_document.ts";
import type { Random } from "../../random.ts";
import type { Tokenizer } from "../../tokenizer.ts";
import { kebabCase } from "../options/options.ts";
import type { GenerationSettings } from "../options/tables.ts";
import type { GenerationInputs } from "./generation_inputs.ts";
import type { Results, Say } from "../terminal/output.ts";
import { fold, FoldedSet } from "../../text/text_form.ts";
import { quote } from "../../text/quote.ts";

/** The probability below which the constraints are noted to be all but impossible. */
const UNLIKELY = 1e-12;

/** A model that writes, and the form of its output. */
export interface Writer {
  readonly engine: Engine;
  readonly tokenizer: Tokenizer;
  readonly random: Random;
  readonly inputs: GenerationInputs;
  /** Loads the training list; `undefined` if it is not known. */
  readonly trainingList: () => TrainingList | undefined | Promise<TrainingList | undefined>;
  readonly results: Results;
  readonly note: Say;
  /** JSON lines, or lines as `line` makes them. */
  readonly json: boolean;
  /** Makes a text as people write it. */
  readonly shown: (text: string) => string;
  /** Makes the line of a text; the first one has number 1. */
  readonly line: (text: string, number: number) => string;
}

/** The texts of a list, one after the other or as the lines of a single text, which is faster. */
export type TrainingList = Iterable<string> | { readonly lines: string };

/** The facts beside a text in JSON. */
interface Judgement {
  /** The natural logarithm of its probability. */
  readonly logProb: number;
  readonly perplexity: number;
  /** The number of characters. */
  readonly length: number;
  readonly inTrainingList?: boolean;
  readonly nearest?: string | null;
}

/**
 * Writes the texts that are wanted, for each prompt.
 *
 * @throws {Error} If there are fewer than wanted, after those have been written.
 */
export async function writeSamples(writer: Writer): Promise<void> {
  const { engine, tokenizer, random, inputs, results, json, shown, line } = writer;
  const { generation } = inputs;
  const list = generation.new || json ? await knownTexts(writer) : undefined;
  const known = list && setOf(list, shown);
  const judge = json ? await newJudge(writer, list, known) : undefined;
  const written = new FoldedSet(); // for all prompts together, if that matters
  // A text is judged as people see it: a model can write the same letters in two orders.
  const exclude = (text: string) => {
    const key = fold(shown(text));
    const isOld = generation.new && (key === "" || known?.hasFolded(key) === true);
    return isOld || written.hasFolded(key) || inputs.excluded.hasFolded(key);
  };
  let number = 0;
  for (const prompt of inputs.prompts) {
    const options = { ...generation, prompt, exclude, unique: false };
    const summary = forEach(generate(engine, tokenizer, random, options), (found) => {
      const { text } = found;
      number++;
      if (generation.unique) written.add(shown(text));
      if (judge === undefined) results.line(line(text, number));
      else results.json({ type: "sample", text: shown(text), ...judge(found) });
    });
    if (summary.end !== "found") throw new Error(shortage(generation, prompt, summary));
    noteUnlikely(prompt, summary, writer.note);
  }
}

/** Visits all that a generator yields; returns what it returns. */
function forEach<T, R>(items: Generator<T, R, void>, visit: (item: T) => void): R {
  for (;;) {
    const { done, value } = items.next();
    if (done) return value;
    visit(value);
  }
}

/** The options that a text has to satisfy; `--auto` and saved models bring some of them, too. */
const CONDITIONS: readonly (keyof GenerationSettings)[] = [
  "startsWith",
  "endsWith",
  "contains",
  "match",
  "minLength",
  "maxLength",
  "unique",
  "new",
  "exclude",
];

/** Names the options that texts had to satisfy, in parentheses. */
function conditionsOf(generation: GenerationSettings): string {
  const used = CONDITIONS.filter((name) => (generation[name] ?? false) !== false);
  return used.length === 0 ? "" : ` (${used.map((name) => `--${kebabCase(name)}`).join(", ")})`;
}

/** Says how far a search came. */
function shortage(
  generation: GenerationSettings,
  prompt: string | undefined,
  { numFound, numTries, end, probability = 1 }: GenerateSummary,
): string {
  const { numSamples, temperature, topK } = generation;
  const narrow = [temperature === 0 ? "--temperature" : "", topK === 1 ? "--top-k" : ""];
  const why = probability === 0
    ? "the model does not write such texts: loosen the conditions, or raise --temperature, --top-k or --top-p"
    : end === "tries" && probability < UNLIKELY
    ? `the model almost never writes such texts: their ${about(probability)}: loosen the conditions`
    : end === "tries"
    ? `none of the last tries matched${conditionsOf(generation)}: loosen the conditions, ` +
      "ask for fewer, or raise --temperature"
    : `every try gives the same text: raise ${narrow.filter((name) => name !== "").join(" and ")}`;
  return `Found ${count(numFound)} of ${count(numSamples)} samples${forPrompt(prompt)} ` +
    `after ${count(numTries)} ${numTries === 1 ? "try" : "tries"}: ${why}`;
}

/** Notes that texts are so unlikely that they say little about the model. */
function noteUnlikely(
  prompt: string | undefined,
  { numFound, probability = 1 }: GenerateSummary,
  note: Say,
): void {
  if (probability >= UNLIKELY) return;
  note(
    `Found ${count(numFound)} samples${
      forPrompt(prompt)
    }, but the model almost never writes such ` +
      `texts: their ${about(probability)}`,
  );
}

function about(probability: number): string {
  return `probability is about ${probability.toExponential(0)}`;
}

function forPrompt(prompt: string | undefined): string {
  return prompt === undefined ? "" : ` for the prompt ${quote(prompt)}`;
}

function count(n: number): string {
  return n.toLocaleString("en-US");
}

async function knownTexts({ inputs, trainingList }: Writer): Promise<TrainingList | undefined> {
  const list = await trainingList();
  if (list === undefined && inputs.generation.new) {
    throw new Error(
      "Cannot tell what is new: the model has no training list: use --exclude FILE instead of --new",
    );
  }
  return list;
}

/** Makes a set of the texts of a list as people see them: text by text, or all lines at once. */
function setOf(list: TrainingList, shown: Writer["shown"]): FoldedSet {
  return "lines" in list
    ? FoldedSet.ofLines(shown(list.lines))
    : new FoldedSet(Iterator.from(list).map(shown));
}

/** Makes a function that finds the facts about a text. */
async function newJudge(
  { engine, tokenizer, shown }: Writer,
  list: TrainingList | undefined,
  known: FoldedSet | undefined,
): Promise<(found: GeneratedText) => Judgement> {
  const index = list && await newIndex(list, shown);
  return ({ text, ids }) => {
    const tokens = [tokenizer.bos, ...ids, tokenizer.bos];
    const loss = engine.loss(tokens);
    return {
      logProb: -loss * documentLength(tokens, engine.config),
      perplexity: Math.exp(loss),
      length: [...shown(text)].length,
      ...(known === undefined ? {} : {
        inTrainingList: known.has(shown(text)),
        nearest: index?.nearest(shown(text))?.text ?? null,
      }),
    };
  };
}

/** Indexes a list, sorted: so which of equally near texts is named does not depend on their order. */
async function newIndex(list: TrainingList, shown: Writer["shown"]): Promise<DocumentIndex> {
  const { DocumentIndex } = await import("../../generate/nearest_document.ts");
  const texts = !("lines" in list) ? list : list.lines === "" ? [] : list.lines.split("\n");
  return new DocumentIndex([...new Set(Array.from(texts, shown))].sort());
}
