/** The actions of a person in the room Look inside. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { type Case, choose, type Page, press, untilEnd } from "./browser.ts";

const room = (page: Page) => page.getByRole("region", { name: "Look inside" });

const values = (page: Page) =>
  room(page).getByRole("slider", { name: "Position" }).getAttribute("aria-valuetext");

/** Waits until the letters of a text, and its end, have their rows. */
async function lettersAre(page: Page, text: string): Promise<void> {
  const letters = room(page).locator("#surprises .text");
  for (const [i, letter] of [...text, "end"].entries()) {
    await letters.nth(i).filter({ hasText: letter }).waitFor();
  }
  assertEquals(await letters.allTextContents(), [...text, "end"]);
}

export const INSIDE_CASES: readonly Case[] = [
  {
    name: "a text is looked at: where it looks back, how surprised it is, while it learns",
    run: async (page) => {
      const text = room(page).getByRole("textbox", { name: "text to look at" });
      await text.scrollIntoViewIfNeeded();
      await room(page).locator("#surprises tr").first().waitFor(); // of a name to begin with
      await text.fill("marina");
      const slider = room(page).getByRole("slider", { name: "Position" });
      await lettersAre(page, "marina");
      const untrained = await values(page);
      assertMatch(
        untrained ?? "",
        /^Head 1 at a: · \d+%, m \d+%, a \d+%, r \d+%, i \d+%, n \d+%, a \d+%$/,
      );
      await room(page).getByRole("button", { name: "head 3" }).click();
      await slider.press("ArrowLeft");
      assertMatch(await values(page) ?? "", /^Head 3 at n: /);
      await slider.press("Home");
      assertEquals(await values(page), "Head 3 at ·: · 100%");
      await slider.press("End");
      await slider.press("ArrowUp");
      await slider.press("ArrowUp");
      assertEquals(await values(page), untrained);
      await page.keyboard.press("Control+Enter");
      await page.locator(`#arcs:not([aria-valuetext="${untrained}"])`).waitFor();
      await page.keyboard.press("Control+Enter");
      await text.fill("maß");
      await room(page).getByText('Character "ß" is not in the vocabulary.').waitFor();
      await text.fill("marina");
      await lettersAre(page, "marina");
      await room(page).getByRole("button", { name: "i: what else could have come" }).click();
      const next = page.getByRole("region", { name: "Write" });
      await next.getByRole("group", { name: "Text so far" }).filter({ hasText: /^\s*mar\s*$/ })
        .waitFor();
      assertEquals(await page.locator(":focus").textContent(), "Take a letter");
      await text.fill("<b>");
      await room(page).getByText('Character "<" is not in the vocabulary.').waitFor();
    },
  },
  {
    name: "the embeddings are points that move",
    run: async (page) => {
      const cloud = room(page).getByRole("img", { name: /^Embeddings of the letters/ });
      await room(page).getByRole("heading", { name: "Letters and places" })
        .scrollIntoViewIfNeeded();
      await cloud.waitFor();
      const untrained = await cloud.getAttribute("aria-label") ?? "";
      assertEquals(await room(page).locator("#cloud .point").count(), 27);
      await page.keyboard.press("Control+Enter");
      await page.locator(`#cloud:not([aria-label="${untrained}"])`).waitFor();
      const way = await room(page).locator("#cloud .way").first().getAttribute("points");
      assert((way?.split(" ").length ?? 0) > 1);
      await page.keyboard.press("Control+Enter");
      await room(page).getByRole("button", { name: "positions" }).click();
      await room(page).getByRole("img", { name: /^Embeddings of the positions/ }).waitFor();
      assertEquals(await room(page).locator("#cloud .point").count(), 12);
    },
  },
  {
    name: "an expression has its gradients, step by step as at once",
    run: async (page) => {
      const graph = room(page).locator("#graph");
      const label = () => graph.getAttribute("aria-label");
      const press = (name: string) => room(page).getByRole("button", { name, exact: true }).click();
      const expression = room(page).getByRole("textbox", { name: "expression" });
      const all = "Graph: a 2, gradient −3; b −3, gradient 2; a * b −6, gradient 1; " +
        "c 10, gradient 1; + c 4, gradient 1; relu 4, gradient 1";
      assertEquals(await label(), all);
      await press("Forward");
      assertEquals(await label(), "Graph: a 2; b −3; a * b −6; c 10; + c not yet; relu not yet");
      await press("Backward");
      await page.getByText("Forward first: the result is not there yet.").waitFor();
      await press("Forward");
      await press("Forward");
      for (let i = 0; i < 3; i++) await press("Backward");
      await room(page).getByText("Backward through + c: a * b gets 1 × 1, c gets 1 × 1.").waitFor();
      await press("Backward");
      assertEquals(await label(), all);
      await room(page).getByRole("group", { name: "Values" }).getByLabel("c", { exact: true }).fill(
        "1",
      );
      assertMatch(await label() ?? "", /a 2, gradient 0; .* relu 0, gradient 1$/);
      await expression.fill("alert(1)");
      await room(page).getByText("“(” is not expected here.").waitFor();
      assertEquals(await expression.getAttribute("aria-invalid"), "true");
      await expression.fill("a*a*a");
      assertMatch(await label() ?? "", /^Graph: a 2, gradient 12; /);
    },
  },
  {
    name: "a weight is picked, and the next step does to it what was said",
    run: async (page) => {
      const view = room(page).locator("#one-weight");
      await view.scrollIntoViewIfNeeded();
      const numbers = view.locator("dd:not(.formula)");
      await numbers.nth(5).waitFor();
      await view.getByRole("combobox", { name: "matrix" }).selectOption("lm_head");
      await view.getByRole("spinbutton", { name: "row" }).fill("99");
      assertEquals(
        await view.getByRole("spinbutton", { name: "row" }).getAttribute("aria-invalid"),
        "true",
      );
      const before = await numbers.nth(5).textContent();
      await view.getByRole("spinbutton", { name: "row" }).fill("4");
      await numbers.nth(5).filter({ hasNotText: before ?? "" }).waitFor();
      const next = await numbers.nth(5).textContent() ?? "";
      await page.getByRole("button", { name: "Step", exact: true }).click();
      await view.scrollIntoViewIfNeeded();
      await view.locator("dd.formula").filter({ hasText: `${next} →` }).waitFor();
      const chart = view.getByRole("img", { name: /^A weight of lm_head by step: 0: / });
      await choose(page, "pace", "full speed");
      await press(page, "Train");
      await untilEnd(page);
      await view.scrollIntoViewIfNeeded();
      await chart.and(page.locator('[aria-label*="2,000: "]')).waitFor();
      const way = await view.locator(".way-known").first().getAttribute("points");
      assert((way?.split(" ").length ?? 0) > 50, way ?? "no line");
    },
  },
];
