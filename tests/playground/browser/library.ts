/** The library in a page of its own: with threads where the page is cross-origin isolated. */

import { assert, assertEquals } from "@std/assert";
import { ROOT } from "../../helpers/paths.ts";
import { type Browser, until } from "./browser.ts";

/** A page. */
interface Site {
  readonly headers: Readonly<Record<string, string>>;
  readonly isIsolated: boolean;
  /** True if its policy allows workers of `blob:` URLs. */
  readonly allowsBlobs: boolean;
}

const SITES: Readonly<Record<string, Site>> = {
  "an isolated page": isolated("require-corp"),
  "an isolated page that loads from everywhere": isolated("credentialless"),
  "an isolated page that forbids workers of blobs": {
    ...isolated("require-corp", { "content-security-policy": "worker-src 'self'" }),
    allowsBlobs: false,
  },
  "a page that is not isolated": { headers: {}, isIsolated: false, allowsBlobs: true },
};

function isolated(embedder: string, others: Site["headers"] = {}): Site {
  const headers = {
    "cross-origin-embedder-policy": embedder,
    "cross-origin-opener-policy": "same-origin",
  };
  return { headers: { ...headers, ...others }, isIsolated: true, allowsBlobs: true };
}

const NUM_STEPS = 20;

/** A module that trains once with each number of threads, and counts what it starts for that. */
const PROGRAM = `
import { Microgpt } from "/library.js";

const started = { workers: 0, calls: 0 };
const { Worker } = globalThis, { notify } = Atomics;
globalThis.Worker = class extends Worker {
  constructor(...args) {
    super(...args);
    started.workers++;
  }
};
Atomics.notify = (...args) => {
  started.calls++;
  return notify(...args);
};
const names = ["anna", "hanna", "johanna", "joanna", "susanna", "marianna", "rosanna"];

export async function trainEach(numbers) {
  const runs = [];
  for (const dtype of ["f64", "f32"]) {
    for (const threads of numbers) {
      Object.assign(started, { workers: 0, calls: 0 });
      const options = { numSteps: ${NUM_STEPS}, batchSize: 16, nEmbd: 32, dtype, threads };
      const model = (await Microgpt.train(names, options)).toBytes().toHex();
      runs.push({ dtype, threads, model, ...started });
    }
  }
  return { isIsolated: crossOriginIsolated, runs };
}`;

/** A worker that does the same. */
const WORKER = `
import { trainEach } from "/program.js";
onmessage = async ({ data }) => postMessage(await trainEach(data));`;

/** What {@link PROGRAM} has found. */
interface Found {
  readonly isIsolated: boolean;
  readonly runs: readonly {
    readonly dtype: string;
    readonly threads: number;
    /** The model as a file, in hexadecimal digits. */
    readonly model: string;
    /** The number of workers that have been started. */
    readonly workers: number;
    /** The number of times that they have been woken up. */
    readonly calls: number;
  }[];
}

const NUMBERS_OF_THREADS = [1, 2, 3];

/** Trains in a page, on its main thread or in a worker. */
const TRAIN = {
  "the main thread": `import("/program.js").then(({ trainEach }) => trainEach(${
    JSON.stringify(NUMBERS_OF_THREADS)
  }))`,
  "a worker": `new Promise((resolve, reject) => {
    const worker = new Worker("/worker.js", { type: "module" });
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.onmessage = ({ data }) => { worker.terminate(); resolve(data); };
    worker.postMessage(${JSON.stringify(NUMBERS_OF_THREADS)});
  })`,
};

/** Bundles the library as a page uses it. */
async function bundled(): Promise<string> {
  const args = ["bundle", "--quiet", "--platform", "browser", "--minify", "lib/mod.ts"];
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: ROOT })
    .output();
  assert(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

/** Serves a page, and the scripts that it loads. */
function serve(library: string, { headers }: Site): Deno.HttpServer<Deno.NetAddr> {
  const scripts = { "/library.js": library, "/program.js": PROGRAM, "/worker.js": WORKER };
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, ({ url }) => {
    const [, script] = Object.entries(scripts).find(([path]) => url.endsWith(path)) ?? [];
    return new Response(script ?? '<!DOCTYPE html><link rel="icon" href="data:,">', {
      headers: {
        ...headers,
        "content-type": script === undefined ? "text/html" : "text/javascript",
      },
    });
  });
}

/** Tries the library in each page, on its main thread and in a worker. */
export async function testLibrary(browser: Browser, t: Deno.TestContext): Promise<void> {
  const library = await bundled();
  for (const [name, site] of Object.entries(SITES)) {
    const server = serve(library, site);
    const url = `http://127.0.0.1:${server.addr.port}/`;
    for (const [place, train] of Object.entries(TRAIN)) {
      await t.step(`trains on ${place} of ${name}`, () => testSite(browser, url, site, train));
    }
    await server.shutdown();
  }
}

async function testSite(browser: Browser, url: string, site: Site, train: string): Promise<void> {
  const context = await browser.newContext();
  try {
    const page = await context.newPage(), complaints: string[] = [];
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(url);
    assertFound(await page.evaluate<Found>(train), site);
    if (site.allowsBlobs) assertEquals(complaints, []); // of those that it forbids it complains
    await until(() => Promise.resolve(page.workers().length === 0), "no worker is left");
  } finally {
    await context.close();
  }
}

/** Checks that all models are those of one thread, and that the others have worked where they may. */
function assertFound({ isIsolated, runs }: Found, site: Site): void {
  assertEquals(isIsolated, site.isIsolated);
  for (const { dtype, threads, model, workers, calls } of runs) {
    const one = runs.find((run) => run.dtype === dtype && run.threads === 1);
    assert(model.length > 10_000 && model === one?.model, `${threads} threads, ${dtype}`);
    const isShared = isIsolated && threads > 1;
    assertEquals(workers, isShared ? threads - 1 : 0);
    // Two calls per step, if a busy machine does not make the workers leave; one more ends them.
    const isAsWanted = !isShared ? calls === 0 : site.allowsBlobs ? calls > NUM_STEPS : calls <= 2;
    assert(isAsWanted, `${threads} threads, ${dtype}: ${calls} calls`);
  }
}
