import { assertEquals } from "@std/assert";
import { autoFacts } from "../../lib/auto/facts.ts";
import { Docs } from "../../lib/docs.ts";
import { assertFails } from "../helpers/assert.ts";

Deno.test("autoFacts() measures in characters or in bytes", () => {
  const docs = Docs.from(["민수", "지훈이", "민수", "😀"]);
  const facts = { numDocs: 4, numDistinct: 3, vocabSize: 7 };
  assertEquals(autoFacts(docs, 7), { ...facts, longest: 3, meanLength: 2 });
  assertEquals(autoFacts(docs, 7, "byte"), { ...facts, longest: 9, meanLength: 25 / 4 });
});

Deno.test("autoFacts() counts documents that differ in form only as one", () => {
  assertEquals(autoFacts(Docs.from(["Jos\u00e9", "JOSE\u0301", "ann"]), 9).numDistinct, 2);
});

Deno.test("autoFacts() refuses an empty list", () => {
  const message = "Cannot measure the list: there are no documents";
  assertFails(() => autoFacts(Docs.from([]), 1), RangeError, message);
});
