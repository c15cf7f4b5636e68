/**
 * The files that a command line names, before anything is done: where one is not there, the word
 * may mean something else.
 *
 * @module
 */

import { asWord, quote, shellWord } from "../text/quote.ts";
import type { Command } from "./options/commands.ts";
import { UsageError } from "./options/parsers.ts";
import {
  datasetMeant,
  describedMeant,
  inPlaceOf,
  type Meaning,
  pathMeant,
} from "./options/words.ts";

/**
 * Checks that what looks like something else is a file, or has a folder to be written to.
 *
 * @throws {UsageError} If it is not there, and something else is to be typed.
 * @throws {Error} If it is not there, and cannot be meant as a file.
 */
export async function assertMeant(command: Command): Promise<void> {
  const { dataset, inputs, outputs } = filesOf(command);
  const meaning = command.kind === "info" ? describedMeant : pathMeant;
  for (const path of inputs) await assertFound(path, meaning);
  for (const path of outputs) await assertFolder(path);
  if (dataset !== undefined) await assertFound(dataset, datasetMeant);
}

/** Refuses a file that is not there, if its name means something, or it is where the user is. */
async function assertFound(
  path: string,
  meaning: (path: string) => Meaning | undefined,
): Promise<void> {
  if (!isMissing(path)) return;
  const message = `Cannot read ${quote(path)}: there is no such file`;
  const { lookWhereTyped } = await import("./task_folder.ts"); // loaded only where it is needed
  const lookup = lookWhereTyped(path);
  if (lookup === undefined) return refuse(message, meaning(path));
  const { where, found } = lookup;
  refuse(
    `${message} ${where}`,
    found === undefined
      ? meaning(path) ?? { why: "check the path" }
      : { why: `it is in ${asWord(found.folder)}`, correct: inPlaceOf(path, [found.path]) },
  );
}

/** Refuses a file to write whose folder is not there, or where a task may not write. */
async function assertFolder(path: string): Promise<void> {
  const [, folder = ""] = /^(.*)[\\/]/s.exec(path) ?? [];
  if (isMissing(folder)) {
    const why = `make it first: mkdir -p ${shellWord(folder)}`;
    refuse(`Cannot write ${quote(path)}: there is no such folder`, pathMeant(path) ?? { why });
  }
  if (Deno.permissions.querySync({ name: "write", path }).state === "granted") return;
  const { whyTaskCannotWrite } = await import("./task_folder.ts"); // loaded only where it is needed
  const why = whyTaskCannotWrite();
  if (why !== undefined) refuse(`Cannot write ${quote(path)}`, { why });
}

function refuse(message: string, meaning: Meaning | undefined): void {
  if (meaning === undefined) return; // who reads the file says so
  const { why, correct } = meaning;
  throw correct === undefined
    ? new Error(`${message}: ${why}`)
    : new UsageError(`${message}: ${why}`, correct);
}

/** The files of a command: one to train on, and others. */
function filesOf(command: Command): {
  readonly dataset?: string | undefined;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
} {
  const some = (...paths: (string | undefined)[]) => paths.filter((path) => path !== undefined);
  switch (command.kind) {
    case "train": {
      const { dataset, settings: { from }, generation: { exclude }, watching } = command;
      const { save, resume } = command.saving;
      const outputs = some(save, watching.log, watching.plot);
      return { dataset, inputs: some(exclude, from, resume), outputs };
    }
    case "sample":
      return { inputs: some(command.model, command.generation.exclude), outputs: [] };
    case "eval":
      return { inputs: some(command.model, command.dataset), outputs: [] };
    case "explain":
      return { inputs: [command.model], outputs: [] };
    case "info":
      return { inputs: some(command.file), outputs: [] };
    case "serve":
      return { inputs: [], outputs: some(command.export) };
    default:
      return { inputs: [], outputs: [] };
  }
}

/** Tells if there is nothing at a path; no if the program may not look. */
function isMissing(path: string): boolean {
  if (path === "-" || path === "") return false;
  if (Deno.permissions.querySync({ name: "read", path }).state !== "granted") return false;
  try {
    Deno.statSync(path);
    return false;
  } catch (error) {
    return error instanceof Deno.errors.NotFound;
  }
}
