/**
 * The files of a run: none of them has two purposes.
 *
 * @module
 */

import { NAMES_PATH } from "../../files/dataset.ts";
import { isSameFile } from "../../files/same_file.ts";
import { asWord } from "../../text/quote.ts";
import type { TrainCommand } from "../options/commands.ts";
import { UsageError } from "../options/parsers.ts";

/** A file, and what it is called in messages. */
type NamedFile = readonly [name: string, path: string | undefined];

/**
 * Checks that nothing is written to a file that the run reads, or to one file twice.
 *
 * @throws {UsageError} If it is.
 */
export async function assertDistinctFiles(command: TrainCommand): Promise<void> {
  const { dataset, settings: { preset, from }, generation: { exclude }, watching, saving } =
    command;
  const isNamesTxt = preset === undefined && saving.resume === undefined;
  const inputs: readonly NamedFile[] = [
    ["the data set", dataset ?? (isNamesTxt ? NAMES_PATH : undefined)],
    ["--exclude", exclude],
    ["--from", from],
  ];
  const outputs: readonly NamedFile[] = [
    ["--save", saving.save],
    ["--log", watching.log],
    ["--plot", watching.plot],
  ];
  const others = [...inputs];
  for (const output of outputs) {
    for (const other of others) await assertDistinct(output, other);
    others.push(output);
  }
}

async function assertDistinct([name, path]: NamedFile, [other, otherPath]: NamedFile) {
  if (path === undefined || otherPath === undefined || otherPath === "-") return;
  if (!await isSameFile(path, otherPath)) return;
  const both = path === otherPath
    ? `both are ${asWord(path)}`
    : `${asWord(path)} and ${asWord(otherPath)} are one`;
  throw new UsageError(`${name} must not be the same file as ${other}: ${both}`);
}
