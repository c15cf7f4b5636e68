/**
 * The losses of a run, as the program plots them.
 *
 * @module
 */

import { ROOT } from "../scope.ts";
import type { Theme } from "./drawing.ts";

/** The run of docs/hyperparameters.md, shorter. */
const RUN = "--val-fraction 0.1 --batch-size 8 --num-steps 1000 --num-samples 0 --quiet".split(" ");

/** The colors that the plot takes on dark paper. */
const DARK = /@media \(prefers-color-scheme:dark\)\{([^]*?)\n\}\n/;

/** Runs the program; returns its plot in the colors of a theme. */
export async function plot(): Promise<(theme: Theme) => string> {
  const path = await Deno.makeTempFile({ suffix: ".svg" });
  await Deno.remove(path); // the program overwrites nothing but its own plots
  const args = ["run", "-A", "main.ts", ...RUN, "--plot", path, "datasets/names.txt"];
  const { success, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: ROOT }).output();
  if (!success) throw new Error(`Cannot plot a run: ${new TextDecoder().decode(stderr)}`);
  const drawn = await Deno.readTextFile(path);
  await Deno.remove(path);
  if (!DARK.test(drawn)) throw new Error("Cannot find the dark colors of the plot");
  return (theme) => drawn.replace(DARK, theme === "dark" ? "$1\n" : "");
}
