/**
 * Lets a model write what the options ask for.
 *
 * @module
 */

import { Constraints, isConstrained } from "../constraints.ts";
import { readDataset } from "../dataset.ts";
import { Docs } from "../docs.ts";
import { documentLength, type Engine } from "../engine.ts";
import { generate, type GeneratedText } from "../generate.ts";
import type { DocumentIndex } from "../nearest_document.ts";
import type { Random } from "../random.ts";
import type { Tokenizer } from "../tokenizer.ts";
import type { GenerationArguments } from "./generation_args.ts";
import type { Results } from "./output.ts";

/** What writes, and how. */
export interface Writer {
  readonly engine: Engine;
  readonly tokenizer: Tokenizer;
  readonly random: Random;
  readonly generation: GenerationArguments;
  /** What the model was trained on; `undefined` if that is not known. */
  readonly trainingList: () => Promise<Iterable<string> | undefined>;
  readonly results: Results;
  /** JSON lines, or lines as `line` makes them. */
  readonly json: boolean;
  /** The line of a text, the first of which has number 1. */
  readonly line: (text: string, number: number) => string;
}

/** What is written as JSON beside the text. */
interface Judgement {
  /** The natural logarithm of its probability. */
  readonly logProb: number;
  readonly perplexity: number;
  /** In characters. */
  readonly length: number;
  readonly inTrainingList?: boolean;
  readonly nearest?: string | null;
}

/**
 * Writes.
 *
 * @throws {Error} If fewer texts were found than wanted, after those have been written.
 */
export async function writeSamples(writer: Writer): Promise<void> {
  const { generation } = writer;
  const known = generation.isNew || writer.json ? await knownTexts(writer) : undefined;
  const excluded = await excludedTexts(generation, known);
  const judge = writer.json ? await newJudge(writer, known) : undefined;
  const prompts = generation.prompt === "-" ? await readPrompts() : [generation.prompt];
  let number = 0;
  for (const prompt of prompts) {
    number = writeFor(writer, prompt, excluded, judge, number);
  }
}

/**
 * Checks that something can be written at all, which is better known before
 * training than after.
 *
 * @throws {RangeError} If no text can meet the constraints.
 */
export function assertPossible(
  generation: GenerationArguments,
  tokenizer: Tokenizer,
  blockSize: number,
): void {
  const constraints = {
    ...generation,
    prompt: generation.prompt === "-" ? undefined : generation.prompt,
  };
  if (isConstrained(constraints)) new Constraints(constraints, tokenizer, blockSize);
}

/** Writes what begins with one prompt; tells how many texts have been written in all. */
function writeFor(
  writer: Writer,
  prompt: string | undefined,
  excluded: ReadonlySet<string>,
  judge: ((result: GeneratedText) => Judgement) | undefined,
  before: number,
): number {
  const { engine, tokenizer, random, generation, results, line } = writer;
  const search = generate(engine, tokenizer, random, { ...generation, prompt, exclude: excluded });
  let number = before;
  let next = search.next();
  for (; !next.done; next = search.next()) {
    const { text } = next.value;
    number++;
    results.line(
      judge === undefined
        ? line(text, number)
        : JSON.stringify({ type: "sample", text, ...judge(next.value) }),
    );
  }
  const { numFound, numTries, end } = next.value;
  if (end !== "found") throw new Error(shortage(generation, prompt, numFound, numTries, end));
  return number;
}

/** Says honestly how far a search came. */
function shortage(
  { numSamples }: GenerationArguments,
  prompt: string | undefined,
  numFound: number,
  numTries: number,
  end: "tries" | "exhausted",
): string {
  const about = prompt === undefined ? "" : ` for the prompt ${JSON.stringify(prompt)}`;
  const count = (n: number) => n.toLocaleString("en-US");
  const why = end === "tries"
    ? "the last tries gave nothing that was wanted: ask for fewer, or for less, or raise --temperature"
    : "every try gives the same text: raise --temperature";
  return `Found ${count(numFound)} of ${count(numSamples)} samples${about} ` +
    `after ${count(numTries)} ${numTries === 1 ? "try" : "tries"}: ${why}`;
}

async function knownTexts({ generation, trainingList }: Writer): Promise<Set<string> | undefined> {
  const texts = await trainingList();
  if (texts === undefined && generation.isNew) {
    throw new Error(
      "Cannot tell what is new: the model has no training list: name it with --exclude FILE",
    );
  }
  return texts && new Set(texts);
}

async function excludedTexts(
  { isNew, exclude }: GenerationArguments,
  known: ReadonlySet<string> | undefined,
): Promise<ReadonlySet<string>> {
  const inTraining = isNew && known !== undefined ? known : new Set<string>();
  if (exclude === undefined) return inTraining;
  return new Set([...inTraining, ...Docs.parse(await readDataset(exclude))]);
}

/** What judges texts: how likely they are, and how near to what the model has seen. */
async function newJudge(
  { engine, tokenizer }: Writer,
  known: ReadonlySet<string> | undefined,
): Promise<(result: GeneratedText) => Judgement> {
  const index = known && await newIndex(known);
  return ({ text, ids }) => {
    const tokens = [tokenizer.bos, ...ids, tokenizer.bos];
    const loss = engine.loss(tokens);
    return {
      logProb: -loss * documentLength(tokens, engine.config),
      perplexity: Math.exp(loss),
      length: [...text].length,
      ...(known === undefined ? {} : {
        inTrainingList: known.has(text),
        nearest: index?.nearest(text)?.text ?? null,
      }),
    };
  };
}

async function newIndex(texts: Iterable<string>): Promise<DocumentIndex> {
  const { DocumentIndex } = await import("../nearest_document.ts");
  return new DocumentIndex(texts);
}

async function readPrompts(): Promise<string[]> {
  const prompts = [...Docs.parse(await readDataset("-"))];
  if (prompts.length === 0) throw new Error("Cannot read the prompts: stdin has none, one a line");
  return prompts;
}
