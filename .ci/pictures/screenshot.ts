/**
 * Photographs the playground after a run, in both themes: `deno task screenshot`.
 *
 * It needs a Chromium; `CHROMIUM=/path/to/it` names one that is not where it usually is.
 *
 * @module
 */

import {
  choose,
  CHROMIUM,
  press,
  ready,
  startBrowser,
  untilEnd,
} from "../../tests/playground/browser/browser.ts";
import { ROOT } from "../scope.ts";
import type { Theme } from "./drawing.ts";

const PAGE = new URL("../../lib/playground/page.html", import.meta.url).href;

/** The window, in CSS pixels. */
const VIEWPORT = { width: 1200, height: 800 };

/** Trains on the list that a first visitor finds, and returns a picture of the window. */
async function photograph(
  browser: Awaited<ReturnType<typeof startBrowser>>,
  colorScheme: Theme,
): Promise<Uint8Array> {
  const options = { viewport: VIEWPORT, colorScheme, reducedMotion: "reduce" } as const;
  const context = await browser.newContext({ ...options, offline: true });
  const page = await context.newPage();
  await page.goto(PAGE);
  await ready(page);
  await choose(page, "pace", "full speed");
  await press(page, "Train");
  await untilEnd(page);
  await page.waitForTimeout(1000); // the last drawing
  await page.mouse.move(0, 0);
  await page.evaluate("document.activeElement?.blur()");
  const image = await page.screenshot();
  await context.close();
  return image;
}

const executable = Deno.env.get("CHROMIUM") ?? CHROMIUM;
if (executable === undefined) throw new Error("There is no Chromium: name it with CHROMIUM=PATH");
const browser = await startBrowser(executable);
try {
  for (const theme of ["light", "dark"] as const) {
    const image = await photograph(browser, theme);
    await Deno.writeFile(`${ROOT}/docs/pictures/playground-${theme}.png`, image);
    console.log(`playground-${theme}.png: ${(image.length / 1000).toFixed(0)} kB`);
  }
} finally {
  await browser.close();
}
