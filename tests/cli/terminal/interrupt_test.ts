/** Signals to a run that saves, and runs that are killed. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { loadCheckpoint } from "../../../lib/files/checkpoint_file.ts";
import { Interrupt } from "../../../lib/cli/terminal/interrupt.ts";
import { needing, POSIX } from "../../helpers/needs.ts";
import { entries, exists, ROOT, withTempDir } from "../../helpers/paths.ts";
import { newRandom, times } from "../../helpers/random.ts";
import { withTerminal } from "../../helpers/terminal.ts";
import { TINY } from "../../helpers/tiny.ts";
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

Deno.test("Interrupt.isRequested() lets signals in 100 ms after it last did, and not before", async () => {
  await withTerminal(async (terminal) => { // with a clock that stands still
    const start = terminal.now, turns: number[] = [];
    using interrupt = new Interrupt();
    for (let time = 0; time <= 500; time++) {
      terminal.now = start + time;
      let isTurn = false;
      const timer = setTimeout(() => isTurn = true, 0); // behind it all events wait, signals as well
      assertEquals(await interrupt.isRequested(), false);
      clearTimeout(timer);
      if (isTurn) turns.push(time);
    }
    assertEquals(turns, [101, 202, 303, 404]);
  });
});

Deno.test(
  needing(POSIX, "microgpt --save saves at a signal, exits with 130, and can go on"),
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
        assertEquals(code, 130, path);
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
        assertEquals(code, 130);
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
      const whole = await runProcess([...argv, "--save", `${dir}/whole`], OPTIONS);
      assertEquals(whole.code, 0, whole.stderr);
      const duration = performance.now() - start;
      let numKilled = 0, numRemnants = 0;
      for (let i = 0; i < numKills; i++) {
        const folder = `${dir}/${i}`, path = `${folder}/part`;
        await Deno.mkdir(folder);
        const child = startProcess([...argv, "--save", path], OPTIONS);
        await untilExists(path, child);
        await sleep(random.random() * 0.7 * duration); // the rest is for starting, and samples
        try {
          child.kill("SIGKILL");
        } catch {
          // It has ended already.
        }
        const { signal } = await child.output();
        if (signal === "SIGKILL") numKilled++;
        numRemnants += entries(folder).length - 1;
        const { steps } = (await loadCheckpoint(path)).run!.state; // a run is saved
        const rest = await runProcess(["--resume", path, "--quiet", ...engine], OPTIONS);
        const stdout = steps === numSteps ? outputAfter(numSteps, whole.stdout) : whole.stdout;
        assertEquals(rest, { ...whole, stdout }, `after step ${steps}`);
        assertEquals(await Deno.readFile(path), await Deno.readFile(`${dir}/whole`));
      }
      console.log(
        `${numKilled} of ${numKills} killed before the end, ${numRemnants} while writing`,
      );
    });
  });
}
