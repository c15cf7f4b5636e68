/**
 * The files that a command line names, before anything is done: where one is not there, the word
 * may mean something else.
 *
 * @module
 */

import { asWord, printable, quote, shellWord } from "../text/quote.ts";
import type { Command } from "./options/commands.ts";
import { UsageError } from "./options/parsers.ts";
import {
  datasetMeant,
  describedMeant,
  inPlaceOf,
  type Meaning,
  pathMeant,
} from "./options/words.ts";
import { say } from "./terminal/output.ts";

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
  const isQuiet = "quiet" in command && command.quiet;
  for (const path of outputs) await assertFolder(path, isQuiet);
  if (dataset !== undefined) await assertFound(dataset, datasetMeant);
}

/**
 * Refuses a file that is not there, if its name means something, or it is where the user is; and
 * one that a task may not read.
 */
async function assertFound(
  path: string,
  meaning: (path: string) => Meaning | undefined,
): Promise<void> {
  const isReadable = mayRead(path);
  if (isReadable && !isMissing(path)) return;
  const cannot = `Cannot read ${quote(path)}`, message = `${cannot}: there is no such file`;
  const task = await import("./task_folder.ts"); // loaded only where it is needed
  const lookup = task.lookWhereTyped(path);
  if (lookup?.found !== undefined) {
    const { where, found } = lookup, why = `it is in ${asWord(found.folder)}`;
    const correct = inPlaceOf(path, [found.path]);
    return refuse(`${isReadable ? message : cannot} ${where}`, { why, correct });
  }
  if (!isReadable) {
    const why = task.whyTaskCannotRead();
    return refuse(cannot, why === undefined ? undefined : { why, correct: (argv) => argv });
  }
  const meant = meaning(path) ?? await nearMeant(path);
  if (lookup === undefined) return refuse(message, meant);
  refuse(`${message} ${lookup.where}`, meant ?? { why: "check the path" });
}

/** Finds the file that a path may mean that is nearly its own. */
async function nearMeant(path: string): Promise<Meaning | undefined> {
  const near = (await import("./near_file.ts")).nearFile(path);
  return near === undefined
    ? undefined
    : { why: "check the path", correct: inPlaceOf(path, [near]) };
}

/**
 * Refuses a file to write whose folder is not there, or where a task may not write. Says where it
 * is going to be if that is not the folder where the user is.
 */
async function assertFolder(path: string, isQuiet: boolean): Promise<void> {
  const [, folder = ""] = /^(.*)[\\/]/s.exec(path) ?? [];
  if (isMissing(folder)) {
    const why = `make it first: mkdir -p ${shellWord(folder)}`;
    refuse(`Cannot write ${quote(path)}: there is no such folder`, pathMeant(path) ?? { why });
  }
  const isWritable = Deno.permissions.querySync({ name: "write", path }).state === "granted";
  if (isWritable && isQuiet) return;
  const task = await import("./task_folder.ts"); // loaded only where it is needed
  if (isWritable) {
    const where = task.whereWritten(path);
    if (where !== undefined) say(`${printable(where)}\n`);
    return;
  }
  const why = task.whyTaskCannotWrite();
  if (why !== undefined) refuse(`Cannot write ${quote(path)}`, { why });
}

function refuse(message: string, meaning: Meaning | undefined): void {
  if (meaning === undefined) return; // who reads the file says so
  const { why, correct } = meaning;
  throw correct === undefined
    ? new Error(`${message}: ${why}`)
    : new UsageError(`${message}: ${why}`, correct);
}

/** Lists the files of a command: one to train on, and others. */
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

/** Tells if the program may look at a path. */
function mayRead(path: string): boolean {
  return path === "-" || path === "" ||
    Deno.permissions.querySync({ name: "read", path }).state === "granted";
}

/** Tells if there is nothing at a path; no if the program may not look. */
function isMissing(path: string): boolean {
  if (path === "-" || path === "" || !mayRead(path)) return false;
  try {
    Deno.statSync(path);
    return false;
  } catch (error) {
    return error instanceof Deno.errors.NotFound;
  }
}
