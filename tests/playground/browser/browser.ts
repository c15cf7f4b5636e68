/**
 * A real browser for the tests of the page: one for all of them, a page of its own for each. What
 * a browser complains of fails a test: errors, rejections, the policy, requests to the network.
 */

// deno-lint-ignore no-import-prefix -- in deno.json it would be a dependency of the package
import * as playwright from "npm:playwright-core@1.65.1";
import { assertEquals } from "@std/assert";
import { exists } from "../../helpers/paths.ts";
import { PLACES } from "./places.ts";

/** A page of the browser. */
export type Page = playwright.Page;

/** The Chromium of this system, if there is one. */
export const CHROMIUM: string | undefined = PLACES.find(exists);

/** The page as a file, which is how it is exported. */
const PAGE = new URL("../../../lib/playground/page.html", import.meta.url).href;

/** How long to wait for anything, in milliseconds. */
const PATIENCE = 5000;

/** Something that a person does with the page. */
export interface Case {
  /** What it shows. */
  readonly name: string;
  /** The window, the colors, and the like. */
  readonly options?: playwright.BrowserContextOptions;
  /** Does it, with a page that has just been opened and is ready. */
  readonly run: (page: Page) => Promise<void>;
}

/** Starts the browser. */
export async function startBrowser(executablePath: string): Promise<playwright.Browser> {
  return await playwright.chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
}

/** Does what a case says, in a profile of its own and without a network. */
export async function runCase(
  browser: playwright.Browser,
  { options = {}, run }: Case,
): Promise<void> {
  const context = await browser.newContext({ ...options, offline: true });
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    const complaints = complaintsOf(page);
    await page.goto(PAGE);
    await page.getByRole("log", { name: "Losses" }).filter({ hasText: "step 0 /" }).waitFor();
    await run(page);
    assertEquals(complaints, []);
  } finally {
    await context.close();
  }
}

/** Everything that the browser complains of, and each request that is not for the page itself. */
function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("request", (request) => {
    const url = request.url();
    if (url !== PAGE && !/^(blob|data):/.test(url)) complaints.push(`request: ${url}`);
  });
  return complaints;
}

/** The text of the log: the last step. */
export async function lastStep(page: Page): Promise<string> {
  return await page.getByRole("log", { name: "Losses" }).textContent() ?? "";
}

/** Waits until the page announces the end of the run. */
export async function untilEnd(page: Page): Promise<void> {
  await page.getByRole("status").filter({ hasText: "Done:" }).waitFor();
}
