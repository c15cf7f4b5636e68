/** The actions of a person in the room Train. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { ROOT } from "../../helpers/paths.ts";
import { resultsOf } from "../../helpers/tool.ts";
import { type Case, choose, lastStep, press, untilEnd } from "./browser.ts";

/** The step lines of the command line for the list that the page begins with, spaces aside. */
async function commandLine(): Promise<string[]> {
  const argv = ["--log-every", "1", "--num-samples", "0", `${ROOT}/datasets/english_names.txt`];
  const lines = (await resultsOf(argv)).split("\n").filter((line) => line.startsWith("step "));
  return lines.map((line) => line.replace(/ +/g, " "));
}

export const TRAIN_CASES: readonly Case[] = [
  {
    name: "the losses are those of the command line, step by step and at full speed",
    run: async (page) => {
      const lines = await commandLine();
      await choose(page, "settings", "microgpt.py");
      await page.getByText("step 0 / 1000").waitFor();
      for (const line of lines.slice(0, 5)) {
        await press(page, "Step");
        await page.getByText(line, { exact: true }).waitFor();
      }
      await press(page, "Ten steps");
      await page.getByText(lines[14] ?? "", { exact: true }).waitFor();
      await choose(page, "pace", "full speed");
      await press(page, "Train");
      await untilEnd(page);
      assertEquals(await lastStep(page), lines.at(-1));
    },
  },
  {
    name: "training is paused, goes on, is made longer and begun anew",
    run: async (page) => {
      await press(page, "Train");
      await page.getByText(/^step \d\d+ \/ 2000 \| loss/).waitFor();
      await press(page, "Pause");
      await page.getByRole("button", { name: "Train", exact: true }).waitFor();
      const paused = await lastStep(page);
      await page.waitForTimeout(100);
      assertEquals(await lastStep(page), paused);
      await choose(page, "pace", "full speed");
      await press(page, "Train");
      await untilEnd(page);
      assertMatch(await lastStep(page), /^step 2000 \/ 2000 \| loss 1\.8845$/);
      await press(page, "Train");
      await page.getByText(/^step 3000 \/ 3000 \|/).waitFor();
      await press(page, "Start anew");
      await page.getByText("step 0 / 2000").waitFor();
      await press(page, "Train");
      await page.getByText("step 2000 / 2000 | loss 1.8845").waitFor();
    },
  },
  {
    name: "names are invented within half a second's steps, in rows that were there before",
    run: async (page) => {
      const rows = page.getByRole("list", { name: "Samples" }).locator("> li");
      assertEquals(await rows.count(), 13);
      assertEquals(await rows.nth(3).getByRole("listitem").count(), 0);
      await page.evaluate(`new MutationObserver((_, observer) => {
        if (document.querySelectorAll("#babble > li:nth-child(2) li").length < 5) return;
        window.firstNames = document.querySelector("#losses").textContent;
        observer.disconnect();
      }).observe(document.querySelector("#babble"), { childList: true, subtree: true })`);
      await press(page, "Train");
      await rows.nth(3).getByRole("listitem").nth(4).waitFor();
      const [, step = ""] = /^step (\d+) /.exec(await page.evaluate("window.firstNames")) ?? [];
      assert(step !== "" && Number(step) <= 200, `the first names came at step ${step}`);
      assertEquals(await rows.count(), 13);
    },
  },
  {
    name: "on a phone, with the keyboard alone, in the dark",
    options: {
      viewport: { width: 360, height: 740 },
      colorScheme: "dark",
      reducedMotion: "reduce",
    },
    run: async (page) => {
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      await page.keyboard.press("Tab");
      const focused = page.locator(":focus");
      assertEquals(await focused.textContent(), "Train");
      await page.keyboard.press("Space");
      await page.getByText(/^step \d+ \/ 2000 \| loss/).waitFor();
      await page.keyboard.press("Control+Enter");
      await page.getByRole("button", { name: "Train", exact: true }).waitFor();
      const width = await page.evaluate("document.documentElement.scrollWidth");
      assertEquals(width, 360);
    },
  },
];
