/** What some tests need and not every machine has: without it they are ignored, and say why. */

import { exists, NAMES_TXT } from "./paths.ts";

/** Something that may not be there. */
export interface Need {
  readonly isMet: boolean;
  /** Why a test is ignored, for its name. */
  readonly reason: string;
}

/** Registers a test that is ignored, with the reason in its name, where a need is not met. */
export function testWith(need: Need, name: string, fn: () => void | Promise<void>): void {
  const { isMet, reason } = need;
  Deno.test({ name: isMet ? name : `${name} (${reason})`, ignore: !isMet, fn });
}

/** A file, which a test of main.ts may be told to read. */
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
