/**
 * A real browser for the tests of the page: one for all of them, a page of its own for each. What
 * a browser complains of fails a test: errors, rejections, the policy, requests to the network.
 */

// deno-lint-ignore no-import-prefix -- in deno.json it would be a dependency of the package
import * as playwright from "npm:playwright-core@1.65.1";
// deno-lint-ignore no-import-prefix -- likewise
import axe from "npm:axe-core@4.14.1";
import { assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { exists, ROOT } from "../../helpers/paths.ts";
import { PLACES } from "./places.ts";

/** The browser. */
export type Browser = playwright.Browser;

/** A page of the browser. */
export type Page = playwright.Page;

/** The program that finds what shuts people out: see https://github.com/dequelabs/axe-core. */
export const AXE: string = axe.source;

/** The Chromium of this system, if there is one. */
export const CHROMIUM: string | undefined = PLACES.find(exists);

/** The page as a file, which is how it is exported. */
export const PAGE: string = new URL("../../../lib/playground/page.html", import.meta.url).href;

/**
 * The time to wait for anything, in milliseconds: a busy machine can be fifty times as slow. Who
 * writes a test waits less with the variable `PATIENCE`.
 */
const PATIENCE = Number(Deno.env.get("PATIENCE") ?? 180_000);

/** Something that a person does with the page. */
export interface Case {
  /** The content of the page. */
  readonly name: string;
  /** The window, the colors, and the like. */
  readonly options?: playwright.BrowserContextOptions;
  /** True if the page comes from `microgpt serve`; otherwise it is a file. */
  readonly isServed?: boolean;
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
export async function startBrowser(executablePath: string): Promise<Browser> {
  return await playwright.chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
}

/** Does what a case says, in a profile of its own and without a network. */
export async function runCase(browser: Browser, test: Case): Promise<void> {
  if (!test.isServed) return await runAt(PAGE, browser, test);
  const args = ["run", "--no-check", "--allow-read", "--allow-net=127.0.0.1", "main.ts", "serve"];
  const server = new Deno.Command(Deno.execPath(), {
    args: [...args, "--port", "0"],
    cwd: ROOT,
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const output = server.stdout.pipeThrough(new TextDecoderStream()).getReader();
  try {
    const { value = "" } = await output.read();
    await runAt(value.trim(), browser, test);
  } finally {
    server.kill();
    await output.cancel();
    await server.status;
  }
}

async function runAt(
  url: string,
  browser: Browser,
  { options = {}, before, isServed = false, run }: Case,
): Promise<void> {
  const contexts: playwright.BrowserContext[] = [];
  const complaints: string[] = [];
  const begin = async (): Promise<Visit> => {
    const context = await browser.newContext({ ...options, offline: !isServed });
    contexts.push(context);
    if (before !== undefined) await context.addInitScript(before);
    const open = async (fragment?: string) => {
      const page = await context.newPage();
      page.setDefaultTimeout(PATIENCE);
      listen(page, url, complaints);
      await page.goto(fragment === undefined ? url : `${url}#${fragment}`);
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
function listen(page: Page, own: string, complaints: string[]): void {
  page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("request", (request) => {
    const url = request.url();
    const isOwn = url.replace(/#.*/, "") === own || /^(blob|data):/.test(url);
    if (!isOwn) complaints.push(`request: ${url}`);
  });
}

/** Waits until something is so. */
export async function until(isSo: () => Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + PATIENCE;
  while (!await isSo()) {
    if (performance.now() > end) throw new Error(`Waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Waits until a run of so many different documents is open; some of them may be held out. */
export async function opened(page: Page, numDocs: number): Promise<void> {
  const number = (text: string | undefined) => Number(text?.replaceAll(",", "")) || 0; // "none"
  await until(async () => {
    const text = await page.locator("#run-facts").textContent() ?? "";
    const [, learned, heldOut] = /, (\S+) documents to learn from, (\S+) held out/.exec(text) ?? [];
    return number(learned) + number(heldOut) === numDocs;
  }, `a run of ${numDocs} documents is open`);
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

/** Chooses a file of the visitor's disk. */
export async function openFile(page: Page, name: string, bytes: Uint8Array): Promise<void> {
  const mimeType = "application/octet-stream";
  await page.locator("#file").setInputFiles({ name, mimeType, buffer: Buffer.from(bytes) });
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

/** Names that are not a list of the page. */
export const OWN = Array.from({ length: 80 }, (_, i) => `${"anbe"[i % 4]}${"aeiou"[i % 5]}nn${i}`);

/** Waits for a message. */
export async function status(page: Page, text: string): Promise<void> {
  await page.locator("#status").filter({ hasText: text }).waitFor();
}

/** Downloads the model of a page. */
export async function downloaded(page: Page): Promise<{ name: string; bytes: Uint8Array }> {
  const download = page.waitForEvent("download");
  await press(page, "Download model");
  const file = await download;
  return { name: file.suggestedFilename(), bytes: await Deno.readFile(await file.path()) };
}
