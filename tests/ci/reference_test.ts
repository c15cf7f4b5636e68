/** The tables of docs/reference.md that are written by hand: the fields of JSON. */

import { assert, assertEquals } from "@std/assert";
import { filled } from "../../.ci/reference.ts";
import { ROOT, withTempDir } from "../helpers/paths.ts";
import { jsonOf, runMain } from "../helpers/tool.ts";

/** Fields by type, both sorted. */
type Fields = Readonly<Record<string, readonly string[]>>;

const page = await Deno.readTextFile(`${ROOT}/docs/reference.md`);

/** The fields in the table below a heading; a type is named in its first row only. */
function documented(heading: string): Fields {
  const [, section = ""] = page.split(`\n## ${heading}\n`.replace("## JSON of", "### JSON of"));
  const [table = ""] = /(^\|.*\n)+/m.exec(section) ?? [];
  const fields: Record<string, string[]> = {};
  let type = "";
  for (const [, named, field] of table.matchAll(/^\| *(?:`?([\w ]+?)`?)? *\| *`(\w+)` *\|/gm)) {
    type = named ?? type;
    (fields[type] ??= []).push(field!); // the pattern has it
  }
  return sorted(fields);
}

/** The fields of objects, by the value of one of them that is left out. */
function found(objects: readonly Record<string, unknown>[], key: string): Fields {
  const fields: Record<string, string[]> = {};
  for (const { [key]: type, ...others } of objects) {
    const known = fields[String(type)] ??= [];
    known.push(...Object.keys(others).filter((name) => !known.includes(name)));
  }
  return sorted(fields);
}

function sorted(fields: Fields): Fields {
  const pairs = Object.entries(fields).map(([type, names]) => [type, names.toSorted()] as const);
  return Object.fromEntries(pairs.toSorted());
}

/** The output of a command with `--json`. */
async function printed(...argv: string[]): Promise<Record<string, unknown>[]> {
  return jsonOf(await runMain([...argv, "--json", "--quiet"]));
}

Deno.test("docs/reference.md has the fields of all JSON that the program writes, and no others", async () => {
  await withTempDir(async (dir) => {
    const model = `${dir}/m.safetensors`, log = `${dir}/log.jsonl`, list = `${dir}/list.txt`;
    const kept = ["--val-fraction", "0.1", "--save", model, "--log", log];
    await Deno.writeTextFile(list, "rex\nraptor\n");
    const train = await printed("--preset", "dinosaurs", "--num-steps", "10", ...kept);
    const { sample = [], ...training } = found(train, "type");
    assertEquals(documented("JSON of training"), training);
    assertEquals(documented("JSON of samples"), { sample });
    const one = await printed("sample", "--num-samples", "1", model);
    assertEquals(found(one, "type"), { sample });
    const evaluation = [
      ...await printed("eval", model),
      ...await printed("eval", "--per-line", model, list),
    ];
    assertEquals(documented("JSON of eval"), found(evaluation, "type"));
    assertEquals(
      documented("JSON of explain"),
      found(await printed("explain", model, "rex"), "type"),
    );
    const info = [...await printed("info", model), ...await printed("info", list)];
    assertEquals(documented("JSON of info"), found(info, "kind"));
    const lines = (await Deno.readTextFile(log)).trimEnd().split("\n");
    const kinds = lines.map((line) => JSON.parse(line)).map((object) => ({
      ...object,
      kind: "loss" in object ? "step" : "validation",
    }));
    assertEquals(documented("The log"), found(kinds, "kind"));
  });
});

Deno.test("filled() puts a table where a page asks for it, and leaves the rest", () => {
  const place = "a\n<!-- made: lists -->\nold\n<!-- end -->\nb\n";
  const made = filled(place);
  assert(made.startsWith("a\n<!-- made: lists -->\n\n| name"), made);
  assert(made.endsWith("|\n\n<!-- end -->\nb\n"), made);
  assert(made.includes("| `minerals` |"), made);
  assertEquals(filled(made), made);
});
