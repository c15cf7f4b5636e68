/** The file that somebody may have meant whose path leads nowhere. */

import { assertEquals } from "@std/assert";
import { nearFile } from "../../lib/cli/near_file.ts";
import { withTempDir } from "../helpers/paths.ts";
import { TINY } from "../helpers/tiny.ts";
import { runMain } from "../helpers/tool.ts";

const FILES = ["places.txt", "korean.csv", "birds.safetensors", "a1.txt", "list1.txt", "list2.txt"];

Deno.test("nearFile() finds the file whose name is nearly that of a path", async () => {
  const table: [name: string, expected: string | undefined][] = [
    ["place.txt", "places.txt"],
    ["Places.txt", "places.txt"],
    ["places.tx", "places.txt"],
    ["places", "places.txt"],
    ["korena.csv", "korean.csv"],
    ["birds", "birds.safetensors"],
    ["palace.txt", "places.txt"],
    ["plane.txt", undefined], // two letters of five are another word
    ["a1.tx", "a1.txt"],
    ["nope.txt", undefined],
    ["a2.txt", undefined], // too short to tell
    ["list3.txt", undefined], // one or the other
    ["folde", undefined],
    [".hide", undefined],
    ["", undefined],
  ];
  await withTempDir(async (dir) => {
    for (const name of FILES) await Deno.writeTextFile(`${dir}/${name}`, "anna\n");
    await Deno.mkdir(`${dir}/folder`);
    await Deno.writeTextFile(`${dir}/.hidden`, "anna\n");
    for (const [name, expected] of table) {
      assertEquals(nearFile(`${dir}/${name}`), expected && `${dir}/${expected}`, name);
    }
    assertEquals(nearFile(`${dir}/nowhere/places.txt`), undefined);
  });
});

Deno.test("microgpt names the file that may have been meant", async () => {
  await withTempDir(async (dir) => {
    await Deno.writeTextFile(`${dir}/places.txt`, "anna\n");
    const { code, stderr } = await runMain([...TINY, `${dir}/place.txt`]);
    assertEquals(code, 2);
    assertEquals(
      stderr,
      `microgpt: Cannot read "${dir}/place.txt": there is no such file: check the path\n` +
        `Did you mean: microgpt ${TINY.join(" ")} ${dir}/places.txt\n`,
    );
    const nothing = await runMain([`${dir}/other.txt`]);
    assertEquals([nothing.code, nothing.stderr.includes("Did you mean")], [1, false]);
  });
});
