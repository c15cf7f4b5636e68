import { assertEquals } from "@std/assert";
import { checkDeno } from "../../lib/cli/deno_version.ts";
import { assertFails } from "../helpers/assert.ts";

Deno.test("checkDeno() accepts this Deno, the oldest one and what comes after it", () => {
  for (const version of [undefined, "2.8.0", "2.8.3", "2.9.6", "2.10.0", "3.0.0", "2.9.0+a1b2c3"]) {
    assertEquals(checkDeno(version), undefined, version);
  }
});

Deno.test("checkDeno() refuses an older one, and says what to do", () => {
  for (const version of ["2.7.14", "2.0.6", "1.46.3", "1.9.0"]) {
    assertFails(
      () => checkDeno(version),
      Error,
      `Cannot run on Deno ${version}: microgpt needs 2.8 or later: run \`deno upgrade\``,
    );
  }
});
