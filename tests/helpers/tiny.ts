/** The tests' small model: its sizes, its vocabulary, and the lists it learns. */

import type { GptConfig } from "../../lib/config.ts";
import { Docs } from "../../lib/docs.ts";
import { Tokenizer } from "../../lib/tokenizer.ts";
import { withTempDir } from "./paths.ts";

/** Documents of two letters. */
export const DOCS = Docs.from(["ab", "b", "aab"]);

/** Their vocabulary: a is 0, b is 1, BOS is 2. */
export const TOKENIZER = Tokenizer.fromDocs(DOCS);

/** Sizes of a model for them. */
export const CONFIG: GptConfig = { vocabSize: 3, nLayer: 2, nEmbd: 4, nHead: 2, blockSize: 6 };

/** Options of a run that takes no time. */
export const TINY = ["--n-embd", "4", "--n-head", "2", "--num-steps", "3", "--num-samples", "2"];

/** Options that lead each step away from microgpt.py, in another way at each step. */
export const BETTER = [
  ...["--reshuffle", "--loss-mean", "token", "--warmup", "4", "--schedule", "cosine"],
  ...["--weight-decay", "0.1", "--ema", "0.8"],
];

/** A list of which some can be held out. */
export const NAMES = "anna bea bob cid dan eva fay gus hal ida jan kim".split(" ");

/** Calls `body` with a folder that has a data set in it, `names.txt`. */
export async function withNames(
  body: (dir: string, names: string) => Promise<void>,
  content: string | Uint8Array = NAMES.join("\n"),
): Promise<void> {
  await withTempDir(async (dir) => {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    await Deno.writeFile(`${dir}/names.txt`, bytes);
    await body(dir, `${dir}/names.txt`);
  });
}
