/**
 * Generation under constraints beside rejection, which draws texts without constraints and keeps
 * those that satisfy them. Both should write the same: their mean lengths and mean logarithms of
 * probability are compared, list by list and constraint by constraint. The times are those of the
 * processor, with the fast engine in f64.
 *
 * @module
 */

import { cpuTime } from "./cpu.ts";
import { datasetUrl } from "./dataset.ts";
import { markdown } from "./markdown.ts";
import { digits, type Mean, meanOf, median, standardErrors } from "./stats.ts";
import { documentLength } from "../../lib/engine.ts";
import { PRESETS, type PresetSettings } from "../../lib/files/presets.ts";
import { constrained } from "../../lib/generate/constrained.ts";
import { Constraints, type TextConstraints } from "../../lib/generate/constraints.ts";
import { generate } from "../../lib/generate/generate.ts";
import { PrefixTree } from "../../lib/generate/prefix_tree.ts";
import { tokenByToken } from "../../lib/generate/token_by_token.ts";
import { Microgpt } from "../../lib/microgpt.ts";
import { Random } from "../../lib/random.ts";
import { DEFAULT_TEMPERATURE } from "../../lib/sample.ts";
import { isWanted } from "../helpers/wanted.ts";

/** The constraints for each list: a preset, or names.txt with the default settings. */
const CONSTRAINTS: Readonly<Record<string, readonly TextConstraints[]>> = {
  names: [
    { endsWith: "son" },
    { endsWith: "xa" },
    { contains: "dra" },
    { contains: "zq" },
    { startsWith: "k", endsWith: "a" },
    { minLength: 9 },
    { maxLength: 3 },
    { contains: "l", endsWith: "ie" },
    { endsWith: "o", minLength: 6, maxLength: 6 },
    { match: /^k.*qu.*a$/u },
  ],
  towns: [
    { endsWith: "burg" },
    { endsWith: "see" },
    { contains: "rot" },
    { contains: "ü" },
    { startsWith: "b", endsWith: "heim" },
    { minLength: 12 },
    { maxLength: 4 },
    { contains: "en", endsWith: "dorf" },
    { contains: "a", minLength: 6, maxLength: 6 },
    { match: /^[^aeiouäöü]*[aeiouäöü][^aeiouäöü]*$/u },
  ],
  dinosaurs: [
    { endsWith: "saurus" },
    { endsWith: "mimus" },
    { contains: "rex" },
    { contains: "zh" },
    { startsWith: "tri", endsWith: "ops" },
    { minLength: 15 },
    { maxLength: 7 },
    { contains: "ptor", endsWith: "ia" },
    { endsWith: "don", minLength: 8, maxLength: 9 },
    { match: /^[^s]+$/u },
  ],
  plants: [
    { endsWith: "ia" },
    { endsWith: "anthus" },
    { contains: "ph" },
    { contains: "xy" },
    { startsWith: "c", endsWith: "um" },
    { minLength: 12 },
    { maxLength: 5 },
    { contains: "o", endsWith: "ella" },
    { contains: "th", minLength: 7, maxLength: 7 },
    { match: /^(.[aeiou])+$/u },
  ],
  russian: [
    { endsWith: "ия" },
    { endsWith: "слав" },
    { contains: "ми" },
    { contains: "ж" },
    { startsWith: "а", endsWith: "а" },
    { minLength: 9 },
    { maxLength: 4 },
    { contains: "л", endsWith: "на" },
    { contains: "о", minLength: 5, maxLength: 5 },
    { match: /^[^аеи]+$/u },
  ],
  korean: [
    { endsWith: "은" },
    { endsWith: "우" },
    { contains: "하" },
    { contains: "별" },
    { startsWith: "지", endsWith: "민" },
    { minLength: 6 },
    { maxLength: 3 },
    { contains: "서", endsWith: "연" },
    { contains: "수", minLength: 4, maxLength: 4 },
    { match: /^[가-깋].$/u },
  ],
};

/** The seeds of lookahead and of rejection: other ones give other samples, alike. */
const SEEDS = { lookahead: 1, rejection: 2 };

/** A model, and the way it draws. */
interface Writer {
  readonly gpt: Microgpt;
  readonly temperature: number;
  readonly isDecomposed: boolean;
}

/** A text in tokens. */
type Ids = readonly number[];

/** The facts of a set of texts. */
interface Facts {
  readonly count: number;
  readonly length: Mean;
  readonly logProb: Mean;
}

/** A constraint, and what either way makes of it. */
interface Row {
  readonly constraints: TextConstraints;
  readonly lookahead: Facts;
  readonly rejection: Facts;
  readonly probability: number;
  /** Milliseconds: per text, per 16 texts that were begun, and before the first text. */
  readonly times: readonly [text: number, sixteen: number, tables: number];
}

async function newWriter(list: string, quick: boolean): Promise<Writer> {
  const preset = PRESETS[list];
  const settings: Partial<PresetSettings> = preset?.settings ?? {};
  const texts = preset === undefined ? await Deno.readFile(datasetUrl()) : await preset.load();
  const gpt = await Microgpt.train(texts, { ...settings, ...(quick ? { numSteps: 50 } : {}) });
  const { temperature = DEFAULT_TEMPERATURE, normalize } = settings;
  return { gpt, temperature, isDecomposed: normalize === "nfd" };
}

/** The number of texts that have been begun, of all models. */
let numTexts = 0;
const { begin } = PrefixTree.prototype;
PrefixTree.prototype.begin = function () {
  numTexts++;
  return begin.call(this);
};

/** The constraints as the library takes them: texts as the model writes them. */
function formed(constraints: TextConstraints, { isDecomposed }: Writer): TextConstraints {
  if (!isDecomposed) return constraints;
  const entries = Object.entries(constraints).map(([name, value]) =>
    [name, typeof value === "string" ? value.normalize("NFD") : value] as const
  );
  return { ...Object.fromEntries(entries), composed: true };
}

/** Writes texts with lookahead. */
function writeLedTexts(writer: Writer, constraints: TextConstraints, numSamples: number) {
  const { gpt: { engine, tokenizer }, temperature } = writer;
  const options = { ...formed(constraints, writer), temperature, numSamples };
  const texts = generate(engine, tokenizer, new Random(SEEDS.lookahead), options);
  const found: Ids[] = [];
  const times: number[] = [];
  let begun = 0;
  for (;;) {
    const start = cpuTime();
    const { done, value } = texts.next();
    if (done) {
      const total = times.reduce((a, b) => a + b, 0);
      const sixteen = 16 * total / (numTexts - begun);
      return { found, probability: value.probability ?? NaN, time: median(times), sixteen };
    }
    if (found.push(value.ids) === 1) begun = numTexts; // the first one, and all that comes before
    else times.push(cpuTime() - start);
  }
}

/** Measures what has to be done before the first text, in milliseconds. */
function timeTables(writer: Writer, constraints: TextConstraints, rounds: number): number {
  const { gpt: { engine, tokenizer }, temperature } = writer;
  const times = Array.from({ length: rounds }, () => {
    const start = cpuTime();
    const { blockSize } = engine.config;
    const { automaton, prefix } = new Constraints(
      formed(constraints, writer),
      tokenizer,
      blockSize,
    );
    constrained(engine, new Random(1), { automaton, prefix, temperature, filter: {} });
    return cpuTime() - start;
  });
  return median(times);
}

/** Draws texts without constraints. */
function drawPool({ gpt: { engine, tokenizer }, temperature }: Writer, size: number) {
  const draw = tokenByToken(engine, new Random(SEEDS.rejection), temperature);
  return Array.from({ length: size }, () => {
    const ids = draw();
    return { ids, text: tokenizer.decode(ids) };
  });
}

/** Tells whether a text satisfies constraints, without the library. */
function isAccepted(text: string, constraints: TextConstraints, writer: Writer): boolean {
  const { match, ...others } = formed(constraints, writer);
  if (!isWanted(text, others)) return false;
  const composed = text.normalize("NFC");
  return !/[\u1100-\u11ff]/.test(composed) && (match === undefined || match.test(composed));
}

function factsOf({ gpt: { engine, tokenizer } }: Writer, texts: readonly Ids[]): Facts {
  const logProbs = texts.map((ids) => {
    const tokens = [tokenizer.bos, ...ids, tokenizer.bos];
    return -engine.loss(tokens) * documentLength(tokens, engine.config);
  });
  const length = meanOf(texts.map((ids) => ids.length));
  return { count: texts.length, length, logProb: meanOf(logProbs) };
}

async function measure(list: string, quick: boolean): Promise<{ title: string; rows: Row[] }> {
  const numSamples = quick ? 5 : 200, poolSize = quick ? 500 : 200_000, rounds = quick ? 1 : 5;
  const writer = await newWriter(list, quick);
  const pool = drawPool(writer, poolSize);
  const { gpt: { engine: { config } }, temperature } = writer;
  const title = `**${list}**, width ${config.nEmbd}, temperature ${temperature}:`;
  const rows = CONSTRAINTS[list]!.map((constraints): Row => { // a list
    const led = writeLedTexts(writer, constraints, numSamples);
    const kept = pool.filter(({ text }) => isAccepted(text, constraints, writer));
    return {
      constraints,
      lookahead: factsOf(writer, led.found),
      rejection: factsOf(writer, kept.slice(0, numSamples).map(({ ids }) => ids)),
      probability: led.probability,
      times: [led.time, led.sixteen, timeTables(writer, constraints, rounds)],
    };
  });
  return { title, rows };
}

const HEADER = [
  "constraint",
  "probability",
  "length",
  "by rejection",
  "SE apart",
  "log-probability",
]
  .concat("by rejection", "SE apart", "ms per text", "ms for 16", "tables, ms");

/** Shows constraints as options of the command line. */
function shown({ match, ...texts }: TextConstraints): string {
  const options = Object.entries(texts).map(([name, value]) =>
    `--${name.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)} ${value}`
  );
  if (match !== undefined) options.push(`--match '${match.source}'`);
  return `\`${options.join(" ")}\``;
}

/** With fewer texts than these, a mean and its standard error say little. */
const FEW = 30;

/** The distance of two means in standard errors; NaN if one of them is of too few texts. */
function apart(a: Facts, b: Facts, name: "length" | "logProb"): number {
  return Math.min(a.count, b.count) < FEW ? NaN : standardErrors(a[name], b[name]);
}

function cells({ constraints, lookahead, rejection, probability, times }: Row): string[] {
  const mean = ({ mean, error }: Mean) => `${mean.toFixed(2)} ± ${error.toFixed(2)}`;
  const pair = (name: "length" | "logProb") => {
    const distance = apart(lookahead, rejection, name);
    const other = rejection.count < FEW ? `${rejection.count} found` : mean(rejection[name]);
    return [mean(lookahead[name]), other, Number.isNaN(distance) ? "" : distance.toFixed(1)];
  };
  const rounded = times.map(digits);
  return [
    shown(constraints),
    Number.isNaN(probability) ? "" : probability.toPrecision(2),
    ...pair("length"),
    ...pair("logProb"),
    ...rounded,
  ];
}

/** Says how many cells are within two standard errors. */
function verdict(rows: readonly Row[]): string {
  const distances = rows.flatMap(({ lookahead, rejection }) =>
    (["length", "logProb"] as const).map((name) => apart(lookahead, rejection, name))
  ).filter((distance) => !Number.isNaN(distance));
  const near = distances.filter((distance) => distance <= 2).length;
  const [text, sixteen, tables] = [0, 1, 2].map((i) =>
    digits(Math.max(...rows.map(({ times }) => times[i]!))) // there are three
  );
  return `Within two standard errors: ${near} of ${distances.length} cells. ` +
    `At most ${text} ms per text, ${sixteen} ms for 16 candidates, ${tables} ms for tables`;
}

/** Lookahead beside rejection. */
export async function constrainedTexts(quick: boolean): Promise<string> {
  const parts: string[] = [];
  const all: Row[] = [];
  for (const list of Object.keys(CONSTRAINTS)) {
    const { title, rows } = await measure(list, quick);
    all.push(...rows);
    parts.push(`${title}\n\n${markdown([HEADER, ...rows.map(cells)])}`);
  }
  return ["Constrained texts", ...parts, verdict(all)].join("\n\n");
}
