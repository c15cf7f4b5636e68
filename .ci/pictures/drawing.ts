/**
 * Building blocks for the pictures of the guide: colors, text, boxes, arrows, strips of numbers.
 *
 * @module
 */

const FONT = `system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif`;
const MONO = `ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace`;

/** The colors of a theme, which are those of GitHub's pages and of the program's plots. */
export type Theme = "light" | "dark";

const COLORS: Readonly<Record<Theme, string>> = {
  light: "--paper: #fff; --sunk: #f6f8fa; --title: #1f2328; --text: #424a53; --muted: #59636e; " +
    "--edge: #818b98; --rule: #d8dee4; --train: #0072b2; --train-text: #005a8c; " +
    "--wash: #e7f1f8; --back: #d55e00; --back-text: #a84a00;",
  dark: "--paper: #0d1117; --sunk: #161b22; --title: #e6edf3; --text: #b1bac4; --muted: #9198a1; " +
    "--edge: #6e7681; --rule: #262c36; --train: #56b4e9; --train-text: #79c0ff; " +
    "--wash: #12263a; --back: #f0883e; --back-text: #ffa657;",
};

const STYLE = `
text { font-family: ${FONT}; font-size: 17px; fill: var(--text); font-variant-numeric: tabular-nums; }
.mono { font-family: ${MONO}; }
.title { fill: var(--title); font-weight: 600; }
.h1 { font-size: 24px; }
.h2 { font-size: 19px; }
.small { font-size: 15px; }
.strong { fill: var(--title); }
.muted { fill: var(--muted); }
.train { fill: var(--train-text); }
.back { fill: var(--back-text); }
.bold { font-weight: 600; }
.paper { fill: var(--paper); stroke: var(--rule); }
.box { fill: var(--sunk); stroke: var(--edge); }
.live { fill: var(--wash); stroke: var(--train); stroke-width: 2; }
.group { fill: none; stroke: var(--edge); stroke-dasharray: 5 4; }
.line { fill: none; stroke: var(--muted); stroke-width: 1.5; }
.line.t { stroke: var(--train); stroke-width: 2.5; }
.line.b { stroke: var(--back); stroke-width: 2.5; stroke-dasharray: 7 4; }
.line.i { stroke: var(--title); stroke-width: 2.5; stroke-dasharray: 2 4; stroke-linecap: round; }
.head { fill: var(--muted); }
.head.t { fill: var(--train); }
.head.b { fill: var(--back); }
.head.i { fill: var(--title); }
.cell { stroke: var(--rule); }
.pos { fill: var(--train); }
.neg { fill: var(--back); }
.rule { stroke: var(--rule); }
.rows { fill: var(--sunk); stroke: var(--edge); }
.rows.even { fill: var(--wash); }
.mark { fill: none; stroke: var(--train); stroke-width: 2; }
`.trim();

export type Anchor = "start" | "middle" | "end";
export type Point = readonly [x: number, y: number];

/** Escapes text for SVG. */
export function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Writes a coordinate. */
const r = (n: number) => String(Math.round(n * 100) / 100);

/** A line of text; its baseline is at y. */
export function text(x: number, y: number, s: string, cls = "", anchor: Anchor = "start"): string {
  const a = anchor === "start" ? "" : ` text-anchor="${anchor}"`;
  const c = cls === "" ? "" : ` class="${cls}"`;
  return `<text x="${r(x)}" y="${r(y)}"${c}${a}>${escaped(s)}</text>`;
}

/** Lines of text, `lead` apart. */
export function lines(
  x: number,
  y: number,
  all: readonly string[],
  cls = "",
  anchor: Anchor = "start",
  lead = 21,
): string {
  return all.map((s, i) => text(x, y + i * lead, s, cls, anchor)).join("\n");
}

/** A rounded rectangle. */
export function rect(x: number, y: number, w: number, h: number, cls = "box", radius = 5): string {
  return `<rect x="${r(x)}" y="${r(y)}" width="${r(w)}" height="${
    r(h)
  }" rx="${radius}" class="${cls}"/>`;
}

/** A box with one centered line. */
export function box(
  x: number,
  y: number,
  w: number,
  h: number,
  s: string,
  cls = "box",
  tcls = "strong",
): string {
  return rect(x, y, w, h, cls) + text(x + w / 2, y + h / 2 + 5.5, s, tcls, "middle");
}

/** A polyline with rounded corners and an arrowhead at its end (`""`: none). */
export function arrow(points: readonly Point[], cls = "", hasHead = true, radius = 8): string {
  const last = points.at(-1)!, before = points.at(-2)!; // there are two at least
  const dx = Math.sign(last[0] - before[0]), dy = Math.sign(last[1] - before[1]);
  const size = cls === "" ? 8 : 10, half = cls === "" ? 4.5 : 6;
  const end: Point = hasHead ? [last[0] - dx * (size - 1), last[1] - dy * (size - 1)] : last;
  let d = `M${points[0]!.map(r).join(" ")}`; // likewise
  for (let i = 1; i < points.length - 1; i++) {
    const [x, y] = points[i]!, p = points[i - 1]!, n = points[i + 1]!; // in bounds
    const near = (to: Point) =>
      `${r(x + Math.sign(to[0] - x) * radius)} ${r(y + Math.sign(to[1] - y) * radius)}`;
    d += `L${near(p)}Q${r(x)} ${r(y)} ${near(n)}`;
  }
  d += `L${r(end[0])} ${r(end[1])}`;
  const head = hasHead
    ? `<path class="head ${cls}" d="M${r(last[0])} ${r(last[1])}L${
      r(last[0] - dx * size + dy * half)
    } ${r(last[1] - dy * size + dx * half)}` +
      `L${r(last[0] - dx * size - dy * half)} ${r(last[1] - dy * size - dx * half)}Z"/>`
    : "";
  return `<path class="line ${cls}" d="${d}"/>${head}`;
}

/** A circle with a plus sign. */
export function plus(x: number, y: number): string {
  return `<circle cx="${r(x)}" cy="${r(y)}" r="11" class="box"/>` +
    `<path class="line" d="M${r(x - 6)} ${r(y)}h12M${r(x)} ${r(y - 6)}v12"/>`;
}

/** Numbers as cells: blue is positive, vermilion negative, the darker the larger. */
export function strip(
  x: number,
  y: number,
  w: number,
  h: number,
  values: readonly number[],
): string {
  const max = Math.max(...values.map(Math.abs)) || 1, cell = w / values.length;
  const cells = values.map((v, i) => {
    const opacity = Math.round(100 * Math.abs(v) / max) / 100;
    return opacity === 0
      ? ""
      : `<rect x="${r(x + i * cell)}" y="${r(y)}" width="${r(cell)}" height="${h}" ` +
        `class="${v < 0 ? "neg" : "pos"}" fill-opacity="${opacity}"/>`;
  }).join("");
  return `<rect x="${r(x)}" y="${r(y)}" width="${r(w)}" height="${h}" fill="var(--paper)"/>` +
    cells +
    `<rect x="${r(x)}" y="${r(y)}" width="${
      r(w)
    }" height="${h}" fill="none" stroke="var(--edge)"/>`;
}

/** A picture, before it has colors. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** A few words, for those who cannot see it. */
  readonly title: string;
  /** The content in sentences, likewise. */
  readonly description: string;
  /** Elements of SVG. */
  readonly body: readonly string[];
  /** Rules of its own, in CSS. */
  readonly style?: string;
}

/** Writes a picture as SVG: with the colors of a theme, as GitHub's may differ from the system's. */
export function svg(picture: Picture, theme: Theme): string {
  const { width, height, title, description, body, style = "" } = picture;
  const head = `xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" ` +
    `width="${width}" height="${height}" role="img" aria-labelledby="title desc"`;
  return `<svg ${head}>
<title id="title">${escaped(title)}</title>
<desc id="desc">${escaped(description)}</desc>
<style>
svg { ${COLORS[theme]} }
${STYLE}
${style}</style>
<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" class="paper"/>
${body.join("\n")}
</svg>
`;
}
