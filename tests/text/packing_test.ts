import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { deflated, inflated } from "../../lib/text/packing.ts";
import { newRandom } from "../helpers/random.ts";

Deno.test("inflated() undoes deflated(), whose text is safe in HTML and in links", async () => {
  const random = newRandom("packing");
  for (const length of [0, 1, 100, 100_000]) {
    const data = Uint8Array.from({ length }, () => random.random() * 256);
    const text = await deflated(data);
    assertMatch(text, /^[\w-]*$/);
    assertEquals(await inflated(`\n${text} `, length), data);
  }
});

Deno.test("inflated() refuses what is no packed text, and more than it may unpack", async () => {
  const bomb = await deflated(new Uint8Array(1 << 22));
  await assertRejects(() => inflated("%", 100), TypeError, "not base64");
  await assertRejects(() => inflated("____", 100), TypeError);
  await assertRejects(() => inflated(bomb, 1000), RangeError, "more than 1000 bytes");
});
