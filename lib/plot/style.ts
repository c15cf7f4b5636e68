/**
 * The looks of a plot, as CSS: on white paper, or on dark where the reader prefers that.
 *
 * The colors of the curves are Okabe and Ito's blue and vermilion, brighter on dark: color-blind
 * readers can tell them apart. Every selector begins with the plot's class, so that nothing else
 * changes on a page that the SVG becomes a part of.
 *
 * @module
 */

const SHAPES = `
text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
.title{font-size:16px;font-weight:600}
.mid{text-anchor:middle}
.end{text-anchor:end}
text.mean,text.validation{font-weight:600}
path{fill:none;stroke-linejoin:round}
path.mean{stroke-width:2.5}
path.validation{stroke-width:2}
path.dots{stroke-width:7;stroke-linecap:round}
path.baseline{stroke-width:1.5;stroke-dasharray:6 4}
path.band{fill-opacity:.2}`;

/** Rules up to a color, and the color on light and on dark paper. */
const COLORS: readonly (readonly [rule: string, light: string, dark: string])[] = [
  [".paper{fill:", "#fff", "#0d1117"],
  ["text{fill:", "#424a53", "#b1bac4"],
  [".title{fill:", "#1f2328", "#e6edf3"],
  ["text.mean{fill:", "#005a8c", "#79c0ff"],
  ["text.validation{fill:", "#a84a00", "#ffa657"],
  ["path.grid{stroke:", "#d8dee4", "#262c36"],
  ["path.axis,path.leader{stroke:", "#8c959f", "#6e7681"],
  ["path.baseline{stroke:", "#6e7781", "#8b949e"],
  ["path.mean{stroke:", "#0072b2", "#56b4e9"],
  ["path.each{stroke:", "#74b1d6", "#34698a"],
  ["path.band{fill:", "#0072b2", "#56b4e9"],
  ["path.validation{stroke:", "#d55e00", "#f0883e"],
];

const LIGHT = COLORS.map(([rule, light]) => `\n${rule}${light}}`).join("");
const DARK = COLORS.map(([rule, , dark]) => `\n${rule}${dark}}`).join("");

/** The content of the `<style>` element of an SVG with class `loss-plot`. */
export const STYLE = `${scoped(SHAPES + LIGHT)}\n@media (prefers-color-scheme:dark){${
  scoped(DARK)
}\n}\n`;

/** Puts the class before each selector of each line. */
function scoped(css: string): string {
  return css.replace(/^(.+)(?={)/gm, (selectors) => selectors.replace(/[^,]+/g, ".loss-plot $&"));
}
