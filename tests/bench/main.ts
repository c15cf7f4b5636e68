/**
 * The benchmarks: `deno task bench [--quick] [section ... | all]`. Without a section those of the
 * whole program and of threads, which take a minute or two. `--quick` runs everything once and
 * briefly, to see that it works; its times mean little.
 *
 * @module
 */

import { constrainedTexts } from "./constrained.ts";
import { engines } from "./engines.ts";
import { enhancements } from "./enhancements.ts";
import { fineTuning } from "./fine_tuning.ts";
import { kernels } from "./kernels.ts";
import { playground } from "./playground.ts";
import { wholeProcess } from "./process.ts";
import type { Section } from "./section.ts";
import { threads } from "./threads.ts";

const SECTIONS: ReadonlyMap<string, Section> = new Map([
  ["constrained", constrainedTexts],
  ["enhancements", enhancements],
  ["engines", engines],
  ["fine-tuning", fineTuning],
  ["kernels", kernels],
  ["playground", playground],
  ["process", wholeProcess],
  ["threads", threads],
]);

/** The sections that are measured unless others are named. */
const USUAL = ["process", "threads"];

async function main(args: readonly string[]): Promise<number> {
  const given = args.filter((arg) => arg !== "--quick");
  const unknown = given.find((name) => name !== "all" && !SECTIONS.has(name));
  if (unknown !== undefined) {
    console.error(`Cannot measure ${unknown}: there are ${[...SECTIONS.keys(), "all"].join(", ")}`);
    return 2;
  }
  const names = given.length === 0 ? USUAL : given;
  for (const [name, section] of SECTIONS) {
    if (!names.includes("all") && !names.includes(name)) continue;
    console.log(await section(args.includes("--quick")) + "\n");
  }
  return 0;
}

if (import.meta.main) Deno.exitCode = await main(Deno.args);
