/** The actions of a person in the room Write. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { ROOT } from "../../helpers/paths.ts";
import { resultsOf } from "../../helpers/tool.ts";
import { type Case, type Page, untilEnd } from "./browser.ts";

const room = (page: Page) => page.getByRole("region", { name: "Write" });

const field = (page: Page, name: string) => room(page).getByRole("textbox", { name, exact: true });

const press = (page: Page, name: string) =>
  room(page).getByRole("button", { name, exact: true }).click();

const rows = (page: Page) => room(page).locator("tbody tr");

const texts = (page: Page) => rows(page).locator("td:first-child").allTextContents();

/** Trains the first list to the end, as fast as it can. */
async function train(page: Page): Promise<void> {
  await page.getByRole("combobox", { name: "pace" }).selectOption("full speed");
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await untilEnd(page);
}

/** The content of a download. */
async function downloaded(page: Page, name: string): Promise<string> {
  const download = page.waitForEvent("download");
  await press(page, name);
  return await Deno.readTextFile(await (await download).path());
}

/** JSON lines without the last digits of numbers, in which browsers differ. */
function rounded(lines: string): unknown[] {
  return lines.trim().split("\n").map((line) =>
    JSON.parse(line, (_, value) => typeof value === "number" ? value.toPrecision(6) : value)
  );
}

export const WRITE_CASES: readonly Case[] = [
  {
    name: "names that are asked for are those of the command line, marked, sorted, taken away",
    run: async (page) => {
      await train(page);
      await room(page).getByText(/with the best weights, those of step \d/).waitFor();
      await field(page, "starts with").fill("ka");
      await field(page, "ends with").fill("a");
      await field(page, "max length").fill("7");
      await press(page, "Generate");
      await room(page).getByText(/^12 texts, \d+ new\.$/).waitFor();
      const options = "--preset english --val-fraction 0.1 --unique --num-samples 12 --json " +
        "--starts-with ka --ends-with a --max-length 7";
      const lines = (await resultsOf(options.split(" "))).trim().split("\n");
      const samples = lines.filter((line) => line.includes('"type":"sample"'));
      assertEquals(rounded(await downloaded(page, "Download JSON")), rounded(samples.join("\n")));
      const written: string[] = samples.map((line) => JSON.parse(line).text);
      assertEquals(await texts(page), written);
      const list = (await Deno.readTextFile(`${ROOT}/datasets/english_names.txt`)).split("\n");
      const marks = await rows(page).locator("td:nth-child(2)").allTextContents();
      assertEquals(marks, written.map((text) => list.includes(text) ? "in the list" : "new"));
      await press(page, "text");
      assertEquals(await texts(page), written.toSorted());
      assertEquals(await downloaded(page, "Download text"), written.toSorted().join("\n") + "\n");
      await press(page, "log probability");
      const numbers = (await rows(page).locator(".num").allTextContents())
        .map((text) => Number(text.replace("−", "-")));
      assertEquals(numbers, numbers.toSorted((a, b) => b - a));
    },
  },
  {
    name: "200 new names at once, and what cannot be",
    run: async (page) => {
      await train(page);
      await room(page).getByRole("checkbox", { name: "new" }).check();
      await press(page, "200 at once");
      await room(page).getByText("200 texts, 200 new.").waitFor();
      assertEquals(new Set(await texts(page)).size, 200);
      await field(page, "starts with").fill("katharina");
      await field(page, "max length").fill("4");
      await press(page, "Generate");
      const message = 'No text can start with "katharina" and have at most 4 characters.';
      await room(page).getByText(message).first().waitFor();
      await field(page, "max length").fill("x");
      await room(page).getByText("max length must be a whole number from 0 to 1,000.").waitFor();
      assertEquals(await field(page, "max length").getAttribute("aria-invalid"), "true");
    },
  },
  {
    name: "a name is written letter by letter, by the dice and by hand, while the model learns",
    run: async (page) => {
      const bars = room(page).getByRole("img", { name: /^Next letter at temperature/ });
      await room(page).getByRole("heading", { name: "One letter at a time" })
        .scrollIntoViewIfNeeded();
      const untrained = await bars.getAttribute("aria-label");
      await page.keyboard.press("Control+Enter");
      await page.locator(`#next-bars:not([aria-label="${untrained}"])`).waitFor();
      await page.keyboard.press("Control+Enter");
      await field(page, "starts with").fill("mari");
      const soFar = room(page).getByRole("group", { name: "Text so far" });
      await soFar.filter({ hasText: "mari" }).waitFor();
      await field(page, "top k").fill("2");
      const letters = room(page).getByRole("group", { name: "Take one of these" })
        .getByRole("button");
      await letters.nth(2).waitFor({ state: "hidden" });
      assertEquals(await letters.filter({ visible: true }).count(), 2);
      const heat = room(page).getByRole("slider", { name: "temperature" });
      const share = async () =>
        Number((await letters.first().textContent())?.match(/[\d.]+%/)?.[0].slice(0, -1));
      await heat.fill("2");
      const bold = await share();
      await heat.fill("0.2");
      assert(await share() > bold);
      await press(page, "Take a letter");
      await soFar.filter({ hasText: /mari./ }).waitFor();
      await press(page, "Back");
      await soFar.filter({ hasText: /^\s*mari\s*$/ }).waitFor();
      await field(page, "max length").fill("4");
      await letters.filter({ hasText: "end" }).click();
      await room(page).getByText(/The text has ended: “mari” is (new|in the list)/).waitFor();
      await room(page).getByRole("button", { name: "Take a letter" }).press("Enter");
      await page.getByText("The text has ended. Go back, or start over.").waitFor();
      assertMatch(await soFar.textContent() ?? "", /mari/);
    },
  },
];
