import { assert, assertEquals, assertMatch } from "@std/assert";
import { LossRecord } from "../../../lib/cli/training/loss_record.ts";
import { assertReplaceable } from "../../../lib/cli/training/own_file.ts";
import { assertFails } from "../../helpers/assert.ts";
import { needing, POSIX } from "../../helpers/needs.ts";
import { NAMES, TINY, withNames } from "../../helpers/tiny.ts";
import { entries, exists, ROOT, withTempDir } from "../../helpers/paths.ts";
import type { Terminal } from "../../helpers/terminal.ts";
import { jsonOf, runMain, runProcess, startProcess } from "../../helpers/tool.ts";
import { elementsOf, parseXml } from "../../helpers/xml.ts";

/** The words of a plot. */
function descriptionOf(path: string): string {
  const svg = parseXml(Deno.readTextFileSync(path));
  return elementsOf(svg).find(({ name }) => name === "desc")!.text; // every plot has one
}

Deno.test("assertReplaceable() lets only what is empty or of the same kind be replaced", async () => {
  await withTempDir(async (dir) => {
    const path = `${dir}/a`;
    const check = () => assertReplaceable(path, "a log", "{log}");
    check(); // there is none
    for (const content of ["", "{log}", "{log} and more"]) {
      await Deno.writeTextFile(path, content);
      check();
    }
    for (const content of ["{lo", "anna", " {log}", "{LOG}", "\uFEFF{log}"]) {
      await Deno.writeTextFile(path, content);
      const message = `Cannot write "${path}": there is a file that is not a log: ` +
        "choose another name, or remove it";
      assertFails(check, Error, message);
    }
    if (Deno.build.os !== "windows") {
      await Deno.symlink(path, `${dir}/link`);
      const message = `Cannot write "${dir}/link": there is a file that is not a log: ` +
        "choose another name, or remove it";
      assertFails(() => assertReplaceable(`${dir}/link`, "a log", "{log}"), Error, message);
    }
    const message = `Cannot write "${dir}": it is a directory: name a file`;
    assertFails(() => assertReplaceable(dir, "a log", "{log}"), Error, message);
  });
});

Deno.test("LossRecord keeps all losses of a short run", () => {
  const record = new LossRecord();
  for (let step = 1; step <= 1000; step++) record.add(step, -step);
  const expected = Array.from({ length: 1000 }, (_, i) => ({ step: i + 1, loss: -i - 1 }));
  assertEquals(record.points, expected);
});

Deno.test("LossRecord keeps some losses of a long run, evenly", () => {
  const record = new LossRecord();
  const numSteps = 1_000_000;
  for (let step = 1; step <= numSteps; step++) record.add(step, -step);
  const { points } = record;
  assert(points.length > 60_000 && points.length < 1 << 17, `${points.length}`);
  assertEquals(points[0], { step: 1, loss: -1 });
  const stride = points[1]!.step - 1; // there are many
  points.forEach(({ step, loss }, i) => {
    if (step !== 1 + i * stride || loss !== -step) throw new Error(`${i}: ${step}, ${loss}`);
  });
  assert(numSteps - points.at(-1)!.step < stride, "to the end");
});

Deno.test("microgpt refuses one file for two purposes", async () => {
  await withNames(async (dir, names) => {
    const a = `${dir}/a`, other = `${dir}/./a`;
    const log = "--log must not be the same file as the data set";
    const plot = "--plot must not be the same file as";
    const table: [string[], string][] = [
      [["--log", names, names], `${log}: both are ${names}`],
      [
        ["--log", `${dir}/../..${names}`, names],
        `${log}: ${dir}/../..${names} and ${names} are one`,
      ],
      [
        ["--save", names, names],
        `--save must not be the same file as the data set: both are ${names}`,
      ],
      [["--log", a, "--plot", a, names], `${plot} --log: both are ${a}`],
      [["--log", a, "--plot", other, names], `${plot} --log: ${other} and ${a} are one`],
      [
        ["--save", a, "--log", a, names],
        `--log must not be the same file as --save: both are ${a}`,
      ],
      [["--resume", a, "--plot", other], `${plot} --save: ${other} and ${a} are one`],
      [["--plot", a, "--exclude", a, names], `${plot} --exclude: both are ${a}`],
      [
        ["--log", "./datasets/names.txt"],
        `${log}: ./datasets/names.txt and datasets/names.txt are one`,
      ],
    ];
    if (Deno.build.os !== "windows") {
      await Deno.symlink(names, `${dir}/link`);
      table.push([["--log", `${dir}/link`, names], `${log}: ${dir}/link and ${names} are one`]);
    }
    for (const [argv, message] of table) {
      const stderr = `microgpt: ${message}\nRun microgpt --help for all the options\n`;
      assertEquals(await runMain([...TINY, ...argv]), { code: 2, stdout: "", stderr });
    }
    assertEquals(await Deno.readTextFile(names), NAMES.join("\n"));
    assertEquals(exists(a), false);
  });
});

Deno.test("microgpt --log and --plot never replace what they have not made", async () => {
  await withNames(async (dir, names) => {
    const model = `${dir}/model`, other = `${dir}/picture`;
    await runMain([...TINY, "--save", model, names]);
    await Deno.writeTextFile(other, '<svg xmlns="http://www.w3.org/2000/svg"/>');
    const before = await Promise.all([names, model, other].map((path) => Deno.readFile(path)));
    const link = `${dir}/link`;
    if (Deno.build.os !== "windows") await Deno.symlink(other, link);
    for (const [option, kind] of [["--log", "a log"], ["--plot", "a plot"]] as const) {
      for (const path of [model, other, ...(exists(link) ? [link] : [])]) {
        const { code, stderr } = await runMain([...TINY, option, path, names]);
        const message = `microgpt: Cannot write "${path}": there is a file that is not ${kind}: ` +
          "choose another name, or remove it\n";
        assertEquals([code, stderr], [1, message]);
      }
    }
    const after = await Promise.all([names, model, other].map((path) => Deno.readFile(path)));
    assertEquals(after, before);
  });
});

Deno.test("microgpt says before training where it cannot write, and leaves no log behind", async () => {
  await withNames(async (dir, names) => {
    const good = `${dir}/good`;
    const table: [string[], string][] = [
      [["--plot", dir], `"${dir}": it is a directory: name a file`],
      [["--log", dir], `"${dir}": it is a directory: name a file`],
      [
        ["--plot", `${names}/a`],
        `"${names}/a": a file is where a folder should be: check the path`,
      ],
      [["--log", good, "--plot", dir], `"${dir}": it is a directory: name a file`],
      [["--log", good, "--save", dir], `"${dir}": it is a directory: name a file`],
    ];
    for (const [options, message] of table) {
      const { code, stdout, stderr } = await runMain([...TINY, ...options, names]);
      assertEquals([code, stderr], [1, `microgpt: Cannot write ${message}\n`], options.join(" "));
      assertMatch(stdout, /^num docs: 12\nvocab size: 20\nnum params: \d+\n$/);
    }
    assertEquals(entries(dir), ["names.txt"]);
  });
});

Deno.test("microgpt --plot draws the losses, the validation and the baselines", async () => {
  await withNames(async (dir, names) => {
    const path = `${dir}/a.svg`;
    const argv = [...TINY, "--num-steps", "20", "--quiet"];
    const { stdout } = await runMain([...argv, names]);
    const plotted = await runMain([...argv, "--plot", path, names]);
    assertEquals(plotted, { code: 0, stdout, stderr: "" });
    assertMatch(descriptionOf(path), /^Loss in nats per token\. Training, smoothed: .* step 20\.$/);
    const svg = Deno.readTextFileSync(path);
    assertMatch(svg, /Training on &quot;.*names\.txt&quot;/);
    assertMatch(svg, />1 layer, width 4, batch 1, learning rate 0\.01</);

    const held = [...argv, "--val-fraction", "0.25", "--json"];
    const model = `${dir}/m.safetensors`;
    const trained = await runMain([...held, "--plot", path, "--save", model, names]);
    const losses = jsonOf(trained).filter(({ type }) => type === "validation")
      .map(({ loss }) => Number(loss).toFixed(2));
    const baselines = jsonOf(await runMain(["eval", "--json", model])).filter(({ name }) =>
      /uniform|gram/.test(`${name}`)
    )
      .map(({ name, loss }) => `${name}: ${Number(loss).toFixed(2)}.`);
    assertEquals([losses.length, baselines.length], [10, 6]);
    const validation = `Validation: ${losses[0]} at step 2, ${losses[9]} at step 20.`;
    const text = descriptionOf(path);
    assert(text.endsWith(`${validation} ${baselines.join(" ")}`), text);
  });
});

Deno.test("microgpt --plot says where a run was resumed", async () => {
  await withNames(async (dir, names) => {
    const path = `${dir}/a.svg`, model = `${dir}/m.safetensors`;
    await runMain([...TINY, "--n-layer", "2", "--batch-size", "3", "--save", model, names]);
    await runMain(["--resume", model, "--num-steps", "20", "--plot", path]);
    const svg = Deno.readTextFileSync(path);
    assertMatch(svg, />2 layers, width 4, batch 3, learning rate 0\.01, resumed after step 3</);
    assertMatch(descriptionOf(path), /Training, smoothed: \d\.\d\d at step 4, .* at step 20\.$/);
  });
});

Deno.test("microgpt keeps log, plot and model when nobody reads its output any more", async () => {
  await withNames(async (dir, names) => {
    const [log, plot, model] = [`${dir}/a.jsonl`, `${dir}/a.svg`, `${dir}/m.safetensors`];
    const files = ["--log", log, "--plot", plot, "--save", model];
    for (
      const [error, code] of [[new Deno.errors.BrokenPipe(), 0], [new Error("full"), 1]] as const
    ) {
      const prepare = (terminal: Terminal) => {
        terminal.tick = 200; // each line is written at once
        let count = 0;
        terminal.accept = (bytes) => {
          if (++count > 10) throw error;
          return bytes.length;
        };
      };
      const argv = [...TINY, "--num-steps", "50", "--log-every", "1", ...files, names];
      const run = await runMain(argv, { prepare });
      const lines = Deno.readTextFileSync(log).trimEnd().split("\n");
      const step = lines.length;
      const message = `Stopped after step ${step} of 50, which is saved: ` +
        `microgpt --resume ${model} goes on\n`;
      const failure = code === 0 ? "" : "microgpt: Cannot write the results: full\n";
      assertEquals([run.code, run.stderr], [code, message + failure]);
      assert(step < 50);
      assertMatch(descriptionOf(plot), new RegExp(` at step ${step}\\.$`));
      const { stdout } = await runMain(["info", model]);
      assertMatch(stdout, new RegExp(`^steps: ${step}$`, "m"));
    }
  });
});

Deno.test(needing(POSIX, "microgpt keeps log and plot on Ctrl-C"), async () => {
  await withTempDir(async (dir) => {
    const [log, plot] = [`${dir}/a.jsonl`, `${dir}/a.svg`];
    const options = ["--num-steps", "100000000", "--log-every", "1000", "--num-samples", "0"];
    const list = `${ROOT}/datasets/english_names.txt`;
    const argv = [...options, "--log", log, "--plot", plot, "--val-fraction", "0.01", list];
    const flags = ["--allow-read", "--allow-write"];
    const child = startProcess(argv, { flags });
    const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    for (let text = ""; !text.includes("step 1000 ");) {
      const { done, value } = await reader.read();
      if (done) break; // as said below
      text += value;
    }
    child.kill("SIGINT");
    const rest = (async () => {
      while (!(await reader.read()).done);
    })();
    const [{ code }, stderr] = await Promise.all([child.status, child.stderr.text(), rest]);
    const step = Number(
      /^microgpt: Stopped after step (\d+) of 100000000: --save FILE would .*\n$/
        .exec(stderr)
        ?.[1],
    );
    assert(step >= 1000, stderr);
    assertEquals(code, 130);
    const lines = Deno.readTextFileSync(log).trimEnd().split("\n");
    assertEquals([lines.length, JSON.parse(lines.at(-1)!).step], [step, step]); // there are lines
    const stride = step < 1 << 17 ? 1 : 1 << 16; // of very long runs some are left out
    const last = Number(/(\d+)\. uniform/.exec(descriptionOf(plot))?.[1]);
    assert(step - last < stride, `${last} is not ${step}`);
  });
});

Deno.test("microgpt --log and --plot write with no more rights than to read and write", async () => {
  await withNames(async (dir, names) => {
    const flags = [`--allow-read=${dir}`, `--allow-write=${dir}`];
    const argv = [...TINY, "--log", `${dir}/a.jsonl`, "--plot", `${dir}/a.svg`, names];
    for (const _ of ["new", "written over"]) {
      const { code, stderr } = await runProcess(argv, { flags });
      assertEquals([code, stderr], [0, ""]);
    }
    assertEquals(entries(dir), ["a.jsonl", "a.svg", "names.txt"]);
    const { code, stderr } = await runProcess(argv);
    assertEquals(code, 1);
    assertMatch(stderr, /a\.svg": Deno may not write there: run with --allow-write\n$/);
  });
});
