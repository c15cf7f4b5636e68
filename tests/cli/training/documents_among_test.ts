import { assertEquals } from "@std/assert";
import { documentsAmong } from "../../../lib/cli/training/documents_among.ts";
import { Docs } from "../../../lib/docs.ts";
import { Random } from "../../../lib/random.ts";

Deno.test("documentsAmong() finds which texts are documents", () => {
  const docs = Docs.from(["anna", "ann", "민수", "b"]);
  docs.shuffle(new Random(1));
  const texts = ["anna", "anne", "ann", "an", "nna", "민수", "민", "", "b", "anna\nann"];
  assertEquals([...documentsAmong(texts, docs)].sort(), ["ann", "anna", "b", "민수"]);
  assertEquals([...documentsAmong([], docs)], []);
  assertEquals([...documentsAmong(texts, Docs.from([]))], []);
});
