/**
 * All that a person does with the page, in one browser: `deno test -A tests/playground/browser/all.ts`.
 * `page_test.ts` runs it where there is a browser, in a process of its own, since what drives the
 * browser looks at files that Deno shows only to those who may do everything.
 */

import { type Browser, CHROMIUM, runCase, startBrowser } from "./browser.ts";
import { INSIDE_CASES } from "./inside.ts";
import { KEPT_CASES } from "./kept.ts";
import { testLibrary } from "./library.ts";
import { LIST_CASES } from "./list.ts";
import { MODEL_CASES } from "./models.ts";
import { TOUR_CASES } from "./tour.ts";
import { TRAIN_CASES } from "./train.ts";
import { WHOLE_CASES } from "./whole.ts";
import { WRITE_CASES } from "./write.ts";

const CASES = [
  ...LIST_CASES,
  ...TRAIN_CASES,
  ...WRITE_CASES,
  ...INSIDE_CASES,
  ...KEPT_CASES,
  ...MODEL_CASES,
  ...TOUR_CASES,
  ...WHOLE_CASES,
];

/** Some of the cases, by a part of their names: all.ts -- reload */
const wanted = Deno.args[0] ?? "";

/** Does something with a browser. */
async function withBrowser(use: (browser: Browser) => Promise<void>): Promise<void> {
  if (CHROMIUM === undefined) throw new Error("There is no Chromium");
  const browser = await startBrowser(CHROMIUM);
  try {
    await use(browser);
  } finally {
    await browser.close();
  }
}

Deno.test("the playground", (t) =>
  withBrowser(async (browser) => {
    for (const test of CASES.filter(({ name }) => name.includes(wanted))) {
      await t.step(test.name, () => runCase(browser, test));
    }
  }));

Deno.test("the library", (t) => withBrowser((browser) => testLibrary(browser, t)));
