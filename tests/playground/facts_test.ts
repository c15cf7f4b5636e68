import { assertEquals, assertThrows } from "@std/assert";
import { listFacts, longest, numCut } from "../../lib/playground/shared/facts.ts";
import { AS_IT_IS } from "../../lib/text/text_form.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("listFacts() counts documents, duplicates, characters and lengths", () => {
  const facts = listFacts(bytes("anna\n bob \n\nanna\nжан\n🎈"), AS_IT_IS);
  assertEquals(facts.numDocs, 5);
  assertEquals(facts.numDuplicates, 1);
  assertEquals(facts.characters.slice(0, 3), [["a", 4], ["n", 4], ["b", 2]]);
  assertEquals(facts.lengths, [0, 1, 0, 2, 2]);
  assertEquals(longest(facts), 4);
});

Deno.test("listFacts() looks at the form that the model sees", () => {
  const apart = listFacts(bytes("한"), { normalize: "nfd", lowercase: false });
  assertEquals(apart.lengths, [0, 0, 0, 1]);
  assertEquals(listFacts(bytes("Aa"), { normalize: "none", lowercase: true }).characters, [[
    "a",
    2,
  ]]);
});

Deno.test("listFacts() of nothing is nothing, and bytes that are not UTF-8 are refused", () => {
  const facts = listFacts(bytes(" \n\n"), AS_IT_IS);
  assertEquals([facts.numDocs, longest(facts), numCut(facts, 1)], [0, 0, 0]);
  assertThrows(() => listFacts(new Uint8Array([0x41, 0xe4]), AS_IT_IS), TypeError, "line 1");
});

Deno.test("numCut() counts documents whose end does not fit", () => {
  const facts = listFacts(bytes("a\nab\nabc\nabcd"), AS_IT_IS);
  assertEquals([1, 2, 3, 4, 5].map((blockSize) => numCut(facts, blockSize)), [4, 3, 2, 1, 0]);
});
