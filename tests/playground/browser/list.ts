/** What a person does in the room List. */

import { assert, assertEquals } from "@std/assert";
import { type Case, lastStep, type Page, untilEnd } from "./browser.ts";

const list = (page: Page) => page.getByRole("textbox", { name: "Your list" });

const room = (page: Page) => page.getByRole("region", { name: "List" });

export const LIST_CASES: readonly Case[] = [
  {
    name: "a list is pasted and learned",
    run: async (page) => {
      const names = Array.from({ length: 60 }, (_, i) => `${"anbe"[i % 4]}${"aeiou"[i % 5]}nn${i}`);
      await list(page).fill(names.join("\n"));
      await room(page).getByText("Looks fine: one name per line, nothing cut.").waitFor();
      await page.getByText("step 0 / 500").waitFor();
      await page.getByRole("combobox", { name: "pace" }).selectOption("full speed");
      await page.getByRole("button", { name: "Step", exact: true }).click();
      const loss = async () => Number((await lastStep(page)).split(" ").at(-1));
      await page.getByText(/^step 1 \//).waitFor();
      const first = await loss();
      await page.getByRole("button", { name: "Train", exact: true }).click();
      await untilEnd(page);
      const last = await loss();
      assert(last < first, `${first} at first, ${last} at last`);
    },
  },
  {
    name: "names are never taken for HTML, and control characters are shown as pictures",
    run: async (page) => {
      const hostile = [
        "<img src=x onerror=alert(1)>",
        "\u001b[31mred",
        "&lt;b&gt;",
        "🎈🎈",
        "אבגד",
      ];
      await list(page).fill(hostile.join("\n"));
      await room(page).getByText("5 names are soon learned by heart").waitFor();
      await page.getByRole("combobox", { name: "pace" }).selectOption("full speed");
      await page.getByRole("button", { name: "Train", exact: true }).click();
      await untilEnd(page);
      const samples = page.getByRole("list", { name: "Samples" });
      assertEquals(await samples.locator("img, b").count(), 0);
      assertEquals((await samples.textContent())?.includes("\u001b"), false);
    },
  },
  {
    name: "an empty list is refused, and the settings say what they must be",
    run: async (page) => {
      const field = room(page).getByRole("textbox", { name: "n embd" });
      await field.fill("99999");
      await field.press("Tab");
      await room(page).getByText("n embd must be a whole number from 1 to 256.").waitFor();
      assertEquals(await field.getAttribute("aria-invalid"), "true");
      await field.fill("8");
      await field.press("Tab");
      await page.getByText("1,296 parameters").waitFor();
      assertEquals(await field.getAttribute("aria-invalid"), null);
      await room(page).getByRole("button", { name: "reset n embd" }).click();
      await page.getByText("14,400 parameters").waitFor();
      await list(page).fill(" \n");
      await room(page).getByText("Paste some names first, one per line.").waitFor();
      const train = page.getByRole("button", { name: "Train", exact: true });
      assertEquals(await train.getAttribute("aria-disabled"), "true");
    },
  },
  {
    name: "a list that is cut has a button that mends it",
    run: async (page) => {
      await page.getByRole("combobox", { name: "settings" }).selectOption("microgpt.py");
      await page.getByRole("combobox", { name: "Included lists" }).selectOption({
        label: "Genera of dinosaurs",
      });
      await room(page).getByText(/lines are longer than block size 16 and cut/).waitFor();
      await room(page).getByRole("button", { name: "Set block size to" }).click();
      await room(page).getByText("Looks fine: one name per line, nothing cut.").waitFor();
    },
  },
];
