import { assertEquals } from "@std/assert";
import { autoFacts } from "../../lib/auto/facts.ts";
import { autoSettings } from "../../lib/auto/settings.ts";
import { Docs } from "../../lib/docs.ts";
import { auto } from "../../lib/playground/shared/auto.ts";
import { listFacts } from "../../lib/playground/shared/facts.ts";
import { conflictOf, ORIGINAL } from "../../lib/playground/shared/settings.ts";
import { AS_IT_IS } from "../../lib/text/text_form.ts";
import { Tokenizer } from "../../lib/tokenizer.ts";

Deno.test("auto() chooses for the page what --auto chooses", () => {
  const lists = [
    ["anna"],
    ["민수", "지훈", "서연", "민수"],
    Array.from({ length: 1500 }, (_, i) => i.toString(7)),
  ];
  for (const texts of lists) {
    const docs = Docs.from(texts);
    const facts = autoFacts(docs, Tokenizer.fromDocs(docs).vocabSize);
    const { patience: _, ...chosen } = autoSettings(facts);
    const settings = auto(listFacts(new TextEncoder().encode(texts.join("\n")), AS_IT_IS));
    assertEquals(settings, { ...ORIGINAL, ...chosen });
    assertEquals(conflictOf(settings), undefined);
  }
});
