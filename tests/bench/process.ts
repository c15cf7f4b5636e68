/**
 * The whole program, from the start of its process to the end: the default run
 * beside a `deno run` of an empty file.
 *
 * @module
 */

import { datasetUrl } from "./dataset.ts";
import { runScript, timeOf, toolArgs } from "./fresh.ts";
import { type PeakRss, peakRss } from "./rss.ts";
import type { EmitTimes } from "./run_emit.ts";
import { digits, median, medianRatio } from "./stats.ts";

const TARGETS = { ratio: 3.8, megabytes: 64, bytes: 16_384, milliseconds: 10 };

/** Time, memory, and what the kernels cost before they do anything. */
export async function wholeProcess(quick: boolean): Promise<string> {
  const rounds = quick ? 1 : 20;
  const deno = Deno.execPath(), args = toolArgs(datasetUrl(), []);
  const nothing = await Deno.makeTempFile({ suffix: ".ts" });
  const empty: number[] = [], tool: number[] = [], memory: PeakRss[] = [], emits: EmitTimes[] = [];
  try {
    await timeOf(deno, args); // fills Deno's cache of compiled TypeScript
    await timeOf(deno, ["run", nothing]);
    for (let round = 0; round < rounds; round++) {
      empty.push(await timeOf(deno, ["run", nothing]));
      tool.push(await timeOf(deno, args));
      memory.push(await peakRss(deno, args));
      emits.push(await runScript<EmitTimes>("run_emit.ts", []));
    }
  } finally {
    await Deno.remove(nothing);
  }
  const megabytes = median(memory.map((run) => run.megabytes));
  const milliseconds = (of: "emit" | "compile" | "both") => median(emits.map((run) => run[of]));
  const kernels = `emit ${digits(milliseconds("emit"))} + compile ${
    digits(milliseconds("compile"))
  }`;
  return [
    `Whole process: medians of ${rounds} rounds (the fastest)`,
    `  empty deno run   ${digits(median(empty))} ms (${digits(Math.min(...empty))})`,
    `  default run      ${digits(median(tool))} ms (${digits(Math.min(...tool))})`,
    `  ratio            ${medianRatio(tool, empty).toFixed(2)} (${
      (Math.min(...tool) / Math.min(...empty)).toFixed(2)
    }), target: at most ${TARGETS.ratio}`,
    `  peak RSS         ${digits(megabytes)} MB by ${memory[0]?.source}, ` +
    `target: at most ${TARGETS.megabytes}`,
    `  module           ${emits[0]?.bytes} bytes, target: at most ${TARGETS.bytes}`,
    `  kernels, cold    ${digits(milliseconds("both"))} ms: ${kernels}, ` +
    `target: at most ${TARGETS.milliseconds}`,
  ].join("\n");
}
