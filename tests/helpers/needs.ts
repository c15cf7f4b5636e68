/** Needs of some tests that not every machine meets: without it they are ignored, and say why. */

import { exists, NAMES_TXT } from "./paths.ts";

/** Something that may not be there. */
export interface Need {
  readonly isMet: boolean;
  /** The reason why a test is ignored, for its name. */
  readonly reason: string;
}

/** The name of a test, and whether it is ignored: where a need is not met, with the reason. */
export function needing({ isMet, reason }: Need, name: string): { name: string; ignore: boolean } {
  return { name: isMet ? name : `${name} (${reason})`, ignore: !isMet };
}

/** A file. */
export function fileNeed(path: string): Need {
  return { isMet: exists(path), reason: `needs ${path}` };
}

/** The names of microgpt.py, which are fetched at the first run. */
export const NAMES_NEED: Need = {
  isMet: exists(NAMES_TXT),
  reason: "needs datasets/names.txt, which the first run of the demo fetches",
};

/** Signals, modes of files, links and pipes with names. */
export const POSIX: Need = {
  isMet: Deno.build.os !== "windows",
  reason: "needs what Windows does not have",
};
