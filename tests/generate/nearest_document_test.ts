import { assertEquals } from "@std/assert";
import { DocumentIndex, type NearestDocument } from "../../lib/generate/nearest_document.ts";
import { randomText, slowEditDistance } from "../helpers/edit_distance.ts";
import { newRandom } from "../helpers/random.ts";

/** The nearest text as it is defined, text by text. */
function nearest(texts: readonly string[], text: string): NearestDocument | undefined {
  const distances = texts.map((other) => slowEditDistance([...text], [...other]));
  const distance = Math.min(...distances);
  const index = distances.indexOf(distance);
  return index < 0 ? undefined : { text: texts[index]!, index, distance };
}

Deno.test("DocumentIndex.nearest() finds the text with the fewest changes", () => {
  const table: [string[], string, NearestDocument | undefined][] = [
    [["emma", "olivia"], "olivia", { text: "olivia", index: 1, distance: 0 }],
    [["emma", "olivia"], "emna", { text: "emma", index: 0, distance: 1 }],
    [["kitten"], "sitting", { text: "kitten", index: 0, distance: 3 }],
    [["boat", "heat", "bent"], "beat", { text: "boat", index: 0, distance: 1 }], // the first
    [["beats", "beat", "beat"], "beat", { text: "beat", index: 1, distance: 0 }],
    [["abc", ""], "x", { text: "", index: 1, distance: 1 }],
    [["abc", "de"], "", { text: "de", index: 1, distance: 2 }],
    [[""], "", { text: "", index: 0, distance: 0 }],
    [["😀"], "😁", { text: "😀", index: 0, distance: 1 }], // not half of it
    [["가연", "가영"], "나영", { text: "가영", index: 1, distance: 1 }],
    [["abc"], "xyzw", { text: "abc", index: 0, distance: 4 }], // unknown characters
    [[], "abc", undefined],
  ];
  for (const [texts, text, expected] of table) {
    assertEquals(new DocumentIndex(texts).nearest(text), expected, `${text} among ${texts}`);
  }
});

Deno.test("DocumentIndex.nearest() is right in a list", () => {
  const random = newRandom("nearest documents");
  for (const numCharacters of [2, 5, 50]) {
    for (const maxLength of [4, 12, 70]) {
      const newText = () => randomText(random, random.randbelow(maxLength), numCharacters);
      const texts = Array.from({ length: 60 }, newText);
      const index = new DocumentIndex(texts);
      for (let i = 0; i < 20; i++) {
        const text = newText();
        assertEquals(index.nearest(text), nearest(texts, text), text);
        assertEquals(index.nearest(text), index.nearest(text), "the same each time");
      }
    }
  }
});

Deno.test("DocumentIndex.nearest() is right after a few changes", () => {
  const random = newRandom("a few changes");
  for (let round = 0; round < 300; round++) {
    const text = [...randomText(random, 20 + random.randbelow(60), 30)];
    const changed = [...text];
    for (let i = 0; i < 3; i++) {
      const at = random.randbelow(changed.length), count = random.randbelow(2);
      changed.splice(at, count, ...randomText(random, random.randbelow(2), 30));
    }
    const far = randomText(random, text.length, 30);
    const { distance } = new DocumentIndex([far, text.join("")]).nearest(changed.join(""))!; // two
    assertEquals(
      distance,
      Math.min(slowEditDistance(text, changed), slowEditDistance([...far], changed)),
    );
  }
});
