import { assert, assertEquals, assertMatch } from "@std/assert";
import { parseCommand } from "../../lib/cli/options/commands.ts";
import type { GenerationSettings, RunSettings } from "../../lib/cli/options/tables.ts";
import { PRESETS } from "../../lib/files/presets.ts";
import { toForm } from "../../lib/text/text_form.ts";
import { assertRefused } from "../helpers/command_line.ts";
import { entries, ROOT } from "../helpers/paths.ts";
import { runMain } from "../helpers/tool.ts";

/** The settings that `--preset NAME` and more options mean. */
function settingsOf(...argv: string[]): RunSettings & GenerationSettings {
  const command = parseCommand(["--preset", ...argv]);
  assert(command.kind === "train");
  return { ...command.settings, ...command.generation };
}

Deno.test("PRESETS has each list that is included, under a name of its own", async () => {
  const files = entries(`${ROOT}/datasets`)
    .filter((name) => name.endsWith(".txt") && name !== "names.txt");
  const included = files.map((name) => Deno.readTextFileSync(`${ROOT}/datasets/${name}`));
  const loaded = await Promise.all(Object.values(PRESETS).map(({ load }) => load()));
  assertEquals(loaded.toSorted(), included.toSorted());
  const titles = Object.values(PRESETS).map(({ title }) => title);
  assertEquals(new Set(titles).size, titles.length);
});

for (const [name, { load, settings, title }] of Object.entries(PRESETS)) {
  Deno.test(`--preset ${name} has settings that suit ${title}`, async () => {
    const found = settingsOf(name);
    assertEquals(found, { ...found, preset: name, ...settings });

    const texts = toForm(await load(), found).trimEnd().split("\n");
    const longest = Math.max(...texts.map((text) => [...text].length));
    assert(found.blockSize > longest, `${longest} characters and their end`);
    const seen = found.numSteps * found.batchSize / texts.length;
    assert(seen >= 2, `each name is seen ${seen} times`);
  });

  Deno.test(`microgpt --preset ${name} trains`, async () => {
    const argv = ["--preset", name, "--num-steps", "1", "--num-samples", "1"];
    const { code, stdout, stderr } = await runMain(argv);
    assertEquals(code, 0);
    assertMatch(stderr, new RegExp(`^--preset ${name}: --block-size .*\\n$`)); // no document is cut
    assertMatch(stdout, /^sample {2}1: /m);
  });
}

Deno.test("--preset korean is learned letter by letter", () => {
  assertEquals(settingsOf("korean").normalize, "nfd");
});

Deno.test("--preset gives way to what else is on the command line, before or after", () => {
  const given = settingsOf("korean", "--num-steps", "7", "--normalize", "none");
  assertEquals([given.numSteps, given.nEmbd, given.normalize], [7, 16, "none"]);
  const command = parseCommand(["--n-embd", "8", "--preset", "birds"]);
  assertEquals(command.kind === "train" && command.settings.nEmbd, 8);
});

Deno.test("--preset names the nearest of what there is", () => {
  const wanted = "--preset must be arabic, birds, dinosaurs, english, greek, japanese, korean, " +
    "minerals, plants, russian or towns: it is ";
  const table: [string, string][] = [
    ["mineral", '"mineral": did you mean minerals?'],
    ["minrals", '"minrals": did you mean minerals?'],
    ["Birds", '"Birds": did you mean birds?'],
    ["xyz", '"xyz"'],
    ["", '""'],
    ["__proto__", '"__proto__"'],
    ["constructor", '"constructor"'],
  ];
  for (const [name, end] of table) assertRefused(["--preset", name], wanted + end);
  assertRefused(
    ["--preset", "birds", "a.txt"],
    "--preset birds is a data set: a.txt is another one",
  );
});
