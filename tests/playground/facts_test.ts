import { assertEquals, assertThrows } from "@std/assert";
import { directionOf, listFacts, numCut } from "../../lib/playground/shared/facts.ts";
import { AS_IT_IS } from "../../lib/text/text_form.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("listFacts() counts documents, duplicates, characters and lengths", () => {
  const facts = listFacts(bytes("anna\n bob \n\nanna\nжан\n🎈"), AS_IT_IS);
  assertEquals(facts.numDocs, 5);
  assertEquals(facts.numDuplicates, 1);
  assertEquals(facts.characters.slice(0, 3), [["a", 4], ["n", 4], ["b", 2]]);
  assertEquals(facts.lengths, [0, 1, 0, 2, 2]);
  assertEquals(facts.longest, 4);
});

Deno.test("listFacts() counts what is the same in another form as a duplicate", () => {
  const facts = listFacts(bytes("Jose\u0301\nJOS\u00c9\nan\u200bna\nanna\nann"), AS_IT_IS);
  assertEquals([facts.numDocs, facts.numDuplicates], [5, 2]);
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
  assertEquals([facts.numDocs, facts.longest, numCut(facts, 1)], [0, 0, 0]);
  assertThrows(() => listFacts(new Uint8Array([0x41, 0xe4]), AS_IT_IS), TypeError, "line 1");
});

Deno.test("numCut() counts documents whose end does not fit", () => {
  const facts = listFacts(bytes("a\nab\nabc\nabcd"), AS_IT_IS);
  assertEquals([1, 2, 3, 4, 5].map((blockSize) => numCut(facts, blockSize)), [4, 3, 2, 1, 0]);
});

Deno.test("listFacts() does not tell very long documents apart, except for the longest", () => {
  const facts = listFacts(bytes(`${"a".repeat(5000)}\n${"b".repeat(400)}\nc`), AS_IT_IS);
  assertEquals(facts.longest, 5000);
  assertEquals(facts.lengths.length, 301);
  assertEquals([facts.lengths[1], facts.lengths[300]], [1, 2]);
  assertEquals(numCut(facts, 256), 2);
});

Deno.test("directionOf() is that of most letters", () => {
  const direction = (text: string) => directionOf(listFacts(bytes(text), AS_IT_IS));
  assertEquals(direction("anna\nbob"), "ltr");
  assertEquals(direction("سفري\nnoor\nاحمد\n123"), "rtl");
  assertEquals(direction("אבגד"), "rtl");
  assertEquals(direction("123\n---"), "ltr");
});
