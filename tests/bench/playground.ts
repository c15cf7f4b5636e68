/**
 * The playground in a browser, with microgpt.py's settings: how soon the page is ready, how smooth
 * it stays while it trains, how fast its worker is beside the command line, and whether memory
 * grows.
 *
 * @module
 */

import type * as browserModule from "../playground/browser/browser.ts";
import { exists, ROOT } from "../helpers/paths.ts";
import { timeOf, toolArgs } from "./fresh.ts";
import { digits, median, medianRatio } from "./stats.ts";

const TARGETS = { milliseconds: 300, framesPerSecond: 55, ratio: 0.7 };

type Page = browserModule.Page;

/** The frames of a while, and its longest gap between two. */
interface Frames {
  readonly perSecond: number;
  readonly longest: number;
  /** The milliseconds that the main thread computes per frame: on a busy machine this counts. */
  readonly computing: number;
}

/** Measures the page. What drives the browser is loaded only here. */
export async function playground(quick: boolean): Promise<string> {
  const browser = await import("../playground/browser/browser.ts");
  const { CHROMIUM, startBrowser } = browser;
  if (CHROMIUM === undefined) return "Playground: there is no Chromium to measure in";
  const chromium = await startBrowser(CHROMIUM);
  const lines: string[] = [];
  const rounds = quick ? 1 : 5, numSteps = quick ? 30_000 : 300_000;
  try {
    const ready: number[] = [];
    for (let round = 0; round < rounds; round++) {
      await browser.runCase(chromium, {
        name: "ready",
        before: NOTE_READY,
        run: async (page) => void ready.push(await page.evaluate("window.readyAt")),
      });
    }
    lines.push(
      `  ready            ${digits(median(ready))} ms, target: at most ${TARGETS.milliseconds}`,
    );
    await browser.runCase(chromium, {
      name: "training",
      run: async (page) => {
        await browser.choose(page, "settings", "microgpt.py");
        await browser.fill(page, "num steps", `${numSteps}`);
        await page.getByText(`step 0 / ${numSteps}`).waitFor();
        for (const pace of ["400 steps/s, to watch", "full speed"]) {
          await browser.choose(page, "pace", pace);
          await browser.press(page, "Train");
          await page.getByText(/^step [1-9]\d* \//).waitFor();
          const { perSecond, longest, computing } = await framesOf(page, quick ? 500 : 3000);
          await browser.press(page, "Pause");
          lines.push(
            `  ${pace.padEnd(22)} ${digits(perSecond)} frames/s, the longest took ` +
              `${digits(longest)} ms, ${digits(computing)} ms of computing each, ` +
              `target: at least ${TARGETS.framesPerSecond}`,
          );
        }
        const before = await memoryOf(chromium);
        const speeds: number[] = [], own: number[] = []; // in turn: a machine's load changes
        for (let round = 0; round < (quick ? 1 : 3); round++) {
          await browser.press(page, "Train");
          speeds.push(await speedOf(page, quick ? 300 : 1000));
          await browser.press(page, "Pause");
          own.push(await commandLine(quick));
        }
        lines.push(
          `  steps/s          ${digits(median(speeds))}, the command line ${
            digits(median(own))
          }, ` +
            `ratio ${medianRatio(speeds, own).toFixed(2)}, target: at least ${TARGETS.ratio}`,
        );
        await browser.press(page, "Train");
        await browser.untilEnd(page);
        const after = await memoryOf(chromium);
        lines.push(
          `  memory           ${digits(before)} MB, after ${numSteps} steps ${digits(after)} MB`,
        );
      },
    });
  } finally {
    await chromium.close();
  }
  return ["Playground: microgpt.py's settings, English names", ...lines].join("\n");
}

/** Notes in the page when its first run is open. */
const NOTE_READY = `new MutationObserver((_, observer) => {
  if (!document.querySelector("#losses")?.textContent.startsWith("step")) return;
  window.readyAt = performance.now();
  observer.disconnect();
}).observe(document, { childList: true, subtree: true, characterData: true })`;

/** Counts the frames of some milliseconds. */
async function framesOf(page: Page, milliseconds: number): Promise<Frames> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const computed = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return 1000 * (metrics.find(({ name }) => name === "TaskDuration")?.value ?? NaN);
  };
  const before = await computed();
  const frames = await countFrames(page, milliseconds);
  const computing = (await computed() - before) / frames.count;
  await session.detach();
  return { ...frames, computing };
}

async function countFrames(
  page: Page,
  milliseconds: number,
): Promise<Omit<Frames, "computing"> & { readonly count: number }> {
  return await page.evaluate(`new Promise((resolve) => {
    const begun = performance.now();
    let last = begun, count = 0, longest = 0;
    const frame = (now) => {
      if (count++ > 0) longest = Math.max(longest, now - last);
      last = now;
      if (now - begun < ${milliseconds}) return requestAnimationFrame(frame);
      resolve({ count, perSecond: (count - 1) / (now - begun) * 1000, longest });
    };
    requestAnimationFrame(frame);
  })`);
}

/** The steps per second over some milliseconds. */
async function speedOf(page: Page, milliseconds: number): Promise<number> {
  const now = async () => {
    const text = await page.locator("#losses").textContent() ?? "";
    return { step: Number(/^step (\d+)/.exec(text)?.[1]), time: performance.now() };
  };
  const first = await now();
  await page.waitForTimeout(milliseconds);
  const last = await now();
  return (last.step - first.step) / (last.time - first.time) * 1000;
}

/** The steps per second of the command line: what more of them take, without its start. */
async function commandLine(quick: boolean): Promise<number> {
  const list = new URL(`file://${ROOT}/datasets/english_names.txt`);
  const [few, many] = quick ? [1000, 4000] : [5000, 25_000] as const;
  const take = (numSteps: number) =>
    timeOf(Deno.execPath(), toolArgs(list, ["--num-steps", `${numSteps}`, "--num-samples", "0"]));
  return (many - few) / (await take(many) - await take(few)) * 1000;
}

/** The memory of the browser's pages and workers, in megabytes; NaN where Linux cannot be asked. */
async function memoryOf(chromium: Awaited<ReturnType<typeof browserModule.startBrowser>>) {
  const session = await chromium.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  let kilobytes = 0;
  for (const { type, id } of processInfo) {
    if (type !== "renderer") continue;
    const status = `/proc/${id}/status`;
    if (!exists(status)) return NaN;
    kilobytes += Number(/VmRSS:\s+(\d+)/.exec(await Deno.readTextFile(status))?.[1]);
  }
  return kilobytes / 1024;
}
