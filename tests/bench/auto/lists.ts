/**
 * The lists that the rule of `--auto` was measured on: those of the package, names.txt, and random
 * cuts of them.
 *
 * @module
 */

import { Docs } from "../../../lib/docs.ts";
import { Random } from "../../../lib/random.ts";
import { ROOT } from "../../helpers/paths.ts";

/** The lists, as files of `datasets/`. */
export const LISTS = [
  "arabic_names",
  "birds",
  "dinosaurs",
  "english_names",
  "german_towns",
  "greek_names",
  "japanese_names",
  "korean_names",
  "minerals",
  "plants",
  "russian_names",
  "names",
] as const;

/** The sizes of the cuts, in lines. */
export const CUTS: readonly number[] = [100, 300, 1000];

/** The maximum number of lines outside of a cut that its models are tested on. */
const MAX_TEST = 500;

/** A list, or a cut of it, and the lines outside of the cut that its characters spell. */
export interface Cut {
  readonly texts: readonly string[];
  readonly test: readonly string[];
}

/** The names of all lists and cuts, small ones first: `names` is a list, `names:100` a cut. */
export function specs(): string[] {
  const sizes = new Map(LISTS.map((name) => [name, distinct(name).length]));
  const cuts = CUTS.flatMap((cut) =>
    LISTS.filter((name) => sizes.get(name)! >= 1.3 * cut).map((name) => `${name}:${cut}`) // it is there
  );
  return [...cuts, ...LISTS];
}

/**
 * Loads a list, or draws a cut of it.
 *
 * @param spec Its name, as {@linkcode specs} has it.
 * @param seed Another one draws other lines.
 */
export function load(spec: string, seed: number): Cut {
  const [name, size] = spec.split(":");
  const lines = distinct(name!); // a string has a first part
  if (size === undefined) return { texts: lines, test: [] };
  new Random(1000 + seed).shuffle(lines);
  const texts = lines.slice(0, Number(size));
  const known = new Set(texts.join(""));
  const isSpelled = (line: string) => [...line].every((character) => known.has(character));
  const longest = Math.max(...texts.map((text) => [...text].length));
  const rest = lines.slice(Number(size)).filter((line) => [...line].length <= longest);
  return { texts, test: rest.filter(isSpelled).slice(0, MAX_TEST) };
}

function distinct(name: string): string[] {
  const file = Deno.readFileSync(`${ROOT}/datasets/${name}.txt`);
  return [...new Set(Docs.parse(file))];
}
