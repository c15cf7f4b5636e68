/** The things that a person keeps and shares: runs and links. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  type Case,
  choose,
  downloaded,
  fill,
  lastStep,
  opened,
  openFile,
  OWN,
  type Page,
  press,
  ready,
  status,
  trainToEnd,
  until,
  untilEnd,
} from "./browser.ts";

/** May read what was copied. */
const CLIPBOARD = { permissions: ["clipboard-read", "clipboard-write"] };

/** Copies the link of a page, and reads it from the clipboard. */
async function copiedLink(page: Page): Promise<string> {
  await press(page, "Copy link");
  await status(page, "Copied.");
  return (await page.evaluate<string>("navigator.clipboard.readText()")).replace(/^.*#/, "");
}

/** Waits until the browser has kept the only run of a page, up to a step. */
async function untilKept(page: Page, step: number): Promise<void> {
  const length = `new Promise((resolve, reject) => {
    const opening = indexedDB.open("microgpt");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const runs = opening.result.transaction("runs").objectStore("runs").getAll();
      runs.onsuccess = () => resolve(runs.result[0]?.losses.length);
    };
  })`;
  await until(async () => await page.evaluate(length) === step, `step ${step} is kept`);
}

export const KEPT_CASES: readonly Case[] = [
  {
    name: "the session survives a reload, and goes on as if nothing had happened",
    run: async (page) => {
      await fill(page, "num steps", "400");
      await page.getByText("step 0 / 400").waitFor();
      await trainToEnd(page);
      const ended = await lastStep(page);
      await press(page, "Train");
      await page.getByText(/^step 1400 /).waitFor();
      const longer = await lastStep(page);
      await press(page, "Start anew");
      await page.getByText("step 0 / 400").waitFor();
      await press(page, "Train");
      await page.getByText(ended).waitFor();
      await page.reload();
      await ready(page);
      assertEquals(await lastStep(page), ended);
      assertEquals(await page.getByRole("textbox", { name: "num steps" }).inputValue(), "400");
      await press(page, "Train");
      await page.getByText(longer).waitFor();
    },
  },
  {
    name: "a list of one's own survives a reload before it is trained on",
    run: async (page) => {
      const list = page.getByRole("textbox", { name: "Your list" });
      await list.fill(OWN.join("\n"));
      await opened(page, OWN.length);
      await page.reload();
      await opened(page, OWN.length);
      assertEquals(await list.inputValue(), OWN.join("\n"));
    },
  },
  {
    name: "a run that is left stays in the table, is drawn beside another and goes on",
    run: async (page) => {
      await fill(page, "num steps", "300");
      await page.getByText("step 0 / 300").waitFor();
      await trainToEnd(page);
      const first = await lastStep(page);
      await fill(page, "n embd", "8");
      await page.getByText("1,296 parameters").waitFor();
      await press(page, "Train");
      await page.getByText(/^step 300 /).waitFor();
      const rows = page.getByRole("table").first().locator("tbody tr");
      assertMatch((await rows.nth(1).textContent()) ?? "", /num steps 300.*300/);
      await page.getByRole("checkbox", { name: /^Draw num steps 300$/ }).check();
      assertEquals(await page.locator("#curve .other-measured").count(), 10);
      await rows.nth(1).getByRole("button", { name: "num steps 300", exact: true }).click();
      await page.getByText(first).waitFor();
      await page.getByText("14,400 parameters").waitFor();
      await choose(page, "Model", "English given names, num steps 300, n embd 8");
      await page.getByText("1,296 parameters").waitFor();
      await page.getByRole("button", { name: "Remove num steps 300", exact: true }).click();
      assertEquals(await rows.count(), 1);
    },
  },
  {
    name: "a link repeats the run in a browser that knows nothing of it",
    options: CLIPBOARD,
    run: async (page, visit) => {
      await choose(page, "Included lists", "Minerals");
      await fill(page, "n embd", "8");
      await fill(page, "seed", "7");
      await fill(page, "num steps", "200");
      await page.getByText("step 0 / 200").waitFor();
      await trainToEnd(page);
      const wanted = await lastStep(page);
      const link = await copiedLink(page);
      const elsewhere = await (await visit.fresh()).open(link);
      assertEquals(await lastStep(elsewhere), "step 0 / 200");
      await press(elsewhere, "Train");
      await untilEnd(elsewhere);
      assertEquals(await lastStep(elsewhere), wanted);
    },
  },
  {
    name: "a link has a short list in it, and waits for a long one",
    options: CLIPBOARD,
    run: async (page, visit) => {
      const list = page.getByRole("textbox", { name: "Your list" });
      await list.fill(OWN.join("\n"));
      await opened(page, OWN.length);
      const short = await (await visit.fresh()).open(await copiedLink(page));
      await opened(short, OWN.length);
      assertEquals(
        await short.getByRole("textbox", { name: "Your list" }).inputValue(),
        OWN.join("\n"),
      );
      const random = Array.from(
        { length: 5000 },
        (_, i) => (i * 2654435761 % 2 ** 32).toString(36),
      );
      await list.fill(random.join("\n"));
      await opened(page, 5000);
      await fill(page, "seed", "7");
      let link = "";
      await until(
        async () => (link = await copiedLink(page)).includes("seed=7"),
        "the link has the seed",
      );
      const long = await (await visit.fresh()).open(link);
      await status(long, "which is too long to be in it: drop it here.");
      await openFile(long, "random.txt", new TextEncoder().encode(random.join("\n")));
      await opened(long, 5000);
      assertEquals(await long.getByRole("textbox", { name: "seed" }).inputValue(), "7");
    },
  },
  {
    name: "an absurd link says what is wrong with it, and what is used instead",
    run: async (page, visit) => {
      await page.close();
      const absurd = await visit.open("list=english&n-embd=99999&seed=%3Cimg%3E&x=1");
      await status(
        absurd,
        "The link asks for n embd 99999: n embd must be a whole number from 1 to 256.",
      );
      await status(absurd, "seed <img>: seed must be");
      await absurd.getByText("step 0 / 1000").waitFor();
      const unknown = await visit.open("list=nowhere");
      await status(unknown, "This page has no list nowhere: its first one is used.");
      const damaged = await visit.open("text=%25%25");
      await status(damaged, "The list in the link is damaged.");
    },
  },
  {
    name: "where nothing can be copied, the link is there to be taken",
    before: "Object.defineProperty(navigator, 'clipboard', { value: undefined })",
    run: async (page) => {
      await press(page, "Copy link");
      const field = page.getByRole("textbox", { name: "Link" });
      assertMatch(await field.inputValue(), /#list=english&/);
      await press(page, "Copy command");
      await status(page, "Selected: copy it from here.");
      assertMatch(await page.evaluate("`${getSelection()}`"), /^microgpt --preset english/);
    },
  },
  {
    name: "a model that is open in another tab is read-only, until that is closed",
    run: async (page, visit) => {
      await press(page, "Ten steps");
      await page.getByText(/^step 10 /).waitFor();
      await untilKept(page, 10);
      const other = await visit.open();
      await other.getByText("This model is open in another tab. Here it is read-only.").waitFor();
      await other.getByText(/^step 10 /).waitFor();
      const train = other.getByRole("button", { name: "Train", exact: true });
      assertEquals(await train.getAttribute("aria-disabled"), "true");
      const third = await visit.open();
      await third.getByRole("button", { name: "Make a copy" }).click();
      await third.getByText("as suggested, copy 1").first().waitFor();
      await press(third, "Ten steps");
      await third.getByText(/^step 20 /).waitFor();
      await press(page, "Ten steps");
      await page.getByText(/^step 20 /).waitFor();
      await untilKept(page, 20);
      await page.close();
      await other.getByText(/^step 20 /).waitFor();
      await press(other, "Step");
      await other.getByText(/^step 21 /).waitFor();
    },
  },
  {
    name: "a browser that keeps nothing says so, and training goes on",
    before: "Object.defineProperty(window, 'indexedDB', { get() { throw new Error('no') } })",
    run: async (page) => {
      await press(page, "Ten steps");
      await status(page, "This browser does not keep models for this page.");
      await press(page, "Ten steps");
      await page.getByText(/^step 20 /).waitFor();
      assert((await downloaded(page)).bytes.length > 0);
    },
  },
  {
    name: "a full browser says so, and nothing is lost",
    before: `IDBObjectStore.prototype.put = () => {
      throw new DOMException("full", "QuotaExceededError");
    }`,
    run: async (page) => {
      await press(page, "Ten steps");
      await status(page, "This browser has no room left to keep the model.");
      await fill(page, "n embd", "8");
      await page.getByText("1,296 parameters").waitFor();
      await page.getByRole("button", { name: "as suggested", exact: true }).click();
      await page.getByText(/^step 10 /).waitFor();
    },
  },
];
