import { assertEquals } from "@std/assert";
import { frontCoded, frontDecoded } from "../../lib/playground/shared/front_coding.ts";

Deno.test("frontCoded() leaves out what the line before has", () => {
  assertEquals(frontCoded("anna\nannabel\nbob"), "\x0eanna\x12bel\x0ebob");
});

Deno.test("frontDecoded() undoes it", () => {
  const long = "x".repeat(40);
  for (const text of ["", "\n", "a\n", "anna\nanna\n\nan\nб\nба", `${long}a\n${long}b\n${long}`]) {
    assertEquals(frontDecoded(frontCoded(text)), text);
  }
});
