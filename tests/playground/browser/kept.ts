/** What a person keeps, takes away and brings back: runs, links, files. */

import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { decodeCheckpoint } from "../../../lib/checkpoint/mod.ts";
import { unpackList } from "../../../lib/checkpoint/training_list.ts";
import { resultsOf } from "../../helpers/tool.ts";
import {
  type Case,
  choose,
  fill,
  lastStep,
  openFile,
  type Page,
  press,
  ready,
  trainToEnd,
  untilEnd,
} from "./browser.ts";

/** The options of the settings that the page suggests for its first list, but shorter. */
const OPTIONS = "--preset english --val-fraction 0.1 --num-steps 300".split(" ");

/** May read what was copied. */
const CLIPBOARD = { permissions: ["clipboard-read", "clipboard-write"] };

/** Names that are not a list of the page. */
const OWN = Array.from({ length: 80 }, (_, i) => `${"anbe"[i % 4]}${"aeiou"[i % 5]}nn${i}`);

/** Waits for a message. */
async function status(page: Page, text: string): Promise<void> {
  await page.locator("#status").filter({ hasText: text }).waitFor();
}

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
  while (await page.evaluate(length) !== step) await page.waitForTimeout(50);
}

/** Drops a file on the page. */
async function dropFile(page: Page, name: string, bytes: Uint8Array): Promise<void> {
  await page.evaluate(`(() => {
    const bytes = Uint8Array.from(atob("${bytes.toBase64()}"), (c) => c.charCodeAt(0));
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([bytes], "${name}"));
    for (const type of ["dragover", "drop"]) {
      const options = { dataTransfer, bubbles: true, cancelable: true };
      document.body.dispatchEvent(new DragEvent(type, options));
    }
  })()`);
}

/** Downloads the model of a page. */
async function downloaded(page: Page): Promise<{ name: string; bytes: Uint8Array }> {
  const download = page.waitForEvent("download");
  await press(page, "Download model");
  const file = await download;
  return { name: file.suggestedFilename(), bytes: await Deno.readFile(await file.path()) };
}

/** Saves a model with the command line. */
async function saved(options: readonly string[]): Promise<Uint8Array> {
  const path = await Deno.makeTempFile({ suffix: ".safetensors" });
  await Deno.remove(path);
  try {
    await resultsOf([...options, "--num-samples", "0", "--save", path]);
    return await Deno.readFile(path);
  } finally {
    await Deno.remove(path);
  }
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
      await page.getByText(/72 documents to learn from/).waitFor();
      await page.reload();
      await page.getByText(/72 documents to learn from/).waitFor();
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
      await page.getByText(/72 documents to learn from/).waitFor();
      const short = await (await visit.fresh()).open(await copiedLink(page));
      await short.getByText(/72 documents to learn from/).waitFor();
      assertEquals(
        await short.getByRole("textbox", { name: "Your list" }).inputValue(),
        OWN.join("\n"),
      );
      const random = Array.from(
        { length: 5000 },
        (_, i) => (i * 2654435761 % 2 ** 32).toString(36),
      );
      await list.fill(random.join("\n"));
      await page.getByText(/4,500 documents to learn from/).waitFor();
      await fill(page, "seed", "7");
      await page.getByText(/4,500 documents to learn from/).waitFor();
      const long = await (await visit.fresh()).open(await copiedLink(page));
      await status(long, "which is too long to be in it: drop it here.");
      await openFile(long, "random.txt", new TextEncoder().encode(random.join("\n")));
      await long.getByText(/4,500 documents to learn from/).waitFor();
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
    name: "the command gives the losses of the run",
    run: async (page) => {
      await fill(page, "num steps", "100");
      await page.getByText("step 0 / 100").waitFor();
      await trainToEnd(page);
      const command = await page.locator("#command").textContent() ?? "";
      assertEquals(
        command,
        "microgpt --preset english --num-steps 100 --val-fraction 0.1 --log-every 1",
      );
      const lines = (await resultsOf([...command.split(" ").slice(1), "--num-samples", "0"])).split(
        "\n",
      );
      assertEquals(
        lines.filter((line) => line.includes("loss")).at(-1)?.replace(/ +/g, " "),
        await lastStep(page),
      );
      await press(page, "Train");
      await page.getByText(/^step 1100 /).waitFor();
      assertStringIncludes(
        await page.locator("#command").textContent() ?? "",
        "&& microgpt --resume model.safetensors --num-steps 1100",
      );
    },
  },
  {
    name: "a model is downloaded for the command line, which finds its own in it",
    run: async (page) => {
      await fill(page, "num steps", "300");
      await page.getByText("step 0 / 300").waitFor();
      await trainToEnd(page);
      const { name, bytes } = await downloaded(page);
      assertEquals(name, "english.safetensors");
      const theirs = decodeCheckpoint(await saved(OPTIONS)), ours = decodeCheckpoint(bytes);
      // The initial weights can differ in their last bits: browsers have sines of their own.
      const far = ours.weights.findIndex((weight, i) =>
        !(Math.abs(weight - theirs.weights[i]!) < 1e-6)
      );
      assertEquals(far, -1); // and there are as many
      assertEquals(ours.weights.length, theirs.weights.length);
      assertAlmostEquals(ours.best?.loss ?? 0, theirs.best?.loss ?? 1, 1e-6);
      const [ourList, theirList] = [ours.trainingList, theirs.trainingList].map((list) =>
        list && unpackList(list) // packed by another zlib
      );
      assertEquals([ours.config, ourList], [theirs.config, theirList]);
      const path = await Deno.makeTempFile({ suffix: ".safetensors" });
      try {
        await Deno.writeFile(path, bytes);
        const more = ["--num-steps", "400", "--num-samples", "0"];
        const lines = (await resultsOf(["--resume", path, ...more])).split("\n");
        assertMatch(lines.join(), /step {2}400 \/ {2}400 \| loss/);
      } finally {
        await Deno.remove(path);
      }
    },
  },
  {
    name: "a model of the command line is dropped, and goes on where it was",
    run: async (page) => {
      await dropFile(page, "mine.safetensors", await saved(OPTIONS));
      await page.getByText(/^step 300 \/ 300/).waitFor();
      await choose(page, "pace", "full speed");
      await press(page, "Train");
      await untilEnd(page);
      const resumed = await lastStep(page);
      await page.reload();
      await ready(page);
      assertEquals(await lastStep(page), resumed);
      await press(page, "Start anew");
      await page.getByText("step 0 / 300").waitFor();
      await press(page, "Train");
      await page.getByText(/^step 300 /).waitFor();
      await press(page, "Train");
      await page.getByText(resumed).waitFor();
    },
  },
  {
    name: "a model whose list is not here can be looked at; with its list it can be trained",
    run: async (page) => {
      const path = await Deno.makeTempFile({ suffix: ".txt" });
      await Deno.writeTextFile(path, OWN.join("\n"));
      const model = await saved(["--num-steps", "50", path]);
      await Deno.remove(path);
      await openFile(page, "mine.safetensors", model);
      await page.getByText(/which is not here. It can write/).waitFor();
      const train = page.getByRole("button", { name: "Train", exact: true });
      assertEquals(await train.getAttribute("aria-disabled"), "true");
      await openFile(page, "list.txt", new TextEncoder().encode(OWN.join("\n")));
      await page.getByText(/80 documents to learn from/).waitFor();
      await page.getByText(/^step 50 \/ 50/).waitFor();
      await trainToEnd(page);
      await page.getByText(/^step 1050 \/ 1050/).waitFor();
    },
  },
  {
    name: "a damaged model is refused, and the present one stays",
    run: async (page) => {
      await press(page, "Ten steps");
      await page.getByText(/^step 10 /).waitFor();
      const before = await lastStep(page);
      const model = await saved(OPTIONS);
      for (const bytes of [model.slice(0, 1000), model.slice(0, -7), new Uint8Array(5)]) {
        await openFile(page, "mine.safetensors", bytes);
        await status(page, "Your current model is unchanged.");
      }
      assertEquals(await lastStep(page), before);
      await press(page, "Step");
      await page.getByText(/^step 11 /).waitFor();
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
