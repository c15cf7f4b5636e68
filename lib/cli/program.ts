/**
 * The way this program was started, for hints that can be typed as they are.
 *
 * @module
 */

import { dirname } from "@std/path/dirname";
import { fromFileUrl } from "@std/path/from-file-url";
import { asWord } from "../text/quote.ts";

/** The start of a program, as far as it can know. */
export interface Start {
  /** The address of main.ts. */
  readonly main: string;
  /** The path of Deno. */
  readonly deno: string;
  /** The working directory. */
  readonly cwd: string;
  /** The name of the command that `deno task install` has made, if that has started it. */
  readonly command: string | undefined;
  /** True for an executable of its own. */
  readonly isExecutable: boolean;
  /** True if a task of deno.json has started it. */
  readonly isTask: boolean;
}

/** Finds the words that start the program again, as one would type them. */
export function programName(
  { main, deno, cwd, command, isExecutable, isTask }: Start = thisStart(),
): string {
  if (isExecutable) return "microgpt";
  if (command !== undefined) return command;
  const run = /[\\/]_npx[\\/]/.test(deno) ? "npx -y deno" : "deno";
  if (!main.startsWith("file:")) {
    const name = /\/(@[^/]+\/[^/]+)\/[^/]+\/main\.ts$/.exec(main)?.[1]; // as registries have it
    return `${run} run -A ${name === undefined ? main : `jsr:${name}`}`;
  }
  if (isTask) return `${run} task start`;
  const path = fromFileUrl(main);
  const isHere = path.startsWith(cwd) && /^[\\/]/.test(path.slice(cwd.length));
  return `${run} run -A ${shellWord(isHere ? path.slice(cwd.length + 1) : path)}`;
}

/**
 * Finds how the program was started. A task is known by the variable that it sets, which `deno task
 * start` lets the program read; an installed command by the end of its address, main.ts#microgpt.
 */
function thisStart(): Start {
  const { state } = Deno.permissions.querySync({ name: "env", variable: "INIT_CWD" });
  return {
    main: import.meta.resolve("../../main.ts"),
    deno: Deno.execPath(),
    cwd: Deno.cwd(),
    command: /\/main\.ts#(\w+)$/.exec(Deno.mainModule)?.[1],
    isExecutable: Deno.build.standalone,
    isTask: state === "granted" && Deno.env.has("INIT_CWD"),
  };
}

/** Tells if a task of deno.json has started the program. */
export function isTask(): boolean {
  return thisStart().isTask;
}

/**
 * Finds the folder where the user has typed a task, if that is not the working directory: a task
 * runs in the root of the clone.
 */
export function typedIn(): string | undefined {
  const { main, cwd, isTask } = thisStart();
  const folder = isTask ? Deno.env.get("INIT_CWD") : undefined;
  const isAtRoot = main.startsWith("file:") && dirname(fromFileUrl(main)) === cwd;
  return !isAtRoot || folder === "" || folder === cwd ? undefined : folder;
}

/** Writes a command line of this program as one would type it. */
export function commandLine(argv: readonly string[]): string {
  return [programName(), ...argv.map(shellWord)].join(" ");
}

/** Quotes a word where a shell would change it: without that, or in double quotes. */
function shellWord(word: string): string {
  return /[$`!]/.test(word) ? `'${word.replaceAll("'", "'\\''")}'` : asWord(word);
}
