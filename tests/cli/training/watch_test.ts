import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { columnsOf } from "../../../lib/text/columns.ts";
import { NAMES, TINY, withNames } from "../../helpers/tiny.ts";
import { screen, type Terminal, type Write, writtenTo } from "../../helpers/terminal.ts";
import { runMain } from "../../helpers/tool.ts";

/** Runs main() on a terminal that `change` has changed, and returns what was written. */
async function writesOf(
  argv: readonly string[],
  change: (terminal: Terminal) => void = () => {},
  isTerminal = true,
): Promise<readonly Write[]> {
  let writes: readonly Write[] = [];
  const prepare = (terminal: Terminal) => {
    terminal.tick = 30; // several steps, and several bars, in each tenth of a run
    change(terminal);
    ({ writes } = terminal);
  };
  assertEquals((await runMain(argv, { isTerminal, prepare })).code, 0);
  return writes;
}

/** The lines on the screen that begin with a step and have samples after it. */
const sampleLines = (writes: readonly Write[]) =>
  screen(writes.filter(({ to }) => to === "stderr")).split("\n")
    .map((line) => /^ *(\d+) {2}(\S.*)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, step, texts]) => [Number(step), texts!.split("  ")] as const); // the groups match

/** The last line of training. */
const SUMMARY = /\d+ steps in .*\n/;

const RUN = [...TINY, "--num-steps", "50"];

Deno.test("microgpt shows samples every tenth of a run, but on a terminal only", async () => {
  await withNames(async (_, names) => {
    const writes = await writesOf([...RUN, names]);
    const lines = sampleLines(writes);
    assertEquals(lines.map(([step]) => step), [5, 10, 15, 20, 25, 30, 35, 40, 45]);
    assert(new Set(lines.map(([, texts]) => texts.join())).size > 1, "the model learns");

    const plain = await writesOf([...RUN, names], undefined, false);
    assertEquals(writtenTo("stderr", plain).replace(SUMMARY, ""), "");
    assertEquals(writtenTo("stdout", writes), writtenTo("stdout", plain), "the same results");
  });
});

Deno.test("microgpt --sample-every says how often samples are shown", async () => {
  await withNames(async (_, names) => {
    const table: [string, number[]][] = [
      ["15", [15, 30, 45]],
      ["25", [25]], // the last step is followed by the samples that were asked for
      ["49", [49]],
      ["50", []],
      ["1000", []],
    ];
    for (const [every, expected] of table) {
      const writes = await writesOf([...RUN, "--sample-every", every, names]);
      assertEquals(sampleLines(writes).map(([step]) => step), expected, every);
    }
  });
});

Deno.test("microgpt shows at step N what it would write if training ended there", async () => {
  await withNames(async (_, names) => {
    // The learning rate falls to 0 at the end, so the last steps change nearly nothing.
    const argv = [...TINY, "--num-steps", "20", "--learning-rate", "1e-9", "--num-samples", "5"];
    const whole = (terminal: Terminal) => terminal.columns = 200;
    const writes = await writesOf([...argv, "--sample-every", "19", names], whole);
    const [[step, texts]] = sampleLines(writes) as [readonly [number, string[]]];
    const samples = writtenTo("stdout", writes).matchAll(/^sample +\d+: (.*)$/gm)
      .map(([, text]) => text!).toArray(); // the group matches
    assertEquals([step, texts], [19, samples]);
  });
});

Deno.test("microgpt shows samples of the averaged weights at step N, as it would write them", async () => {
  await withNames(async (_, names) => {
    const samplesOf = (writes: readonly Write[]) =>
      writtenTo("stdout", writes).matchAll(/^sample +\d+: (.*)$/gm)
        .map(([, text]) => text!).toArray(); // the group matches
    const whole = (terminal: Terminal) => terminal.columns = 200;
    const options = ["--learning-rate", "0.1", "--schedule", "constant", "--num-samples", "5"];
    const argv = [
      ...TINY,
      ...options,
      "--ema",
      "0.99",
      "--temperature",
      "1",
      "--sample-every",
      "60",
    ];
    const writes = await writesOf([...argv, "--num-steps", "61", names], whole);
    const [[step, texts]] = sampleLines(writes) as [readonly [number, string[]]];
    const shorter = samplesOf(await writesOf([...argv, "--num-steps", "60", names], whole));
    assertEquals([step, texts], [60, shorter]);
    const last = [...argv, "--ema", "1e-9", "--num-steps", "60", names]; // no average to speak of
    assertNotEquals(samplesOf(await writesOf(last, whole)), shorter);
  });
});

Deno.test("microgpt animates nothing where that cannot be, or is not wanted", async () => {
  await withNames(async (_, names) => {
    const table: [string, string[], Partial<Terminal>, boolean][] = [
      ["no terminal", [], {}, false],
      ["a dumb terminal", [], { type: "dumb" }, true],
      ["--quiet", ["--quiet"], {}, true],
    ];
    for (const [name, options, changed, isTerminal] of table) {
      const argv = [...RUN, ...options, "--sample-every", "10", names];
      const writes = await writesOf(argv, (t) => Object.assign(t, changed), isTerminal);
      assertEquals(writtenTo("stderr", writes).replace(SUMMARY, ""), "", name);
      assert(!/\p{Cc}/u.test(writtenTo("stdout", writes).replaceAll("\n", "")), name);
    }
  });
});

Deno.test("microgpt fits its bar and its samples into a narrow terminal, without color", async () => {
  await withNames(async (_, names) => {
    for (const columns of [20, 8, 2]) {
      const argv = [...RUN, "--color", "never", names];
      const writes = await writesOf(argv, (terminal) => terminal.columns = columns);
      const stderr = writtenTo("stderr", writes).replace(SUMMARY, "");
      assert(stderr !== "", "there is a bar");
      // deno-lint-ignore no-control-regex
      assert(!/\x1b\[[\d;]*m/.test(stderr), "no color");
      // deno-lint-ignore no-control-regex
      for (const line of stderr.split(/[\r\n]|\x1b\[\??\d*[A-Za-z]/)) {
        assert(columnsOf(line) < columns, JSON.stringify(line));
      }
    }
  }, "한별가을\n가을바다\n바다하늘\nanna\n");
});

Deno.test("microgpt leaves no bar behind, nor in the lines of the results", async () => {
  await withNames(async (_, names) => {
    const options = ["--val-fraction", "0.2", "--log-every", "7", "--patience", "50"];
    const writes = await writesOf([...RUN, ...options, names]);
    const lines = screen(writes).split("\n");
    assert(writtenTo("stderr", writes).includes("█"), "there was one");
    assertEquals(lines.filter((line) => SUMMARY.test(`${line}\n`)).length, 1);
    for (const line of lines.filter((line) => !SUMMARY.test(`${line}\n`))) {
      assertMatch(
        line,
        /^(num .*|vocab .*|step +\d+ \/ +50 \| .*|sample .*|--- .*|The best .*|| *\d+ {2}.*)$/,
      );
    }
    const results = lines.filter((line) => line.startsWith("step"));
    assertEquals(results.length, 7 + 1 + 10, "every 7th step, the last one, and ten validations");
    const stdout = writtenTo("stdout", writes).split("\n");
    assertEquals(results, stdout.filter((line) => line.startsWith("step")));
  });
});

Deno.test("microgpt shows results and samples in the order in which they came", async () => {
  await withNames(async (_, names) => {
    const options = ["--val-fraction", "0.2", "--log-every", "5"];
    const writes = await writesOf([...RUN, ...options, names], (terminal) => terminal.tick = 0.01);
    const steps = screen(writes).split("\n")
      .map((line) => /^(?:step)? *(\d+)(?: \/ +50 \|| {2}\S)/.exec(line))
      .filter((match) => match !== null).map(([, step]) => Number(step));
    assertEquals(steps, steps.toSorted((a, b) => a - b));
    assertEquals(steps.length, 10 + 10 + 9, "losses, validations, samples");
  });
});

Deno.test("microgpt shows samples as people write them", async () => {
  await withNames(async (_, names) => {
    const argv = [...RUN, "--normalize", "nfd", "--block-size", "8", "--num-steps", "300"];
    const writes = await writesOf([...argv, names]);
    const texts = sampleLines(writes).flatMap(([, texts]) => texts).join("\n");
    assertEquals(texts, texts.normalize("NFC"));
    assertMatch(texts, /[가-힣]/);
  }, "한별\n가을\n바다\n하늘\n");
});

Deno.test("microgpt marks the samples that are documents of the list", async () => {
  await withNames(async (_, names) => {
    const argv = [...TINY, "--n-embd", "16", "--num-steps", "300", "--color", "always", names];
    const stderr = writtenTo("stderr", await writesOf(argv));
    // deno-lint-ignore no-control-regex
    const shown = [...stderr.matchAll(/\x1b\[2m *\d+\x1b\[m {2}(.*)\n/g)]
      .flatMap(([, line]) => line!.split("  ")); // the group matches
    const isMarked = (text: string) => text.startsWith("\x1b[36m");
    const marked = shown.filter(isMarked).map((text) => text.slice(5, -3));
    const others = shown.filter((text) => !isMarked(text));
    assert(marked.length > 5 && others.length > 5, `${marked} and ${others}`);
    for (const text of marked) assert(NAMES.includes(text), text);
    for (const text of others.filter((text) => !text.includes("\x1b"))) {
      assert(!NAMES.includes(text), text);
    }
  });
});
