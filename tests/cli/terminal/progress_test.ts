import { assert, assertEquals, assertMatch } from "@std/assert";
import { canShowBar, setColor } from "../../../lib/cli/terminal/output.ts";
import { barText, Progress } from "../../../lib/cli/terminal/progress.ts";
import { Sparkline } from "../../../lib/cli/terminal/sparkline.ts";
import { columnsOf } from "../../../lib/text/columns.ts";
import {
  screen,
  type Terminal,
  withTerminal,
  type Write,
  writtenTo,
} from "../../helpers/terminal.ts";
import { TINY, withNames } from "../../helpers/tiny.ts";
import { runMain } from "../../helpers/tool.ts";

/** Erases the bar. */
const ERASE = "\r\x1b[J";

/** Draws a bar over another one. */
const drawing = (bar: string) => `\x1b[?7l\r${bar}\x1b[J\x1b[?7h\r`;

function curveOf(...losses: number[]): Sparkline {
  const curve = new Sparkline();
  for (const loss of losses) curve.add(loss);
  return curve;
}

const EMPTY = curveOf();
const FALLING = curveOf(...Array.from({ length: 48 }, (_, i) => -i));

Deno.test("barText() tells how far it is, the loss, the speed and the time left", () => {
  const table: [number, number, number, number, string][] = [
    [500, 1000, 2.345, 100, " 50%  loss 2.35  100 steps/s  0:05 left"],
    [0, 1000, 3.3, 0, "  0%  loss 3.30  0.0 steps/s  ? left"],
    [1000, 1000, 2, 100, "100%  loss 2.00  100 steps/s  0:00 left"],
    [999, 1000, 2, 12.3, " 99%  loss 2.00  12 steps/s  0:01 left"],
    [1, 76, 2, 1, "  1%  loss 2.00  1.0 steps/s  1:15 left"],
    [1, 3601, 2, 1, "  0%  loss 2.00  1.0 steps/s  1:00:00 left"],
    [1, 3600, 2, 1, "  0%  loss 2.00  1.0 steps/s  59:59 left"],
    [1, 11, 2, 0.4, "  9%  loss 2.00  2.5 s/step  0:25 left"],
    [1, 11, 2, 0.03, "  9%  loss 2.00  33 s/step  5:34 left"],
    [1, 7326, 2, 1, "  0%  loss 2.00  1.0 steps/s  2:02:05 left"],
  ];
  for (const [step, numSteps, loss, speed, expected] of table) {
    const text = barText({ step, numSteps, loss, speed, curve: EMPTY }, 100);
    assertMatch(text, /^█*░* {2}/);
    assertEquals(text.replace(/^[█░]+ {2}/, "").replace(/ {10,}/, "  "), expected);
  }
});

Deno.test("barText() fills the bar in proportion", () => {
  const table: [number, number][] = [[0, 0], [1, 0], [25, 10], [50, 20], [75, 30], [100, 40]];
  for (const [step, filled] of table) {
    const text = barText({ step, numSteps: 100, loss: 2, speed: 1, curve: EMPTY }, 200);
    assertEquals(text.split("█").length - 1, filled, `step ${step}`);
    assertEquals(text.split("░").length - 1, 40 - filled, `step ${step}`);
  }
});

Deno.test("barText() leaves out what has no room", () => {
  const state = { step: 500, numSteps: 1000, loss: 2.345, speed: 100, curve: FALLING };
  const bar = (filled: number, rest = filled) => "█".repeat(filled) + "░".repeat(rest);
  const curve = (width: number) => FALLING.text(width);
  const table: [number, string][] = [
    [200, `${bar(20)}   50%  loss 2.35  ${curve(24)}  100 steps/s  0:05 left`],
    [80, `${bar(10, 9)}   50%  loss 2.35  ${curve(17)}  100 steps/s  0:05 left`],
    [62, `${bar(5)}   50%  loss 2.35  ${curve(8)}  100 steps/s  0:05 left`],
    [61, ` 50%  loss 2.35  ${curve(19)}  100 steps/s  0:05 left`],
    [50, ` 50%  loss 2.35  ${curve(8)}  100 steps/s  0:05 left`],
    [49, ` 50%  loss 2.35  ${curve(20)}  0:05 left`],
    [40, ` 50%  loss 2.35  ${curve(11)}  0:05 left`],
    [37, ` 50%  loss 2.35  ${curve(8)}  0:05 left`],
    [36, " 50%  loss 2.35  0:05 left"],
    [27, " 50%  loss 2.35  0:05 left"],
    [26, " 50%  loss 2.35"],
    [20, " 50%  loss 2.35"],
    [16, " 50%  loss 2.35"],
    [15, " 50%"],
    [5, " 50%"],
    [3, " 5"],
    [1, ""],
    [0, ""],
  ];
  for (const [width, expected] of table) assertEquals(barText(state, width), expected, `${width}`);
});

Deno.test("barText() keeps its parts in place while the curve grows", () => {
  const at = (curve: Sparkline) =>
    barText({ step: 1, numSteps: 9, loss: 2, speed: 1, curve }, 80).indexOf("steps/s");
  assertEquals(at(EMPTY), at(FALLING));
  assertEquals(at(curveOf(3, 2)), at(FALLING));
});

Deno.test("barText() is never as wide as the terminal", () => {
  for (const width of [0, 1, 2, 3, 5, 10, 16, 20, 29, 40, 41, 53, 80, 200, 10_000]) {
    for (const numSteps of [1, 7, 1000, 1e9]) {
      for (const step of new Set([0, 1, Math.floor(numSteps / 2), numSteps])) {
        for (const loss of [0, 3.3, 1e6, 1e300, NaN, Infinity]) {
          for (const speed of [0, 1e-9, 0.1, 5, 1e7, Infinity, NaN]) {
            const text = barText({ step, numSteps, loss, speed, curve: FALLING }, width);
            const what = `step ${step}/${numSteps}, loss ${loss}, ${speed} steps/s, width ${width}`;
            assert(columnsOf(text) <= Math.max(0, width - 1), `${what}: ${text}`);
            assert(!/\p{Cc}/u.test(text), what);
          }
        }
      }
    }
  }
});

Deno.test("Progress.update() draws the bar over the last one, every 100 ms", async () => {
  await withTerminal((terminal) => {
    const start = terminal.now;
    const progress = new Progress();
    const curve = new Sparkline();
    const drawn: [number, number][] = [];
    for (let step = 1; step <= 40; step++) {
      terminal.now = start + 10 * step;
      progress.update(step, 80, 2.5);
      curve.add(2.5);
      for (const { to, text } of terminal.writes.splice(0)) {
        assertEquals(to, "stderr");
        const state = { step, numSteps: 80, loss: 2.5, speed: 100, curve };
        assertEquals(text, drawing(barText(state, 80)));
        drawn.push([step, terminal.now - start]);
      }
    }
    assertEquals(drawn, [[1, 10], [11, 110], [21, 210], [31, 310]]);
  });
});

Deno.test("Progress.update() asks for the time every 5 ms, however fast the steps are", async () => {
  await withTerminal((terminal) => {
    const start = terminal.now;
    let asked = 0;
    Object.defineProperty(terminal, "tick", { get: () => (asked++, 0) });
    const progress = new Progress();
    for (let step = 1; step <= 10_000; step++) {
      terminal.now = start + step / 50; // ms
      progress.update(step, 10_000, 2.5);
    }
    assert(asked >= 38 && asked <= 55, `${asked} times in 200 ms`);
    assertEquals(terminal.writes.length, 2);
  });
});

Deno.test("Progress.update() draws again even if the first steps take no time at all", async () => {
  await withTerminal((terminal) => {
    const progress = new Progress();
    for (let step = 1; step <= 100; step++) {
      if (step > 10) terminal.now += 10;
      progress.update(step, 100, 2.5);
    }
    assert(terminal.writes.length >= 8, `${terminal.writes.length} drawings in 900 ms`);
  });
});

Deno.test("Progress.update() tells the speed of a run that goes on where another has ended", async () => {
  await withTerminal((terminal) => {
    const progress = new Progress();
    for (let step = 5001; step <= 5011; step++) {
      terminal.now += 100;
      progress.update(step, 6000, 2.5);
    }
    assertMatch(screen(terminal.writes), /83% +loss 2.50 .* 10 steps\/s +1:39 left$/);
    assertEquals(terminal.writes.length, 11);
  });
});

Deno.test("Progress.update() shows the mean of the last losses", async () => {
  const lossAfter = async (...losses: number[]) => {
    let shown = "";
    await withTerminal((terminal) => {
      const progress = new Progress();
      losses.forEach((loss, i) => {
        terminal.now += 200;
        progress.update(i + 1, losses.length, loss);
      });
      shown = /loss (\S+)/.exec(screen(terminal.writes))![1]!; // barText() writes it
    });
    return shown;
  };
  const many = (n: number, loss: number): number[] => Array(n).fill(loss);
  assertEquals(await lossAfter(3.3), "3.30", "all of it is the first");
  assertEquals(await lossAfter(2, 4), "3.01", "(0.99 * 2 + 4) / 1.99");
  assertEquals(await lossAfter(...many(500, 2.5)), "2.50");
  assertEquals(await lossAfter(...many(2000, 1), 2), "1.01");
  assertEquals(await lossAfter(...many(2000, 1), ...many(100, 2)), "1.63", "2 - 0.99 ** 100");
});

Deno.test("Progress.update() draws as wide as the terminal is, 80 columns if that is not told", async () => {
  await withTerminal((terminal) => {
    const progress = new Progress();
    const curve = new Sparkline();
    [100, 30, undefined, 0].forEach((columns, i) => {
      terminal.now += 500;
      terminal.columns = columns;
      progress.update(i + 1, 9, 2);
      curve.add(2);
      const state = { step: i + 1, numSteps: 9, loss: 2, speed: 2, curve };
      assertEquals(screen(terminal.writes), barText(state, columns || 80));
    });
  });
});

Deno.test("Progress.clear() erases the bar if there is one", async () => {
  await withTerminal((terminal) => {
    const progress = new Progress();
    progress.clear();
    assertEquals(terminal.writes, [], "nothing has been drawn");
    terminal.now += 500;
    progress.update(1, 3, 2);
    terminal.writes.length = 0;
    progress.clear();
    assertEquals(terminal.writes.splice(0), [{ to: "stderr", text: ERASE }]);
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

const samplesOf = (...texts: string[]) => texts.map((text) => ({ text, isKnown: false }));

Deno.test("Progress.samples() writes a line above the bar, in one go", async () => {
  await withTerminal((terminal) => {
    const progress = new Progress();
    terminal.now += 500;
    progress.update(1, 3, 2);
    const bar = screen(terminal.writes);
    progress.samples("1", samplesOf("anna", "민수"));
    progress.samples("2", samplesOf("bob"));
    assertEquals(terminal.writes.length, 3);
    assertEquals(screen(terminal.writes), `1  anna  민수\n2  bob\n${bar}`);
    progress.clear();
    assertEquals(screen(terminal.writes), "1  anna  민수\n2  bob\n");
    progress.samples("3", []);
    assertEquals(screen(terminal.writes), "1  anna  민수\n2  bob\n3\n");
  });
});

Deno.test("Progress.samples() cuts the line to the terminal, and lets it give no orders", async () => {
  const table: [number | undefined, string[], string][] = [
    [13, ["hannah and anna"], "7  hannah a…"],
    [13, ["hannah", "anna"], "7  hannah  …"],
    [13, ["hannah an", "anna"], "7  hannah an"],
    [13, ["민수민수민수"], "7  민수민수…"],
    [13, ["\x1b[2Janna"], "7  ␛[2Janna"],
    [13, ["a\nb\r\x9b"], "7  a␊b␍\ufffd"],
    [undefined, ["x".repeat(100)], `7  ${"x".repeat(75)}…`],
    [1, ["anna"], ""],
  ];
  for (const [columns, texts, expected] of table) {
    await withTerminal((terminal) => {
      terminal.columns = columns;
      new Progress().samples("7", samplesOf(...texts));
      assertEquals(screen(terminal.writes), `${expected}\n`);
    });
  }
});

Deno.test("Progress.samples() dims the step and marks what is known, where there is color", async () => {
  await withTerminal((terminal) => {
    const samples = [{ text: "anna", isKnown: true }, { text: "ann\x1b[m", isKnown: false }];
    for (
      const [color, text] of [
        ["always", "\x1b[2m 7\x1b[m  \x1b[36manna\x1b[m  ann␛[m\n"],
        ["never", " 7  anna  ann␛[m\n"],
      ] as const
    ) {
      setColor(color);
      new Progress().samples(" 7", samples);
      assertEquals(writtenTo("stderr", terminal.writes.splice(0)), text);
    }
    setColor("auto");
  });
});

Deno.test("Progress.redraw() draws the bar again if there is one", async () => {
  await withTerminal((terminal) => {
    const progress = new Progress();
    progress.redraw();
    assertEquals(terminal.writes, []);
    progress.update(1, 3, 2);
    progress.redraw();
    const [first, second, ...others] = terminal.writes;
    assertEquals([second, others], [first, []]);
  });
});

Deno.test("Progress.begin() shows that work has begun", async () => {
  await withTerminal((terminal) => {
    for (const [columns, text] of [[80, " 10%  step 11 of 100 ..."], [10, " 10%  st…"]] as const) {
      terminal.columns = columns;
      new Progress().begin(10, 100);
      assertEquals(terminal.writes.splice(0), [{ to: "stderr", text: drawing(text) }]);
    }
  });
});

Deno.test("canShowBar() wants a terminal that can erase", async () => {
  const table: [boolean, string | undefined, boolean][] = [
    [true, "xterm-256color", true],
    [true, undefined, true],
    [true, "dumb", false],
    [false, "xterm-256color", false],
  ];
  for (const [isTerminal, type, expected] of table) {
    await withTerminal((terminal) => {
      terminal.type = type;
      assertEquals(canShowBar(), expected, `${isTerminal}, ${type}`);
    }, isTerminal);
  }
});

Deno.test("canShowBar() does not ask for a permission", async () => {
  await withTerminal((terminal) => {
    terminal.type = "dumb";
    const { querySync } = Deno.permissions;
    try {
      Deno.permissions.querySync = () => ({ state: "prompt" }) as Deno.PermissionStatus;
      assertEquals(canShowBar(), true);
    } finally {
      Deno.permissions.querySync = querySync;
    }
  });
});

/** Trains on a terminal, where each question for the time takes 7 ms, or another time. */
async function trainOnTerminal(
  argv: readonly string[],
  { isTerminal = true, tick = 7 } = {},
): Promise<{ code: number; writes: readonly Write[] }> {
  let writes: readonly Write[] = [], code = -1;
  const prepare = (terminal: Terminal) => {
    terminal.tick = tick;
    ({ writes } = terminal);
  };
  await withNames(async (_, names) => {
    ({ code } = await runMain([...TINY, ...argv, names], { isTerminal, prepare }));
  });
  return { code, writes };
}

const STEPS = ["--num-steps", "200", "--sample-every", "200"]; // no samples on the way

/** The last line of training. */
const SUMMARY = /^\d+ steps in .*\n/m;

/** A line that training may have before it. */
const KNOWN = /^\d of 2 samples (is a line|are lines) of the list: .*\n/m;

for (const argv of [STEPS, [...STEPS, "--log-every", "3"]]) {
  Deno.test(`microgpt clears the bar before results: ${argv.join(" ")}`, async () => {
    const { code, writes } = await trainOnTerminal(argv);
    assertEquals(code, 0);
    assert(writtenTo("stderr", writes).includes("░  "), "there was a bar");
    const results = screen(writes).replace(SUMMARY, "").replace(KNOWN, "");
    assertEquals(results, writtenTo("stdout", writes));
    assertMatch(results, /^num docs: 12\n(.*\n)+sample {2}2: .*\n$/);
  });
}

Deno.test("microgpt clears the bar before it says what has failed", async () => {
  const argv = ["--engine", "scalar", "--learning-rate", "10", "--log-every", "1"];
  const options = ["--num-steps", "200", "--color", "never"];
  const { code, writes } = await trainOnTerminal([...argv, ...options], { tick: 60 });
  assertEquals(code, 1);
  assert(writtenTo("stderr", writes).includes("░  "), "there was a bar");
  const [message] = /microgpt: Training diverged: .*\n$/.exec(writtenTo("stderr", writes)) ?? [];
  assertEquals(screen(writes), writtenTo("stdout", writes) + message);
});

Deno.test("microgpt draws no bar if stderr is no terminal, or with --quiet", async () => {
  for (const [argv, isTerminal] of [[[], false], [["--quiet"], true]] as const) {
    const { code, writes } = await trainOnTerminal(["--num-steps", "50", ...argv], { isTerminal });
    assertEquals([code, writtenTo("stderr", writes).replace(SUMMARY, "")], [0, ""]);
  }
});
