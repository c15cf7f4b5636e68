/** Models and commands that go from the page to the command line, and back. */

import { assertAlmostEquals, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { decodeCheckpoint } from "../../../lib/checkpoint/mod.ts";
import { unpackList } from "../../../lib/checkpoint/training_list.ts";
import { resultsOf } from "../../helpers/tool.ts";
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
  untilEnd,
} from "./browser.ts";

/** The options of the settings that the page suggests for its first list, but shorter. */
const OPTIONS = "--preset english --val-fraction 0.1 --num-steps 300".split(" ");

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

export const MODEL_CASES: readonly Case[] = [
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
      await opened(page, OWN.length);
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
];
