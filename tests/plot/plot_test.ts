import { assert, assertEquals } from "@std/assert";
import { lossPlot, type LossPlotOptions, type LossPoint } from "../../lib/plot/plot.ts";
import { assertFails } from "../helpers/assert.ts";
import { newRandom } from "../helpers/random.ts";
import { type Element, elementsOf, parseXml } from "../helpers/xml.ts";

/** Losses as those of training: a curve that falls, and noise. */
function losses(length: number, test: string): LossPoint[] {
  const random = newRandom(test);
  return Array.from({ length }, (_, i) => ({
    step: i + 1,
    loss: 2.2 + Math.exp(-i / 100) + random.gauss(0, 0.4),
  }));
}

/** The elements of a plot that have a class. */
function ofClass(svg: string, name: string): Element[] {
  const all = elementsOf(parseXml(svg));
  return all.filter(({ attributes }) => attributes["class"]?.split(" ").includes(name));
}

/** The corners of a path. */
function corners({ attributes }: Element): [number, number][] {
  const pairs = (attributes["d"] ?? "").matchAll(/[ML](-?[\d.]+) (-?[\d.]+)/g);
  return Array.from(pairs, ([, x, y]) => [Number(x), Number(y)]);
}

const VALIDATION = [{ step: 2, loss: 3 }, { step: 4, loss: 2.5 }];
const BASELINES = [{ name: "guessing", loss: 3.3 }, { name: "bigrams", loss: 2.45 }];

Deno.test("lossPlot() shows what there is, and says what it is", () => {
  const all = { losses: losses(5, "plot"), validation: VALIDATION, baselines: BASELINES };
  const table: [LossPlotOptions, string[]][] = [
    [{ losses: all.losses }, ["training, smoothed", "each step"]],
    [{ losses: losses(2000, "plot") }, ["training, smoothed", "middle 80 % of the losses"]],
    [{ losses: [], validation: VALIDATION }, ["validation", "validation 2.50"]],
    [all, ["each step", "validation", "validation 2.50", "guessing 3.30", "bigrams 2.45"]],
  ];
  for (const [options, expected] of table) {
    const svg = lossPlot({ title: "names.txt", ...options });
    const texts = elementsOf(parseXml(svg))
      .filter(({ name }) => name === "text").map(({ text }) => text);
    for (const text of ["names.txt", "step", "loss (nats per token)", ...expected]) {
      assert(texts.includes(text), `${text} in ${texts.join(" | ")}`);
    }
    assertEquals(texts.some((text) => /^training \d\.\d\d$/.test(text)), options.losses.length > 0);
    assertEquals(texts.includes("validation"), options.validation !== undefined);
    assertEquals(ofClass(svg, "baseline").length, 2 * (options.baselines?.length ?? 0));
  }
});

Deno.test("lossPlot() has a line below the title, with room of its own", () => {
  const subtitle = 'width 16 & "more"';
  const [plain, svg] = [{}, { subtitle }].map((more) => lossPlot({ losses: VALIDATION, ...more }));
  const [text, ...others] = ofClass(svg!, "subtitle"); // there are two plots
  assertEquals([text?.text, others], [subtitle, []]);
  const heightOf = (svg: string) => Number(parseXml(svg).attributes["height"]);
  assertEquals(heightOf(svg!) - heightOf(plain!), 20);
});

Deno.test("lossPlot() has a name and a description", () => {
  const svg = parseXml(lossPlot({
    title: "Names & more",
    losses: [{ step: 1, loss: 3 }, { step: 2, loss: 3 }],
    validation: VALIDATION,
    baselines: [{ name: "guessing", loss: 3.3 }],
  }));
  assertEquals(svg.attributes["role"], "img");
  const [title, desc] = svg.children;
  assertEquals([title?.name, title?.text], ["title", "Names & more"]);
  assertEquals(desc?.name, "desc");
  assertEquals(
    desc?.text,
    "Loss in nats per token. Training, smoothed: 3.00 at step 1, 3.00 at step 2. " +
      "Validation: 3.00 at step 2, 2.50 at step 4. guessing: 3.30.",
  );
});

Deno.test("lossPlot() is small, and made of numbers, however many steps there are", () => {
  for (const length of [1, 2, 5, 100, 300, 301, 1000, 100_000]) {
    const validation = losses(length, "validation");
    const svg = lossPlot({ losses: losses(length, "plot"), validation, baselines: BASELINES });
    assert(svg.length < 25_000, `${length} steps: ${svg.length} characters`);
    assert(!/NaN|Infinity|undefined|null/.test(svg), `${length} steps`);
    assertEquals(ofClass(svg, "mean").length, 4, "curve, last dot, symbol and label");
  }
});

Deno.test("lossPlot() gives the same text for the same losses, in any order", () => {
  const some = losses(1000, "plot");
  const svg = lossPlot({ losses: some });
  assertEquals(lossPlot({ losses: some }), svg);
  assertEquals(lossPlot({ losses: some.toReversed() }), svg);
});

Deno.test("lossPlot() leaves out what is not finite, or too large to draw", () => {
  const good = losses(50, "plot");
  const bad = [NaN, Infinity, -Infinity, 1e101].flatMap((x) => [
    { step: x, loss: 2 },
    { step: 20, loss: x },
  ]);
  const baselines = BASELINES.concat({ name: "nothing", loss: Infinity });
  assertEquals(
    lossPlot({ losses: [...bad, ...good, ...bad], validation: [...bad, ...VALIDATION], baselines }),
    lossPlot({ losses: good, validation: VALIDATION, baselines: BASELINES }),
  );
});

Deno.test("lossPlot() throws if there is no loss", () => {
  const message = "Cannot draw the losses: there are none that are finite";
  for (const options of [{ losses: [] }, { losses: [{ step: 1, loss: NaN }], validation: [] }]) {
    assertFails(() => lossPlot(options), RangeError, message);
    assertFails(() => lossPlot({ ...options, baselines: BASELINES }), RangeError, message);
  }
});

Deno.test("lossPlot() draws lines where the losses are", () => {
  const flat = Array.from({ length: 11 }, (_, i) => ({ step: i, loss: 2 }));
  const validation = [{ step: 0, loss: 3 }, { step: 5, loss: 2.5 }, { step: 10, loss: 1 }];
  const svg = lossPlot({ losses: flat, validation, baselines: [{ name: "a", loss: 2.5 }] });
  const [, mean] = ofClass(svg, "mean").filter(({ name }) => name === "path");
  const [, , dashed] = ofClass(svg, "validation").filter(({ name }) => name === "path");
  const [a, b, c] = corners(dashed!); // symbol, its dot, curve
  const width = c![0];
  assertEquals(a![0], 0);
  assert(Math.abs(b![0] - width / 2) <= 0.1);
  assert(Math.abs((b![1] - a![1]) * 3 - (c![1] - b![1])) <= 0.4, "0.5 and 1.5 nats");
  const at2 = (a![1] + c![1]) / 2; // 3 and 1
  for (const [, y] of corners(mean!)) assert(Math.abs(y - at2) <= 0.2);
  const [baseline] = ofClass(svg, "baseline");
  assertEquals(corners(baseline!), [[0, b![1]], [width, b![1]]]);
});

Deno.test("lossPlot() keeps the scale where a single loss is beyond all measure", () => {
  const tame = Array.from({ length: 1000 }, (_, i) => ({ step: i + 1, loss: 2 + (i % 7) / 7 }));
  const wild = tame.map(({ step, loss }) => ({ step, loss: step === 500 ? 1e9 : loss }));
  const scale = (losses: LossPoint[]) =>
    ofClass(lossPlot({ losses }), "end").map(({ text }) => text);
  assertEquals(scale(wild), scale(tame));
  for (const [x, y] of ofClass(lossPlot({ losses: wild }), "mean").flatMap(corners)) {
    assert(Math.abs(x) < 800 && Math.abs(y) < 800, `${x}, ${y}`);
  }
});

Deno.test("lossPlot() shows even losses that are all the same, or huge", () => {
  for (const loss of [0, 2, 2.3, -3, 1e-9, 1e6, 1e100]) {
    for (const length of [1, 2, 50, 1000]) {
      const svg = lossPlot({ losses: Array.from({ length }, (_, i) => ({ step: i + 1, loss })) });
      const numbers = ofClass(svg, "end").map(({ text }) => text);
      assert(numbers.length >= 3, `${length} times ${loss}: ${numbers}`);
      const [dot] = ofClass(svg, "dots");
      const [, y] = corners(dot!)[0]!;
      assert(y > 100 && y < 250, `${length} times ${loss}: in the middle, not at ${y}`);
    }
  }
});

Deno.test("lossPlot() has labels that do not overlap, in a picture that holds them", () => {
  for (const count of [0, 1, 5, 20, 60]) {
    const baselines = Array.from({ length: count }, (_, i) => ({ name: "b", loss: 2.5 + i / 1e3 }));
    const svg = lossPlot({ losses: losses(100, "plot"), validation: VALIDATION, baselines });
    const height = Number(parseXml(svg).attributes["height"]);
    const labels = ["mean", "validation", "baseline"].flatMap((name) => ofClass(svg, name))
      .filter(({ name }) => name === "text");
    const places = labels.map(({ attributes }) => Number(attributes["y"])).sort((a, b) => a - b);
    assertEquals(places.length, count + 2);
    assert(places[0]! >= 0 && places.at(-1)! < height - 72 - 40, `${places} of ${height}`);
    for (let i = 1; i < places.length; i++) assert(places[i]! - places[i - 1]! > 15.8, `${places}`);
  }
});

Deno.test("lossPlot() shows names that look like markup or orders, and cuts long ones", () => {
  const names = [`<script>alert("&")</script>`, "]]>&amp;", "\x1b[31m\0\ud800", "민수".repeat(50)];
  for (const name of names) {
    const svg = lossPlot({
      title: name,
      losses: losses(3, "plot"),
      baselines: [{ name, loss: 2 }, { name: "other", loss: 2 }],
    });
    assert(!svg.includes("<script"), svg);
    const label = ofClass(svg, "baseline").find(({ name }) => name === "text")!.text;
    assert(label.endsWith(" 2.00") && label.length <= 24 + 5, label);
  }
  const [title] = ofClass(lossPlot({ title: names[0]!, losses: VALIDATION }), "title");
  assertEquals(title?.text, names[0]);
});

Deno.test("lossPlot() leaves the page alone that it becomes a part of", () => {
  const svg = parseXml(lossPlot({ losses: VALIDATION }));
  const style = svg.children.find(({ name }) => name === "style")!.text;
  const selectors = style.matchAll(/^([^{}]+){/gm).flatMap(([, list = ""]) =>
    list.trim().split(",")
  );
  for (const selector of selectors) {
    const isOurs = selector.startsWith(".loss-plot ");
    assert(isOurs || selector === "@media (prefers-color-scheme:dark)", selector);
  }
  assert(!elementsOf(svg).some(({ attributes }) => "id" in attributes), "an id may be taken");
});
