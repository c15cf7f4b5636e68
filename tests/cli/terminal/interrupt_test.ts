/** Signals to a run that saves, and runs that are killed. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { loadCheckpoint } from "../../../lib/files/checkpoint_file.ts";
import { Interrupt } from "../../../lib/cli/terminal/interrupt.ts";
import { Pace } from "../../../lib/cli/terminal/pace.ts";
import { type Need, needing, POSIX } from "../../helpers/needs.ts";
import { entries, exists, ROOT, withTempDir } from "../../helpers/paths.ts";
import { newRandom, times } from "../../helpers/random.ts";
import { withTerminal } from "../../helpers/terminal.ts";
import { BETTER, TINY, withNames } from "../../helpers/tiny.ts";
import { asMicrogpt, outputAfter, runMain, runProcess, startProcess } from "../../helpers/tool.ts";

const ENGLISH = `${ROOT}/datasets/english_names.txt`;

/** A run that takes no time, on documents that fit. */
const RUN = [...TINY, ENGLISH];

const OPTIONS = { flags: ["-A"] };

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until there is a file, or the process has ended. */
async function untilExists(path: string, child: Deno.ChildProcess): Promise<void> {
  let hasEnded = false;
  child.status.then(() => hasEnded = true);
  while (!hasEnded && !exists(path)) await sleep(1);
}

/** The lines of the steps up to one, and what is before them. */
function outputUntil(step: number, stdout: string): string {
  const end = stdout.indexOf(`step ${String(step + 1).padStart(4)} /`);
  return stdout.slice(0, end);
}

Deno.test("Interrupt.isDue() is true 100 ms after signals were let in, and not before", async () => {
  await withTerminal(async (terminal) => { // with a clock that stands still
    using interrupt = new Interrupt("");
    const pace = new Pace();
    let last = terminal.now;
    for (const end = last + 290; terminal.now < end; terminal.now++) {
      const waits = terminal.now - last;
      if (!interrupt.isDue(pace)) {
        assert(waits <= 105, `${waits} ms`); // it looks every 5 ms
        continue;
      }
      assert(waits > 100, `${waits} ms`);
      let isTurn = false;
      setTimeout(() => isTurn = true, 0); // behind it all events wait, signals as well
      assertEquals(await interrupt.isRequested(), false);
      assert(isTurn);
      last = terminal.now;
    }
  });
});

Deno.test(
  needing(POSIX, "Interrupt says at once that it has heard, and a second signal ends at once"),
  async () => {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", `${ROOT}/tests/helpers/busy.ts`],
      stdout: "piped",
      stderr: "piped",
      signal: AbortSignal.timeout(60_000),
    }).spawn();
    const stdout = child.stdout.getReader(), stderr = child.stderr.getReader();
    assertEquals(new TextDecoder().decode((await stdout.read()).value), "busy\n");
    child.kill("SIGINT"); // in the middle of work that takes a minute
    assertEquals(new TextDecoder().decode((await stderr.read()).value), "Stopping\n");
    assertEquals(new TextDecoder().decode((await stdout.read()).value), "heard SIGINT\n");
    await sleep(700); // not counted as the first one, arriving twice
    child.kill("SIGINT");
    assertEquals((await child.status).signal, "SIGINT");
    await Promise.all([stdout.cancel(), stderr.cancel()]);
  },
);

/** Calls `body` while a signal comes before the n-th time that somebody asks for it. */
async function interrupted(
  n: number,
  signal: Deno.Signal,
  body: () => Promise<void>,
): Promise<void> {
  let asked = 0;
  const { prototype } = Interrupt;
  const restore = ["aborted", "signal"].map((name) => {
    const original = Object.getOwnPropertyDescriptor(prototype, name)!; // both are there
    return () => Object.defineProperty(prototype, name, original);
  });
  try {
    Object.defineProperty(prototype, "aborted", { get: () => asked++ >= n, configurable: true });
    const get = () => asked > n ? signal : undefined;
    Object.defineProperty(prototype, "signal", { get, configurable: true });
    await body();
  } finally {
    for (const back of restore) back();
  }
}

for (const better of [[], BETTER]) {
  Deno.test(`microgpt interrupted in a batch, between steps or in a validation goes on bit for bit: ${better.join(" ")}`, async () => {
    await withTempDir(async (dir) => {
      const [path, log] = [`${dir}/model`, `${dir}/log`];
      const options = ["--num-steps", "12", "--batch-size", "150", "--val-fraction", "0.002"];
      const argv = [...TINY, ...options, ...better, ENGLISH, "--quiet"];
      await runMain([...argv, "--save", `${dir}/whole`, "--log", `${dir}/whole log`]);
      const places = new Set<number>();
      for (let n = 0;; n += times(3, 1)) {
        let step = NaN;
        await interrupted(n, "SIGTERM", async () => {
          const { code, stderr } = await runMain([...argv, "--save", path, "--log", log]);
          const [, found] = /^microgpt: Stopped after step (\d+) of 12, /.exec(stderr) ?? [];
          assertEquals(code, found === undefined ? 0 : 143, stderr);
          step = Number(found);
        });
        if (Number.isNaN(step)) break; // nobody asks so often
        places.add(step);
        assertEquals((await loadCheckpoint(path)).run?.state.steps, step);
        const { code, stderr } = await runMain(["--resume", path, "--log", log, "--quiet"]);
        assertEquals([code, stderr], [0, ""], `${n}`);
        assertEquals(await Deno.readFile(path), await Deno.readFile(`${dir}/whole`), `${n}`);
        assertEquals(await Deno.readTextFile(log), await Deno.readTextFile(`${dir}/whole log`));
      }
      assert(places.size >= 12, `stopped after steps ${[...places]}`);
    });
  });
}

Deno.test("microgpt without --save writes samples of what it has learned at Ctrl-C", async () => {
  const table: [Deno.Signal, string[], number, string][] = [
    ["SIGINT", [], 130, "; these are samples of what it has learned"],
    ["SIGINT", ["--num-samples", "0"], 130, ""],
    ["SIGTERM", [], 143, ""],
    ["SIGHUP", [], 129, ""],
  ];
  await withNames(async (_, names) => {
    for (const [signal, options, expected, end] of table) {
      await interrupted(40, signal, async () => {
        const argv = [...TINY, "--num-steps", "1000", ...options, names];
        const { code, stdout, stderr } = await runMain(argv, { keepsSummary: true });
        assertEquals(code, expected);
        const start = end === "" ? "microgpt: " : "";
        const [, step] = /Stopped after step (\d+) of 1000: /.exec(stderr) ?? [];
        assert(Number(step) > 10, stderr);
        const kept = "--save FILE would have kept the model";
        const advice = "Each of the 12 documents is seen 83 times: the model memorizes them and " +
          "repeats them: take fewer --num-steps, or --auto\n";
        assertEquals(
          stderr,
          `${advice}${start}Stopped after step ${step} of 1000: ${kept}${end}\n`,
        );
        assertEquals(/sample {2}2: /.test(stdout), end !== "", stdout);
      });
    }
  });
});

/** Platforms where the tool can know if the hang-up of a terminal is to end it. */
const LINUX: Need = { isMet: Deno.build.os === "linux", reason: "needs /proc" };

/** Runs a program that a hang-up does not end. */
const NOHUP = ["sh", "-c", `trap "" HUP; exec "$@"`, "sh"];

Deno.test(
  needing(LINUX, "microgpt --save saves when its terminal is closed, and not under nohup"),
  async () => {
    await withTempDir(async (dir) => {
      const path = `${dir}/model`;
      // Far more than a pipe holds, as below.
      const argv = [...RUN, "--num-steps", "6000", "--log-every", "1", "--save", path];
      for (const [through, expected] of [[[], 129], [NOHUP, 0]] as const) {
        const child = startProcess([...argv, "--save-every", "100"], { ...OPTIONS, through });
        await untilExists(path, child);
        child.kill("SIGHUP");
        await sleep(200); // until it looks for signals again
        const { code, stderr } = await child.output();
        assertEquals(code, expected, new TextDecoder().decode(stderr));
        const { steps } = (await loadCheckpoint(path)).run!.state; // it is a run
        assertEquals(steps === 6000, expected === 0, `${steps}`);
        await Deno.remove(path);
      }
    });
  },
);

Deno.test(
  needing(POSIX, "microgpt --save saves at a signal, exits with its number and 128, and can go on"),
  async () => {
    await withTempDir(async (dir) => {
      // Far more than a pipe holds: the run waits for this test, and cannot end before.
      const argv = [...RUN, "--num-steps", "6000", "--log-every", "1"];
      const whole = await runProcess([...argv, "--save", `${dir}/whole`], OPTIONS);
      for (const signals of [["SIGINT"], ["SIGTERM"], ["SIGINT", "SIGINT"]] as const) {
        const path = `${dir}/${signals.join(" ")}`;
        const child = startProcess([...argv, "--save", path, "--save-every", "100"], OPTIONS);
        await untilExists(path, child);
        for (const signal of signals) child.kill(signal);
        await sleep(200); // until it looks for signals again
        const { code, stdout, stderr } = await child.output();
        const text = asMicrogpt(new TextDecoder().decode(stderr));
        const found = /^microgpt: Stopped after step (\d+) of 6000, which is saved: (.*)\n$/.exec(
          text,
        );
        assert(found !== null, `${path}: ${text}`);
        assertEquals(code, signals[0] === "SIGINT" ? 130 : 143, path);
        const shownPath = signals.length > 1 ? `"${path}"` : path; // a space in it
        assertEquals(found[2], `microgpt --resume ${shownPath} goes on`);
        const step = Number(found[1]);
        assertEquals((await loadCheckpoint(path)).run?.state.steps, step);
        assertEquals(new TextDecoder().decode(stdout), outputUntil(step, whole.stdout));
        const rest = await runProcess(["--resume", path, "--log-every", "1"], OPTIONS);
        assertEquals(rest, { ...whole, stdout: outputAfter(step, whole.stdout) });
        assertEquals(await Deno.readFile(path), await Deno.readFile(`${dir}/whole`));
      }
      assertEquals(entries(dir), ["SIGINT", "SIGINT SIGINT", "SIGTERM", "whole"]);
    });
  },
);

Deno.test(
  needing(POSIX, "microgpt --save heeds a signal that comes while it saves for the last time"),
  async () => {
    await withTempDir(async (dir) => {
      const path = `${dir}/my model`;
      const rename = Deno.rename;
      try {
        Deno.rename = async (from, to) => {
          let isHeard = false;
          const hear = () => isHeard = true;
          Deno.addSignalListener("SIGTERM", hear); // beside that of the tool
          Deno.kill(Deno.pid, "SIGTERM");
          while (!isHeard) await sleep(1);
          Deno.removeSignalListener("SIGTERM", hear);
          await rename(from, to);
        };
        const argv = [...RUN, "--num-steps", "5", "--save", path, "--quiet"];
        const { code, stderr } = await runMain(argv);
        const hint = `microgpt --resume "${path}" goes on`;
        assertEquals(
          stderr,
          `microgpt: Stopped after step 5 of 5, which is saved: ${hint}\n`,
        );
        assertEquals(code, 143);
      } finally {
        Deno.rename = rename;
      }
      assertEquals((await loadCheckpoint(path)).run?.state.steps, 5);
    });
  },
);

Deno.test(
  needing(
    POSIX,
    "microgpt --save ends at once at a signal while it samples: the model is saved already",
  ),
  async () => {
    await withTempDir(async (dir) => {
      const argv = [...RUN, "--num-steps", "5", "--num-samples", "1e9", "--save", `${dir}/model`];
      const child = startProcess(argv, OPTIONS);
      await untilExists(`${dir}/model`, child);
      await sleep(200);
      child.kill("SIGINT");
      const { code } = await child.output();
      assertEquals(code, 130);
      assertEquals((await loadCheckpoint(`${dir}/model`)).run?.state.steps, 5);
      assertEquals(entries(dir), ["model"]);
    });
  },
);

Deno.test(
  needing(
    POSIX,
    "microgpt --save ends at once at a signal before the first step, and saves nothing",
  ),
  async () => {
    await withTempDir(async (dir) => {
      const child = startProcess(["-", "--save", `${dir}/model`], { ...OPTIONS, stdin: "" });
      await sleep(300); // in which nothing comes from stdin
      child.kill("SIGINT");
      assertEquals((await child.output()).code, 130);
      assertEquals(entries(dir), []);
      await child.stdin.close().catch(() => {});
    });
  },
);

Deno.test(
  needing(POSIX, "microgpt --resume wants the data set again that came from stdin"),
  async () => {
    await withTempDir(async (dir) => {
      const path = `${dir}/model`;
      const fed = async (argv: string[]) => {
        const through = ["sh", "-c", 'exec "$@" < "$0"', ENGLISH];
        const { code, stdout, stderr } = await runProcess(argv, { ...OPTIONS, through });
        assertEquals([code, stderr], [0, ""]);
        return stdout;
      };
      const options = ["--n-embd", "4", "--num-steps", "5", "--quiet"];
      const whole = await fed(["-", ...options, "--save", path]);
      const { code, stderr } = await runProcess(["--resume", path], OPTIONS);
      assertEquals(code, 2);
      const why = `The data set of ${path} came from stdin: give it again, as - or a file`;
      assertMatch(stderr, new RegExp(`^microgpt: ${why}\n`));
      assertEquals(await fed(["--resume", path, "-", "--quiet"]), outputAfter(5, whole));
    });
  },
);

const KILLED_RUNS: readonly [string, number, string[]][] = [
  ["wasm, f64", 100, []],
  ["wasm, f32, batches of 4", 100, ["--dtype", "f32", "--batch-size", "4"]],
  ["scalar", 50, ["--engine", "scalar"]],
];

for (const [name, numSteps, options] of KILLED_RUNS) {
  Deno.test(`microgpt killed at any moment leaves a model that goes on bit for bit: ${name}`, async () => {
    const random = newRandom(`microgpt killed, ${name}`);
    const numKills = times(1, 20);
    const argv = [
      ...RUN,
      "--num-steps",
      `${numSteps}`,
      ...options,
      "--quiet",
      "--save-every",
      "1",
    ];
    const engine = options.filter((_, i) => options[0] === "--engine" && i < 2);
    await withTempDir(async (dir) => {
      const start = performance.now();
      const files = (name: string) => ["--save", `${dir}/${name}`, "--log", `${dir}/${name}.log`];
      const whole = await runProcess([...argv, ...files("whole")], OPTIONS);
      assertEquals(whole.code, 0, whole.stderr);
      const duration = performance.now() - start;
      let numKilled = 0, numRemnants = 0;
      for (let i = 0; i < numKills; i++) {
        const folder = `${dir}/${i}`, path = `${folder}/part`, log = `${path}.log`;
        await Deno.mkdir(folder);
        const child = startProcess([...argv, ...files(`${i}/part`)], OPTIONS);
        await untilExists(path, child);
        await sleep(random.random() * 0.7 * duration); // the rest is for starting, and samples
        try {
          child.kill("SIGKILL");
        } catch {
          // It has ended already.
        }
        const { signal } = await child.output();
        if (signal === "SIGKILL") numKilled++;
        numRemnants += entries(folder).length - 2;
        const { steps } = (await loadCheckpoint(path)).run!.state; // a run is saved
        const resume = ["--resume", path, "--log", log, "--quiet", ...engine];
        const rest = await runProcess(resume, OPTIONS);
        const stdout = steps === numSteps ? outputAfter(numSteps, whole.stdout) : whole.stdout;
        assertEquals(rest, { ...whole, stdout }, `after step ${steps}`);
        assertEquals(await Deno.readFile(path), await Deno.readFile(`${dir}/whole`));
        assertEquals(await Deno.readTextFile(log), await Deno.readTextFile(`${dir}/whole.log`));
      }
      console.log(
        `${numKilled} of ${numKills} killed before the end, ${numRemnants} while writing`,
      );
    });
  });
}
