/** The page as a whole: whether everybody can use it, whether it holds still, how it is served. */

import { assert, assertEquals } from "@std/assert";
import { exists, ROOT } from "../../helpers/paths.ts";
import {
  AXE,
  type Case,
  choose,
  downloaded,
  fill,
  lastStep,
  PAGE,
  type Page,
  press,
  ready,
  trainToEnd,
  untilEnd,
} from "./browser.ts";

/** Lists what axe finds fault with. */
async function faults(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return await page.evaluate<string[]>(`axe.run().then(({ violations }) =>
    violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html).join(" "))
  )`);
}

/**
 * Lists what is shifted while something is done. Rows of babble do not count: one that needs more
 * lines than the others takes them from the spare line at the column's foot.
 */
async function shiftsWhile(page: Page, act: () => Promise<void>): Promise<string[]> {
  await page.evaluate(`window.shifted = [];
    new PerformanceObserver((list) => {
      for (const { sources } of list.getEntries()) {
        const nodes = sources.map(({ node }) => node).filter((node) => !node?.closest?.("#babble"));
        window.shifted.push(...nodes.map((node) => node?.outerHTML?.slice(0, 80) ?? "a text"));
      }
    }).observe({ type: "layout-shift" })`);
  await act();
  return await page.evaluate<string[]>("window.shifted");
}

/** Counts the threads that the page's worker starts, and how often it calls them. */
const COUNT_THREADS = `window.threads = { started: 0, calls: 0 };
  new BroadcastChannel("threads").onmessage = ({ data }) => window.threads[data]++;
  const count = \`{
    const channel = new BroadcastChannel("threads");
    const { Worker } = self, { notify } = Atomics;
    self.Worker = function (...args) {
      channel.postMessage("started");
      return new Worker(...args);
    };
    Atomics.notify = (...args) => {
      channel.postMessage("calls");
      return notify(...args);
    };
  }\`;
  window.Blob = class extends Blob {
    constructor(parts, options) {
      super(options?.type === "text/javascript" ? [count, ...parts] : parts, options);
    }
  };`;

/** Trains a wide model with batches to its end, and returns its file in hexadecimal digits. */
async function wideModel(page: Page): Promise<string> {
  await choose(page, "settings", "microgpt.py");
  await page.getByText("Nine more").click();
  for (const [name, value] of [["n embd", "64"], ["batch size", "32"], ["num steps", "300"]]) {
    await fill(page, name ?? "", value ?? "");
  }
  await page.getByText("step 0 / 300").waitFor();
  await choose(page, "pace", "full speed");
  await press(page, "Train");
  await page.getByText(/^step 300 /).waitFor();
  return (await downloaded(page)).bytes.toHex();
}

const SIZES = [
  { width: 360, height: 740 },
  { width: 768, height: 1024 },
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
];

export const WHOLE_CASES: readonly Case[] = [
  ...(["light", "dark"] as const).map((colorScheme): Case => ({
    name: `nobody is shut out, in the ${colorScheme}`,
    options: { colorScheme, reducedMotion: "reduce" },
    run: async (page) => {
      assertEquals(await faults(page), []);
      await page.getByText("Nine more").click();
      await choose(page, "Included lists", "Arabic given names");
      await page.getByText("step 0 / 500").waitFor();
      await trainToEnd(page);
      assertEquals(await faults(page), []);
      await page.setViewportSize({ width: 360, height: 740 });
      assertEquals(await faults(page), []);
      await press(page, "Take the tour");
      assertEquals(await faults(page), []);
    },
  })),
  ...[["write", "#kept-letters button"], ["inside", "#surprises tr"]].map(([room, view]): Case => ({
    name: `nothing moves in the room ${room} while it trains, nor in the tour`,
    options: { reducedMotion: "reduce" },
    run: async (page) => {
      await press(page, "Take the tour");
      await page.locator(`nav a[href="#${room}"]`).click();
      await page.locator(view ?? "").first().waitFor(); // it has been drawn
      const shifted = await shiftsWhile(page, async () => {
        await page.keyboard.press("Control+Enter");
        await page.getByText(/^step 2000 /).waitFor();
      });
      assertEquals(shifted, []);
    },
  })),
  ...SIZES.map((viewport): Case => ({
    name: `nothing moves while it trains, in a window of ${viewport.width}`,
    options: { viewport },
    run: async (page) => {
      const shifted = await shiftsWhile(page, async () => {
        await press(page, "Train");
        await page.getByText(/^step [3-9]\d\d /).waitFor();
      });
      assertEquals(shifted, []);
    },
  })),
  {
    name: "nothing moves on a phone while it learns a list of wide letters",
    options: { viewport: { width: 360, height: 740 } },
    run: async (page) => {
      await choose(page, "Included lists", "Japanese given names in hiragana");
      await page.getByText("step 0 / 1000").waitFor();
      await page.getByRole("heading", { name: "Runs" }).scrollIntoViewIfNeeded();
      const shifted = await shiftsWhile(page, async () => {
        await page.keyboard.press("Control+Enter");
        await page.getByRole("heading", { name: "Runs" }).scrollIntoViewIfNeeded();
        await page.getByText(/^step [5-9]\d\d /).waitFor();
      });
      assertEquals(shifted, []);
    },
  },
  {
    name: "nothing is wider than the window, in any script",
    run: async (page) => {
      for (const list of ["English given names", "Korean given names, learned letter by letter"]) {
        await choose(page, "Included lists", list);
        await page.getByText("step 0 /").waitFor();
        await press(page, "Ten steps");
        await page.getByText("step 10 /").waitFor();
        for (const size of [{ width: 320, height: 640 }, ...SIZES, { width: 2560, height: 1440 }]) {
          await page.setViewportSize(size);
          const width = await page.evaluate("document.documentElement.scrollWidth");
          assertEquals(width, size.width, list);
        }
      }
    },
  },
  {
    name: "a run is made and read with the keyboard alone",
    run: async (page) => {
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter"); // Skip to training
      await page.keyboard.press("Tab");
      await page.keyboard.press("Tab");
      await page.keyboard.press("Tab");
      assertEquals(await page.locator(":focus").textContent(), "Ten steps");
      await page.keyboard.press("Space");
      await page.getByText(/^step 10 /).waitFor();
      for (let i = 0; i < 3; i++) await page.keyboard.press("Tab");
      const slider = page.getByRole("slider", { name: "Step to read" });
      assertEquals(await page.evaluate("document.activeElement.id"), "curve");
      const step = () => slider.getAttribute("aria-valuenow");
      assertEquals(await step(), "10");
      for (
        const [key, wanted] of [["ArrowLeft", "9"], ["Home", "1"], ["ArrowRight", "2"], [
          "End",
          "10",
        ]]
      ) {
        await page.keyboard.press(key ?? "");
        assertEquals(await step(), wanted);
      }
      await page.keyboard.press("ArrowLeft");
      const read = await slider.getAttribute("aria-valuetext") ?? "";
      assert(/^step 9.*this step \d\.\d{4}.*smoothed \d\.\d\d.*learning rate/.test(read), read);
      await page.keyboard.press("Tab");
      await page.keyboard.press("ArrowDown");
      assertEquals(await page.locator(":focus .step").textContent(), "10");
      await page.keyboard.press("Control+Enter");
      await page.getByRole("button", { name: "Pause" }).waitFor();
    },
  },
  {
    name: "with reduced motion the page changes twice a second",
    options: { reducedMotion: "reduce" },
    run: async (page) => {
      await page.evaluate(`window.changes = [];
        new MutationObserver(() => window.changes.push(performance.now()))
          .observe(document.querySelector("#losses"), { childList: true })`);
      await press(page, "Train");
      await untilEnd(page);
      const all = await page.evaluate<number[]>("window.changes");
      const changes = all.slice(1, -1); // the first and the last come when it starts and ends
      const mean = ((changes.at(-1) ?? 0) - (changes[0] ?? 0)) / (changes.length - 1);
      assert(changes.length > 3 && mean > 400, `${mean} ms between ${changes.length} changes`);
    },
  },
  {
    name: "the served page trains wide models with threads, which change nothing",
    isServed: true,
    before: COUNT_THREADS,
    run: async (page) => {
      const threads = () => page.evaluate<{ started: number; calls: number }>("window.threads");
      await choose(page, "settings", "microgpt.py");
      await page.getByText("step 0 / 1000").waitFor();
      await trainToEnd(page);
      assertEquals(await threads(), { started: 0, calls: 0 }); // for single documents
      const served = await wideModel(page), { started } = await threads();
      const cores = await page.evaluate<number>("navigator.hardwareConcurrency");
      if (cores > 1) assert(started > 0, "threads are tried at least");
      const context = await page.context().browser()?.newContext();
      const file = await context?.newPage();
      assert(file !== undefined);
      try {
        await file.goto(PAGE);
        await ready(file);
        assertEquals(await file.evaluate("crossOriginIsolated"), false);
        assert(await wideModel(file) === served);
      } finally {
        await context?.close();
      }
    },
  },
  {
    name: "the served page is the same, and has names.txt where that is",
    isServed: true,
    run: async (page) => {
      if (exists(`${ROOT}/datasets/names.txt`)) {
        await choose(page, "Included lists", "names.txt");
        await page.getByText("documents to learn from").filter({ hasNotText: "2,216" }).waitFor();
        assertEquals(await page.locator("#num-docs").textContent(), "32,033");
        await choose(page, "settings", "microgpt.py");
        await page.getByText(/32,033 documents to learn from, none held out/).waitFor();
      } else await choose(page, "settings", "microgpt.py");
      await page.getByText("step 0 / 1000").waitFor();
      await choose(page, "pace", "full speed");
      await press(page, "Train");
      await untilEnd(page);
      if (exists(`${ROOT}/datasets/names.txt`)) {
        assertEquals(await lastStep(page), "step 1000 / 1000 | loss 2.6497"); // that of the original
      }
    },
  },
];
