import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { parseCommand } from "../lib/cli/args.ts";
import { barText, Progress } from "../lib/cli/progress.ts";
import type { TrainCommand } from "../lib/cli/train_args.ts";
import { runTrain } from "../lib/cli/train_command.ts";
import { DivergenceError } from "../lib/trainer.ts";
import { withTempDir } from "./_paths.ts";
import { ERASE_LINE, screen, type Terminal, withTerminal, writtenTo } from "./_terminal.ts";

Deno.test("barText() tells how far it is, the loss, the speed and the time left", () => {
  const table: [number, number, number, number, string][] = [
    [500, 1000, 2.345, 5, " 50%  loss 2.35  100 steps/s  0:05 left"],
    [0, 1000, 3.3, 1, "  0%  loss 3.30  0 steps/s  ? left"],
    [1000, 1000, 2, 10, "100%  loss 2.00  100 steps/s  0:00 left"],
    [999, 1000, 2, 9.99, " 99%  loss 2.00  100 steps/s  0:01 left"],
    [1, 76, 2, 1, "  1%  loss 2.00  1 steps/s  1:15 left"],
    [1, 3601, 2, 1, "  0%  loss 2.00  1 steps/s  1:00:00 left"],
    [1, 3600, 2, 1, "  0%  loss 2.00  1 steps/s  59:59 left"],
    [1, 7326, 2, 1, "  0%  loss 2.00  1 steps/s  2:02:05 left"],
  ];
  for (const [step, numSteps, loss, elapsed, expected] of table) {
    const text = barText(step, numSteps, loss, elapsed, 100);
    assertMatch(text, /^█*░* {2}/);
    assertEquals(text.replace(/^[█░]+ {2}/, ""), expected);
  }
});

Deno.test("barText() fills the bar in proportion", () => {
  const table: [number, number][] = [[0, 0], [1, 0], [25, 10], [50, 20], [75, 30], [100, 40]];
  for (const [step, filled] of table) {
    const text = barText(step, 100, 2, 1, 200);
    assertEquals(text.split("█").length - 1, filled, `step ${step}`);
    assertEquals(text.split("░").length - 1, 40 - filled, `step ${step}`);
  }
});

Deno.test("barText() leaves out from the end what has no room", () => {
  const at = (width: number) => barText(500, 1000, 2.345, 5, width);
  assertEquals(
    at(200),
    `${"█".repeat(20)}${"░".repeat(20)}   50%  loss 2.35  100 steps/s  0:05 left`,
  );
  assertEquals(
    at(80),
    `${"█".repeat(19)}${"░".repeat(19)}   50%  loss 2.35  100 steps/s  0:05 left`,
  );
  assertEquals(at(40), " 50%  loss 2.35  100 steps/s  0:05 left");
  assertEquals(at(39), " 50%  loss 2.35  100 steps/s");
  assertEquals(at(20), " 50%  loss 2.35");
  assertEquals(at(5), " 50%");
  assertEquals(at(3), " 5");
});

Deno.test("barText() is never as wide as the terminal", () => {
  for (const width of [0, 1, 2, 3, 5, 10, 16, 20, 29, 40, 41, 53, 80, 200, 10_000]) {
    for (const numSteps of [1, 7, 1000, 1e9]) {
      for (const step of new Set([0, 1, Math.floor(numSteps / 2), numSteps])) {
        for (const loss of [0, 3.3, 1e6, 1e300, NaN, Infinity]) {
          for (const elapsed of [0, 1e-9, 0.1, 5, 1e7]) {
            const text = barText(step, numSteps, loss, elapsed, width);
            const what = `step ${step}/${numSteps}, loss ${loss}, ${elapsed} s, width ${width}`;
            assert(text.length <= Math.max(0, width - 1), `${what}: ${text}`);
            assert(!/[\n\r]/.test(text), what);
          }
        }
      }
    }
  }
});

Deno.test("Progress draws nothing unless it is shown", async () => {
  await withTerminal((terminal) => {
    const progress = new Progress(false);
    for (let step = 1; step <= 3; step++) {
      terminal.now += 1000;
      progress.update(step, 3, 2);
      progress.clear();
    }
    assertEquals(terminal.writes, []);
  });
});

Deno.test("Progress.update() draws the bar over the last one, every 100 ms", async () => {
  await withTerminal((terminal) => {
    const start = terminal.now;
    const progress = new Progress(true);
    const drawn: [number, number][] = [];
    for (let step = 1; step <= 40; step++) {
      terminal.now = start + 10 * step;
      progress.update(step, 80, 2.5);
      for (const { to, text } of terminal.writes.splice(0)) {
        assertEquals(to, "stderr");
        assertEquals(text, ERASE_LINE + barText(step, 80, 2.5, step / 100, 80));
        drawn.push([step, terminal.now - start]);
      }
    }
    assertEquals(drawn, [[1, 10], [11, 110], [21, 210], [31, 310]]);
  });
});

Deno.test("Progress.update() draws as wide as the terminal is, 80 columns if that is not told", async () => {
  await withTerminal((terminal) => {
    const progress = new Progress(true);
    for (const columns of [100, 30, undefined]) {
      terminal.now += 500;
      terminal.columns = columns;
      progress.update(1, 2, 2);
      const elapsed = (terminal.now - 1000) / 1000;
      const expected = ERASE_LINE + barText(1, 2, 2, elapsed, columns ?? 80);
      assertEquals(terminal.writes.splice(0), [{ to: "stderr", text: expected }]);
    }
  });
});

Deno.test("Progress.clear() erases the bar if there is one", async () => {
  await withTerminal((terminal) => {
    const progress = new Progress(true);
    progress.clear();
    assertEquals(terminal.writes, [], "nothing has been drawn");
    terminal.now += 500;
    progress.update(1, 3, 2);
    terminal.writes.length = 0;
    progress.clear();
    assertEquals(terminal.writes.splice(0), [{ to: "stderr", text: ERASE_LINE }]);
    progress.clear();
    assertEquals(terminal.writes, [], "it is gone already: a write for each step line is dear");
    progress.update(2, 3, 2);
    assertEquals(terminal.writes, [], "it is too soon to draw it again");
    terminal.now += 500;
    progress.update(3, 3, 2);
    progress.clear();
    assertEquals(screen(terminal.writes), "");
    assertEquals(terminal.writes.length, 2);
  });
});

/** Trains on two names on a terminal, where each question for the time takes 7 ms. */
async function trainOnTerminal(
  argv: readonly string[],
  check: (terminal: Terminal, run: () => Promise<void>) => Promise<void>,
  isTerminal = true,
): Promise<void> {
  await withTempDir(async (dir) => {
    await Deno.writeTextFile(`${dir}/data.txt`, "anna\nbob\n");
    const argvOfAll = ["--n-embd", "4", "--n-head", "2", ...argv, `${dir}/data.txt`];
    const command = parseCommand(argvOfAll) as TrainCommand; // that is what the arguments ask for
    await withTerminal(async (terminal) => {
      terminal.tick = 7;
      await check(terminal, () => runTrain(command));
    }, isTerminal);
  });
}

for (const argv of [["--num-steps", "200"], ["--num-steps", "200", "--log-every", "3"]]) {
  Deno.test(`runTrain() clears the bar before results: ${argv.join(" ")}`, async () => {
    await trainOnTerminal(argv, async (terminal, run) => {
      await run();
      const { writes } = terminal;
      assert(writtenTo("stderr", writes).includes("░  "), "there was a bar");
      assertEquals(screen(writes), writtenTo("stdout", writes));
      assertMatch(screen(writes), /^num docs: 2\n(.*\n)+sample 20: .*\n$/);
    });
  });
}

Deno.test("runTrain() clears the bar before it throws", async () => {
  const argv = ["--engine", "scalar", "--learning-rate", "10", "--log-every", "1"];
  await trainOnTerminal(argv, async (terminal, run) => {
    terminal.tick = 60;
    await assertRejects(run, DivergenceError);
    const { writes } = terminal;
    assert(writtenTo("stderr", writes).includes("░  "), "there was a bar");
    assertEquals(screen(writes), writtenTo("stdout", writes));
  });
});

Deno.test("runTrain() draws no bar if stderr is no terminal, or with --quiet", async () => {
  for (const [argv, isTerminal] of [[[], false], [["--quiet"], true]] as const) {
    await trainOnTerminal(["--num-steps", "50", ...argv], async (terminal, run) => {
      await run();
      assertEquals(writtenTo("stderr", terminal.writes), "");
    }, isTerminal);
  }
});
