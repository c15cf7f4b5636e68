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

/** How long to wait for anything, in milliseconds: busy machines are slow. */
const PATIENCE = 20_000;

/** Something that a person does with the page. */
export interface Case {
  /** What it shows. */
  readonly name: string;
  /** The window, the colors, and the like. */
  readonly options?: playwright.BrowserContextOptions;
  /** Changes the browser before the page is there: a program for it. */
  readonly before?: string;
  /** Does it, with a page that has just been opened and is ready. */
  readonly run: (page: Page, visit: Visit) => Promise<void>;
}

/** A profile of the browser, in which pages are opened. */
export interface Visit {
  /**
   * Opens another page, and waits until it is ready.
   *
   * @param fragment What stands behind the `#` of its address.
   */
  readonly open: (fragment?: string) => Promise<Page>;
  /** Begins another profile, which knows nothing of this one. */
  readonly fresh: () => Promise<Visit>;
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
  { options = {}, before, run }: Case,
): Promise<void> {
  const contexts: playwright.BrowserContext[] = [];
  const complaints: string[] = [];
  const begin = async (): Promise<Visit> => {
    const context = await browser.newContext({ ...options, offline: true });
    contexts.push(context);
    if (before !== undefined) await context.addInitScript(before);
    const open = async (fragment?: string) => {
      const page = await context.newPage();
      page.setDefaultTimeout(PATIENCE);
      listen(page, complaints);
      await page.goto(fragment === undefined ? PAGE : `${PAGE}#${fragment}`);
      await ready(page);
      return page;
    };
    return { open, fresh: begin };
  };
  try {
    const visit = await begin();
    await run(await visit.open(), visit);
    assertEquals(complaints, []);
  } finally {
    for (const context of contexts) await context.close();
  }
}

/** Waits until a page has opened a run. */
export async function ready(page: Page): Promise<void> {
  await page.getByRole("log", { name: "Losses" }).filter({ hasText: /^step \d/ }).waitFor();
}

/** Notes everything that the browser complains of, and each request that is not for the page. */
function listen(page: Page, complaints: string[]): void {
  page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("request", (request) => {
    const url = request.url();
    const isOwn = url.replace(/#.*/, "") === PAGE || /^(blob|data):/.test(url);
    if (!isOwn) complaints.push(`request: ${url}`);
  });
}

/** The text of the log: the last step. */
export async function lastStep(page: Page): Promise<string> {
  return await page.getByRole("log", { name: "Losses" }).textContent() ?? "";
}

/** Presses a button. */
export async function press(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name, exact: true }).click();
}

/** Chooses an option of a menu. */
export async function choose(page: Page, name: string, option: string): Promise<void> {
  await page.getByRole("combobox", { name, exact: true }).selectOption(option);
}

/** Writes into a field, and leaves it. */
export async function fill(page: Page, name: string, text: string): Promise<void> {
  const field = page.getByRole("textbox", { name, exact: true });
  await field.fill(text);
  await field.press("Tab");
}

/** Trains to the end of the run at full speed. */
export async function trainToEnd(page: Page): Promise<void> {
  await choose(page, "pace", "full speed");
  await press(page, "Train");
  await untilEnd(page);
}

/** Waits until the page announces the end of the run. */
export async function untilEnd(page: Page): Promise<void> {
  await page.getByRole("status").filter({ hasText: "Done:" }).waitFor();
}
