/**
 * Makes the pictures of the guide: `deno task pictures`, or some of them by their names.
 *
 * Each is written for both themes of a reader's page, which may differ from those of the system:
 * `<picture>` chooses. All numbers in them come from the program. `terminal` is a recording, for
 * which `script` of util-linux has to be there; the others come out the same each time.
 *
 * @module
 */

import { ROOT } from "../scope.ts";
import { block } from "./block.ts";
import { type Picture, svg, type Theme } from "./drawing.ts";
import { engine } from "./engine.ts";
import { name } from "./name.ts";
import { pipeline } from "./pipeline.ts";
import { plot } from "./plot.ts";
import { terminal } from "./terminal.ts";
import { type NameTrace, traceName } from "./trace.ts";

/** The folder of the pictures. */
const FOLDER = `${ROOT}/docs/pictures`;

/** A picture as SVG, in the colors of a theme. */
type Drawn = (theme: Theme) => string;

const inColors = (picture: Picture): Drawn => (theme) => svg(picture, theme);

/** The pictures that come out the same each time, from the trace of a name. */
export const PICTURES: Readonly<Record<string, (trace: NameTrace) => Drawn | Promise<Drawn>>> = {
  pipeline: (trace) => inColors(pipeline(trace)),
  name: (trace) => inColors(name(trace)),
  block: () => inColors(block()),
  engine: (trace) => inColors(engine(trace)),
  plot,
};

/** Follows a name through the default run. */
export const trace = (): Promise<NameTrace> => traceName("emma");

/** The path of a picture. */
export function pathOf(picture: string, theme: Theme): string {
  return `${FOLDER}/${picture}-${theme}.svg`;
}

async function save(picture: string, drawn: Drawn): Promise<void> {
  for (const theme of ["light", "dark"] as const) {
    const image = drawn(theme);
    await Deno.writeTextFile(pathOf(picture, theme), image);
    console.log(`${picture}-${theme}.svg: ${(image.length / 1000).toFixed(0)} kB`);
  }
}

async function main(args: readonly string[]): Promise<void> {
  const all = [...Object.keys(PICTURES), "terminal"];
  const unknown = args.filter((name) => !all.includes(name));
  if (unknown.length > 0) throw new Error(`There is no ${unknown}: there are ${all.join(", ")}`);
  const isWanted = (name: string) => args.length === 0 || args.includes(name);
  const emma = await trace();
  for (const [name, draw] of Object.entries(PICTURES)) {
    if (isWanted(name)) await save(name, await draw(emma));
  }
  if (isWanted("terminal")) await save("terminal", inColors(await terminal()));
}

if (import.meta.main) await main(Deno.args);
