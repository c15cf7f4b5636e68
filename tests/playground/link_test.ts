import { assert, assertEquals } from "@std/assert";
import { sha256 as builtIn } from "../../lib/checkpoint/sha256.ts";
import { fragmentOf, readFragment } from "../../lib/playground/page/link.ts";
import { newList } from "../../lib/playground/page/lists.ts";
import { sha256 } from "../../lib/playground/shared/digest.ts";
import { ORIGINAL } from "../../lib/playground/shared/settings.ts";
import { LINK, packed } from "../../lib/text/packing.ts";
import { newRandom } from "../helpers/random.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

const SETTINGS = { ...ORIGINAL, seed: 7n, lowercase: true, learningRate: 0.02 };

Deno.test("a link has the list and the settings", async () => {
  const list = newList("english", bytes("anna"));
  const fragment = await fragmentOf(list, SETTINGS, true);
  assertEquals(fragment, "list=english&learning-rate=0.02&seed=7&lowercase=yes");
  assertEquals(await readFragment(fragment), {
    list: { kind: "included", name: "english" },
    settings: SETTINGS,
    problems: [],
  });
});

Deno.test("a link has a short list of one's own in it, and the digest of a long one", async () => {
  const own = newList("näme & co.txt", bytes("anna\nжан\n🎈"));
  const linked = await readFragment(await fragmentOf(own, ORIGINAL, false));
  assertEquals(linked?.list, { kind: "own", name: own.name, bytes: own.bytes });
  const text = Array.from({ length: 9000 }, (_, i) => (i * 2654435761 % 2 ** 32).toString(36));
  const long = newList("long.txt", bytes(text.join("\n")));
  const fragment = await fragmentOf(long, ORIGINAL, false);
  assert(fragment.length < 200, fragment);
  const { name, sha256 } = long;
  assertEquals((await readFragment(fragment))?.list, { kind: "elsewhere", name, sha256 });
});

Deno.test("readFragment() survives whatever is in a link", async () => {
  assertEquals(await readFragment(""), undefined);
  assertEquals(await readFragment("train"), undefined);
  const absurd = await readFragment("list=english&n-embd=99999&n-head=%00&seed=-1");
  assertEquals(absurd?.settings, ORIGINAL);
  assertEquals(absurd?.problems.length, 3);
  assertEquals(absurd?.problems[0]?.startsWith("The link asks for n embd 99999:"), true);
  const bomb = await packed(new Uint8Array(1 << 21), LINK);
  for (const text of ["%%%", "_-_-_-", bomb]) {
    const linked = await readFragment(`text=${text}`);
    assertEquals(linked?.problems, ["The list in the link is damaged."], text.slice(0, 20));
  }
});

Deno.test("sha256() is that of the browser, for all lengths of a block", async () => {
  const random = newRandom("digest");
  for (let length = 0; length < 130; length++) {
    const data = Uint8Array.from({ length }, () => random.random() * 256);
    assertEquals(sha256(data), await builtIn(data), `${length} bytes`);
  }
});
