/** The order of the folders of `lib/playground/`: imports go one way. */

import { assert, assertEquals } from "@std/assert";
import { ROOT } from "../helpers/paths.ts";

/** Each folder, and the folders besides its own that it imports from. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  shared: [],
  worker: ["shared"],
  page: ["shared"],
  rooms: ["shared", "page"],
  tour: ["shared", "page"],
};

const PLAYGROUND = `${ROOT}/lib/playground`;

Deno.test("imports in lib/playground/ go one way: the page knows nothing of its worker", () => {
  const wrong: string[] = [];
  let count = 0;
  for (const [folder, others] of Object.entries(MAY_IMPORT)) {
    for (const { name } of Deno.readDirSync(`${PLAYGROUND}/${folder}`)) {
      if (!name.endsWith(".ts")) continue;
      const source = Deno.readTextFileSync(`${PLAYGROUND}/${folder}/${name}`);
      for (const [, from = ""] of source.matchAll(/from "\.\.\/(\w+)\/[^"]+";/g)) {
        count++;
        if (!others.includes(from)) wrong.push(`${folder}/${name} -> ${from}`);
      }
    }
  }
  assert(count > 100, `${count} imports`);
  assertEquals(wrong, []);
});
