/** The actions of a person in the room List. */

import { assert, assertEquals } from "@std/assert";
import {
  type Case,
  choose,
  fill,
  lastStep,
  opened,
  openFile,
  type Page,
  press,
  untilEnd,
} from "./browser.ts";

const list = (page: Page) => page.getByRole("textbox", { name: "Your list" });

const room = (page: Page) => page.getByRole("region", { name: "List" });

export const LIST_CASES: readonly Case[] = [
  {
    name: "a list is pasted and learned",
    run: async (page) => {
      const names = Array.from({ length: 60 }, (_, i) => `${"anbe"[i % 4]}${"aeiou"[i % 5]}nn${i}`);
      await list(page).fill(names.join("\n"));
      await room(page).getByText("Looks fine: one name per line, nothing cut.").waitFor();
      await fill(page, "num steps", "300");
      await page.getByText("step 0 / 300").waitFor();
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
  {
    name: "a list and settings that are given at once are trained on together",
    run: async (page) => {
      await choose(page, "Included lists", "Minerals");
      await fill(page, "n embd", "8");
      await choose(page, "pace", "full speed");
      await press(page, "Train");
      await page.getByText(/^step 500 \/ 500 /).waitFor();
      await page.getByText("microgpt --preset minerals --n-embd 8 --val-fraction 0.1").waitFor();
      await list(page).fill(Array.from({ length: 99 }, (_, i) => `name${i}`).join("\n"));
      await press(page, "Step");
      await opened(page, 99);
      await page.getByText(/^step 1 \//).waitFor();
    },
  },
  {
    name: "what is being written is not replaced by what comes late",
    run: async (page) => {
      // In one go, so that it is written before the settings, and the list, have been opened.
      const write = (menu: string, option: string, field: string, text: string) =>
        page.evaluate(`(() => {
          const enter = (selector, value, type) => {
            const control = document.querySelector(selector);
            control.value = value;
            control.dispatchEvent(new Event(type, { bubbles: true }));
          };
          enter("${menu}", "${option}", "change");
          enter("${field}", ${JSON.stringify(text)}, "input");
        })()`);
      const field = page.getByRole("textbox", { name: "num steps" });
      await write("#base", "microgpt.py", "#setting-num-steps", "77");
      await page.getByText("step 0 / 1000").waitFor();
      assertEquals(await field.inputValue(), "77");
      await field.dispatchEvent("change");
      await page.getByText("step 0 / 77").waitFor();
      await write("#included-lists", "minerals", "#your-list", "anna\nbob\ncid");
      await room(page).getByText("3 names are soon learned by heart").waitFor();
      assertEquals(await list(page).inputValue(), "anna\nbob\ncid");
    },
  },
  {
    name: "what looks wrong with a list is said, with a button that mends it",
    run: async (page) => {
      const mended = async (bytes: Uint8Array, words: string, button: string) => {
        await openFile(page, "list.txt", bytes);
        await room(page).getByText(words).waitFor();
        await room(page).getByRole("button", { name: button, exact: true }).click();
        await room(page).getByText("soon learned by heart").waitFor();
        return await list(page).inputValue();
      };
      const text = (text: string) => new TextEncoder().encode(text);
      assertEquals(
        await mended(text("anna\t1\nbob\t2\ncid\t3"), "a table of 2 columns", "Use column 1"),
        "anna\nbob\ncid",
      );
      assertEquals(
        await mended(text("anna, bob, cid, ".repeat(5)), "one long line", "Split at commas"),
        "anna\nbob\ncid\n".repeat(5).trim(),
      );
      assertEquals(
        await mended(new Uint8Array([0x5a, 0xeb, 0x0a, 0x41]), "not UTF-8", "Read as Windows-1252"),
        "Zë\nA",
      );
      const utf16 = new Uint8Array([0xff, 0xfe, 0x41, 0, 0x0a, 0, 0x42, 0]);
      assertEquals(await mended(utf16, "not UTF-8", "Read as UTF-16"), "A\nB");
    },
  },
  {
    name: "five megabytes are taken, and their beginning is shown",
    run: async (page) => {
      const lines = Array.from(
        { length: 400_000 },
        (_, i) => `name ${i % 7000} ${"ab".repeat(i % 3)}`,
      );
      const text = lines.join("\n");
      await list(page).fill(text);
      await room(page).getByText(/^5\.\d MB, 400,000 lines: all are used/).waitFor();
      await page.getByText("documents to learn from").filter({ hasNotText: "2,216" }).waitFor();
      assertEquals((await list(page).inputValue()).split("\n").length, 1001); // the last is empty
      await press(page, "Step");
      await page.getByText(/^step 1 /).waitFor();
      await list(page).press("Control+Home");
      await list(page).pressSequentially("zzz");
      await page.getByText("400,000", { exact: true }).waitFor(); // none is lost
      await list(page).fill("anna\nbob");
      await room(page).getByText("2 names are soon learned by heart").waitFor();
    },
  },
  {
    name: "emoji, marks and other directions are shown as they are",
    run: async (page) => {
      await list(page).fill("👩‍👩‍👧\n🎈🎈\nשלום\nمرحبا\ne\u0301a");
      await room(page).getByText("5 names are soon learned by heart").waitFor();
      await choose(page, "pace", "full speed");
      await press(page, "Train");
      await untilEnd(page);
      const samples = page.getByRole("list", { name: "Samples" });
      assertEquals(await samples.getAttribute("dir"), "rtl");
      await opened(page, 5);
    },
  },
];
