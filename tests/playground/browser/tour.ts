/** The actions of a person on the tour. */

import { assert, assertEquals } from "@std/assert";
import { type Case, choose, fill, type Page, press } from "./browser.ts";

const strip = (page: Page) => page.getByRole("region", { name: "Tour" });

/** Waits until the strip says something. */
async function says(page: Page, words: RegExp): Promise<void> {
  await strip(page).getByRole("status").filter({ hasText: words }).waitFor();
}

/** Goes on to a stop. */
async function goOn(page: Page, title: string): Promise<void> {
  await strip(page).getByRole("button", { name: "Next" }).click();
  await strip(page).getByRole("heading", { name: title }).waitFor();
}

export const TOUR_CASES: readonly Case[] = [
  {
    name: "the tour leads from a list to a setting that was changed, and says what came of each",
    run: async (page) => {
      await press(page, "Take the tour");
      await strip(page).getByRole("heading", { name: "1 of 8: A list is all it gets" }).waitFor();
      await says(page, /660 of 2,462 lines have 6 letters/);
      await goOn(page, "2 of 8: Before it learns, it babbles");
      await says(page, /“tqrjqbiduqws”.*Its loss is 3\.33; blind guessing has 3\.30\./);
      await goOn(page, "3 of 8: It learns by guessing");
      await says(page, /^Press Train\. Each step turns the 14,400 numbers/);
      await choose(page, "pace", "full speed");
      await press(page, "Train");
      await says(page, /^2,000 steps took the loss from 3\.33 to 2\.17/);
      await goOn(page, "4 of 8: What counting can do");
      await says(page, /it beat 2-gram by step 200 and 3-gram by step 1,200/);
      await goOn(page, "5 of 8: Ask for names of your own");
      await fill(page, "starts with", "k");
      await press(page, "Generate");
      await says(page, /^12 names, and \d+ of them are new/);
      await goOn(page, "6 of 8: Bold or careful");
      const heat = page.getByRole("slider", { name: "temperature" });
      await heat.fill("0.1");
      await says(page, /^At 0\.10 the likeliest, “\w+”, has \d+%: careful/);
      await heat.fill("1.9");
      await says(page, /^At 1\.90 the likeliest, “\w+”, has \d+%: bold/);
      await goOn(page, "7 of 8: Where it looks back");
      await press(page, "head 3");
      await says(page, /head 3 looks most at “.”: \d+%/);
      await goOn(page, "8 of 8: Change one thing, and compare");
      await says(page, /^Set n embd to 8/);
      await fill(page, "n embd", "8");
      await says(page, /^1,296 numbers instead of 14,400\. Now press Train\./);
      await press(page, "Train");
      await says(page, /^Validation \d\.\d\d with n embd 8, 2\.17 with n embd 32\. Tick/);
      await page.getByRole("checkbox", { name: "Draw as suggested" }).check();
      await says(page, /Both are on one plot/);
      await page.locator("#curve .other").first().waitFor();
    },
  },
  {
    name:
      "the tour is begun, gone back on and left with the keyboard; on a phone nothing is hidden",
    options: { viewport: { width: 360, height: 740 }, reducedMotion: "reduce" },
    run: async (page) => {
      await page.getByRole("button", { name: "Take the tour" }).press("Enter");
      assertEquals(await page.locator(":focus").textContent(), "Next");
      for (let stop = 1; stop < 8; stop++) {
        const words = strip(page).locator(".words");
        const [needed = 1, given = 0] = await words.evaluate<number[], HTMLElement>(
          (element) => [element.scrollHeight, element.clientHeight],
        );
        assert(needed <= given, `stop ${stop} needs ${needed} px and has ${given}`);
        await page.keyboard.press("Space");
        await strip(page).getByRole("heading", { name: `${stop + 1} of 8` }).waitFor();
      }
      const next = strip(page).getByRole("button", { name: "Next" });
      assertEquals(await next.getAttribute("aria-disabled"), "true");
      await strip(page).getByRole("button", { name: "Back" }).press("Enter");
      await strip(page).getByRole("heading", { name: "7 of 8" }).waitFor();
      assertEquals(await page.locator(".toured").getAttribute("id"), "inside");
      await page.keyboard.press("Escape");
      await strip(page).waitFor({ state: "hidden" });
      assertEquals(await page.locator(":focus").textContent(), "Take the tour");
      assertEquals(await page.locator(".toured").count(), 0);
    },
  },
];
